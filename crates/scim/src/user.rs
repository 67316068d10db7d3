//! A user as a directory sees them.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use thought_industries::Date;

use crate::connection::Connection;
use crate::mapping::overlay;
use crate::schema::{ENTERPRISE_SCHEMA, ResourceKind};
use crate::store::UserRow;

/// The attributes of a user that a directory may write, as they are now.
pub(crate) fn document_of(row: &UserRow, connection: &Connection) -> Map<String, Value> {
    let person = row.person.as_ref();
    let mut document = person.map(|person| person.document.clone()).unwrap_or_default();
    overlay(&mut document, &row.facts, connection);
    let email = || row.facts.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
    let user_name = person.map_or_else(email, |person| person.user_name.clone());
    document.insert("userName".to_owned(), json!(user_name));
    document.insert("active".to_owned(), json!(is_active(row)));
    match person.and_then(|person| person.external_id.as_ref()) {
        Some(id) => _ = document.insert("externalId".to_owned(), json!(id)),
        None => _ = document.remove("externalId"),
    }
    if document.get(ENTERPRISE_SCHEMA).and_then(Value::as_object).is_some_and(Map::is_empty) {
        document.remove(ENTERPRISE_SCHEMA);
    }
    document
}

/// Whether a user can log in.
pub(crate) fn is_active(row: &UserRow) -> bool {
    row.facts.get("disabled") != Some(&Value::Bool(true))
}

/// A user as a response shows them.
pub(crate) fn resource(row: &UserRow, connection: &Connection, base: &str) -> Map<String, Value> {
    let mut resource = document_of(row, connection);
    let groups = row.groups.iter().map(
        |(id, name)| json!({ "value": id, "$ref": format!("{base}/Groups/{id}"), "display": name, "type": "direct" }),
    );
    let groups: Vec<Value> = groups.collect();
    if !groups.is_empty() {
        resource.insert("groups".to_owned(), Value::Array(groups));
    }
    let modified = row.person.as_ref().map_or(row.changed, |person| person.modified.max(row.changed));
    finished(resource, ResourceKind::User, &row.id, (row.created, modified), base)
}

/// Adds what every resource has: its schemas, its id, and `meta`.
pub(crate) fn finished(
    mut resource: Map<String, Value>,
    kind: ResourceKind,
    id: &str,
    (created, modified): (i64, i64),
    base: &str,
) -> Map<String, Value> {
    let mut schemas = vec![kind.schema()];
    schemas.extend(resource.contains_key(ENTERPRISE_SCHEMA).then_some(ENTERPRISE_SCHEMA));
    resource.insert("schemas".to_owned(), json!(schemas));
    resource.insert("id".to_owned(), json!(id));
    let version = version_of(&resource);
    let meta = json!({
        "resourceType": kind.name(),
        "created": time(created),
        "lastModified": time(modified),
        "location": format!("{base}/{}/{id}", kind.endpoint()),
        "version": version,
    });
    resource.insert("meta".to_owned(), meta);
    resource
}

/// A time as SCIM writes it.
pub(crate) fn time(milliseconds: i64) -> String {
    Date::from_millisecond(milliseconds).map_or_else(String::new, |date| date.to_string())
}

/// The version of a resource: a digest of what is shown of it.
fn version_of(resource: &Map<String, Value>) -> String {
    let digest = Sha256::digest(Value::Object(resource.clone()).to_string());
    let start = digest.get(..8).unwrap_or_default();
    format!("W/\"{}\"", crate::hex::hex(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Person;

    fn row(person: Option<Person>) -> UserRow {
        let facts = json!({ "email": "ada@example.com", "firstName": "Ada", "disabled": true });
        UserRow {
            id: "7".to_owned(),
            facts: serde_json::from_value(facts).expect("facts"),
            role: None,
            client: None,
            created: 0,
            changed: 1_000,
            person,
            groups: vec![("g".to_owned(), "All".to_owned())],
        }
    }

    #[test]
    fn a_user_whom_no_directory_has_named_is_known_by_the_address() {
        let shown = resource(&row(None), &Connection::new("okta", ["*"]), "http://x/scim/v2");
        let expected = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "7",
            "userName": "ada@example.com",
            "active": false,
            "name": { "givenName": "Ada" },
            "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }],
            "groups": [{ "value": "g", "$ref": "http://x/scim/v2/Groups/g", "display": "All", "type": "direct" }],
            "meta": {
                "resourceType": "User",
                "created": "1970-01-01T00:00:00.000Z",
                "lastModified": "1970-01-01T00:00:01.000Z",
                "location": "http://x/scim/v2/Users/7",
                "version": shown["meta"]["version"],
            },
        });
        assert_eq!(Value::Object(shown), expected);
    }

    #[test]
    fn the_version_follows_what_is_shown() {
        let connection = Connection::new("okta", ["*"]);
        let person = |user_name: &str| Person {
            connection: "okta".to_owned(),
            user_name: user_name.to_owned(),
            external_id: Some("00u".to_owned()),
            document: Map::from_iter([("userName".to_owned(), json!("old")), ("title".to_owned(), json!("Dr"))]),
            modified: 2_000,
        };
        let version = |name: &str| {
            let shown = resource(&row(Some(person(name))), &connection, "http://x");
            assert_eq!(
                (&shown["userName"], &shown["externalId"], &shown["title"]),
                (&json!(name), &json!("00u"), &json!("Dr"))
            );
            shown["meta"]["version"].clone()
        };
        assert_eq!(version("Ada"), version("Ada"));
        assert_ne!(version("Ada"), version("ada"));
    }
}
