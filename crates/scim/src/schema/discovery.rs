//! What the gateway says of itself: its features, its kinds of resources, and their attributes.

use serde_json::{Value, json};

use super::{Attribute, ENTERPRISE_SCHEMA, GROUP_SCHEMA, Mutability, ResourceKind, USER_SCHEMA, ValueKind};

const KINDS: [ResourceKind; 2] = [ResourceKind::User, ResourceKind::Group];

/// What the gateway can do. `most` is the greatest number of resources on a page.
pub(crate) fn service_provider_config(base: &str, most: u64) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": most },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": most,
            "maxPageSize": most,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token that `ti scim connection add` printed, in the header `Authorization: Bearer`.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

/// The kinds of resources.
pub(crate) fn resource_types(base: &str) -> Vec<Value> {
    KINDS.into_iter().map(|kind| type_of(base, kind)).collect()
}

/// One kind of resources, by its id.
pub(crate) fn resource_type(base: &str, id: &str) -> Option<Value> {
    KINDS.into_iter().find(|kind| kind.name() == id).map(|kind| type_of(base, kind))
}

fn type_of(base: &str, kind: ResourceKind) -> Value {
    let name = kind.name();
    let extensions = match kind {
        ResourceKind::User => json!([{ "schema": ENTERPRISE_SCHEMA, "required": false }]),
        ResourceKind::Group => json!([]),
    };
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": name,
        "name": name,
        "endpoint": format!("/{}", kind.endpoint()),
        "description": match kind {
            ResourceKind::User => "A learner of the tenant",
            ResourceKind::Group => "A group of the directory",
        },
        "schema": kind.schema(),
        "schemaExtensions": extensions,
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
    })
}

/// The schemas.
pub(crate) fn schemas(base: &str) -> Vec<Value> {
    [USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE_SCHEMA].into_iter().filter_map(|urn| schema(base, urn)).collect()
}

/// One schema, by its URN.
pub(crate) fn schema(base: &str, urn: &str) -> Option<Value> {
    let (name, description, attributes) = match urn {
        USER_SCHEMA => ("User", "User", ResourceKind::User.attributes()),
        GROUP_SCHEMA => ("Group", "Group", ResourceKind::Group.attributes()),
        ENTERPRISE_SCHEMA => ("EnterpriseUser", "Enterprise user", ResourceKind::User.extension()),
        _ => return None,
    };
    Some(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": urn,
        "name": name,
        "description": description,
        "attributes": attributes.iter().map(described).collect::<Vec<_>>(),
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{urn}") },
    }))
}

fn described(attribute: &Attribute) -> Value {
    let mut shown = json!({
        "name": attribute.name,
        "type": match attribute.kind {
            ValueKind::Text => "string",
            ValueKind::Boolean => "boolean",
            ValueKind::DateTime => "dateTime",
            ValueKind::Reference => "reference",
            ValueKind::Complex => "complex",
        },
        "multiValued": attribute.is_multi,
        "description": attribute.description,
        "required": attribute.is_required,
        "caseExact": attribute.is_case_exact,
        "mutability": match attribute.mutability {
            Mutability::ReadOnly => "readOnly",
            Mutability::ReadWrite => "readWrite",
            Mutability::Immutable => "immutable",
        },
        "returned": "default",
        "uniqueness": if attribute.is_unique { "server" } else { "none" },
    });
    if let Some(fields) = shown.as_object_mut() {
        if !attribute.canonical.is_empty() {
            fields.insert("canonicalValues".to_owned(), json!(attribute.canonical));
        }
        if !attribute.references.is_empty() {
            fields.insert("referenceTypes".to_owned(), json!(attribute.references));
        }
        if !attribute.sub.is_empty() {
            let sub: Vec<Value> = attribute.sub.iter().map(described).collect();
            fields.insert("subAttributes".to_owned(), json!(sub));
        }
    }
    shown
}
