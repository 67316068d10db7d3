//! What directories send, and what is kept of it.

use super::*;

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).expect("an object")
}

fn user(value: Value) -> Result<Value, String> {
    resource(&object(value), ResourceKind::User).map(Value::Object).map_err(|error| error.detail)
}

#[test]
fn a_body_is_read_whatever_its_case_and_its_dialect() {
    let body = json!({
        "SCHEMAS": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "username": "ada",
        "password": "secret",
        "active": "True",
        "nickName": "unknown",
        "title": null,
        "groups": [],
        "roles": [],
        "emails": { "value": "ada@example.com", "PRIMARY": "true", "display": "Ada" },
        "phoneNumbers": [{ "type": "work", "value": "" }, { "type": "mobile", "value": null }],
        "urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User": { "manager": "9", "Department": "R&D" },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division": "North",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": { "department": "wrong" },
    });
    let expected = json!({
        "userName": "ada",
        "active": true,
        "emails": [{ "value": "ada@example.com", "primary": true }],
        "phoneNumbers": [],
        ENTERPRISE_SCHEMA: { "manager": { "value": "9" }, "department": "R&D", "division": "North" },
    });
    assert_eq!(user(body), Ok(expected));
}

#[test]
fn values_of_another_type_are_refused() {
    for (body, reason) in [
        (json!({ "active": "yes" }), "`active` has to be true or false"),
        (json!({ "userName": 5 }), "`userName` has to be a text"),
        (json!({ "name": ["Ada"] }), "`name` has to be an object"),
        (json!({ "emails": [{ "type": "work" }] }), "an entry of `emails` has no `value`"),
        (json!({ "emails": [5] }), "`emails` has to be an object"),
        (
            json!({ "emails": [{ "value": "a@b", "primary": true }, { "value": "c@d", "primary": true }] }),
            "`emails` has several primary values; send one at most",
        ),
    ] {
        assert_eq!(user(body), Err(reason.to_owned()));
    }
}

#[test]
fn a_put_leaves_what_it_does_not_name_and_clears_no_address() {
    let current = object(json!({
        "userName": "ada",
        "name": { "givenName": "Ada", "familyName": "Byron" },
        "emails": [{ "value": "ada@example.com", "primary": true }],
        "phoneNumbers": [{ "value": "1", "type": "work" }],
        ENTERPRISE_SCHEMA: { "department": "R&D", "division": "North" },
    }));
    let body = object(json!({
        "emails": null,
        "phoneNumbers": [],
        "name": { "familyName": "King" },
        ENTERPRISE_SCHEMA: { "division": "South" },
    }));
    let expected = json!({
        "userName": "ada",
        "name": { "givenName": "Ada", "familyName": "King" },
        "emails": [{ "value": "ada@example.com", "primary": true }],
        ENTERPRISE_SCHEMA: { "department": "R&D", "division": "South" },
    });
    let merged = |body| merged(&current, &body, ResourceKind::User).map(Value::Object);
    assert_eq!(merged(body), Ok(expected));
    assert_eq!(merged(object(json!({ "emails": [] }))), Ok(Value::Object(current.clone())));
}

#[test]
fn a_group_without_members_keeps_its_members() {
    let current = object(json!({ "displayName": "All", "members": [{ "value": "7" }] }));
    let put = |body| merged(&current, &object(body), ResourceKind::Group).map(Value::Object);
    assert_eq!(
        put(json!({ "displayName": "Every" })),
        Ok(json!({ "displayName": "Every", "members": [{ "value": "7" }] }))
    );
    assert_eq!(put(json!({ "members": [] })), Ok(json!({ "displayName": "All" })));
    assert_eq!(put(json!({ "members": "8" })), Ok(json!({ "displayName": "All", "members": [{ "value": "8" }] })));
}
