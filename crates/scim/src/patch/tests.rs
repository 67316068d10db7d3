//! PATCH as directories send it, and the mistakes that other servers made with it.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::schema::ENTERPRISE_SCHEMA;

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).expect("an object")
}

fn ada() -> Value {
    json!({
        "userName": "ada",
        "active": true,
        "name": { "givenName": "Ada", "familyName": "Byron" },
        "emails": [
            { "value": "ada@example.com", "type": "work", "primary": true },
            { "value": "ada@home.example", "type": "home" },
        ],
        ENTERPRISE_SCHEMA: { "department": "R&D" },
    })
}

fn group() -> Value {
    json!({ "displayName": "All", "members": [{ "value": "1" }, { "value": "2" }, { "value": "3" }] })
}

fn patch(kind: ResourceKind, current: Value, operations: &Value) -> Result<Value, (u16, Option<&'static str>)> {
    let body = object(json!({ "schemas": ["x"], "Operations": operations }));
    let done = patched(&object(current), &body, kind).map(Value::Object);
    done.map_err(|error| (error.status, error.scim_type.map(ScimType::name)))
}

#[expect(clippy::needless_pass_by_value, reason = "tests write values in place")]
fn user(operations: Value) -> Result<Value, (u16, Option<&'static str>)> {
    patch(ResourceKind::User, ada(), &operations)
}

/// The user with a change of the whole.
#[expect(clippy::unnecessary_wraps, reason = "it is compared with what a PATCH makes")]
fn changed(change: impl FnOnce(&mut Value)) -> Result<Value, (u16, Option<&'static str>)> {
    let mut ada = ada();
    change(&mut ada);
    Ok(ada)
}

#[expect(clippy::needless_pass_by_value, reason = "tests write values in place")]
fn members(operations: Value) -> Vec<String> {
    let group = patch(ResourceKind::Group, group(), &operations).expect("done");
    let members = group["members"].as_array().cloned().unwrap_or_default();
    members.iter().map(|member| member["value"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_user_is_disabled_in_every_dialect() {
    for operations in [
        json!([{ "op": "Replace", "path": "active", "value": "False" }]),
        json!([{ "op": "replace", "path": "ACTIVE", "value": false }]),
        json!([{ "op": "replace", "value": { "active": false } }]),
        json!([{ "op": "REPLACE", "path": "", "value": { "Active": "false" } }]),
        json!({ "op": "add", "path": "active", "value": false }),
        json!([{ "op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": "FALSE" }]),
    ] {
        let expected = changed(|ada| ada["active"] = json!(false));
        assert_eq!(user(operations.clone()), expected, "{operations}");
    }
}

#[test]
fn attributes_are_named_by_path_by_dotted_key_and_by_urn() {
    let expected = changed(|ada| {
        ada["name"]["givenName"] = json!("Augusta");
        ada["emails"][0]["value"] = json!("augusta@example.com");
        ada[ENTERPRISE_SCHEMA]["department"] = json!("Sales");
    });
    let department = format!("{ENTERPRISE_SCHEMA}:department");
    for operations in [
        json!([
            { "op": "Replace", "path": "name.givenName", "value": "Augusta" },
            { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "augusta@example.com" },
            { "op": "Add", "path": department, "value": "Sales" },
        ]),
        json!([{ "op": "replace", "value": {
            "name.givenName": "Augusta",
            "emails[type eq \"work\"].value": "augusta@example.com",
            department.clone(): "Sales",
        } }]),
        json!([
            { "op": "replace", "path": "name", "value": { "givenName": "Augusta" } },
            { "op": "add", "value": { "emails[primary eq \"True\"].value": "augusta@example.com",
                ENTERPRISE_SCHEMA: { "department": "Sales" } } },
        ]),
        json!([{ "op": "replace", "path": ENTERPRISE_SCHEMA, "value": { "department": "Sales" } },
            { "op": "replace", "value": { "name.givenName": "Augusta",
                "emails[type eq \"work\"]": { "value": "augusta@example.com" } } }]),
    ] {
        assert_eq!(user(operations.clone()), expected, "{operations}");
    }
}

#[test]
fn a_value_that_is_not_there_is_added_and_never_replaced() {
    let added = user(json!([{ "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "1" }]));
    assert_eq!(added.expect("added")["phoneNumbers"], json!([{ "type": "mobile", "value": "1" }]));
    let none = json!([{ "op": "replace", "path": "emails[type eq \"other\"].value", "value": "x@y" }]);
    assert_eq!(user(none), Err((400, Some("noTarget"))));
    let manager = user(json!([{ "op": "Add", "path": format!("{ENTERPRISE_SCHEMA}:manager"), "value": "9" }]));
    assert_eq!(manager.expect("added")[ENTERPRISE_SCHEMA]["manager"], json!({ "value": "9" }));
}

#[test]
fn one_value_is_primary() {
    let operations = json!([{ "op": "add", "path": "emails", "value": [{ "value": "a@b", "primary": true }] }]);
    let emails = user(operations).expect("added")["emails"].clone();
    let primary: Vec<_> = emails.as_array().expect("a list").iter().map(|email| email["primary"] == true).collect();
    assert_eq!(primary, [false, false, true]);
    let operations = json!([{ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }]);
    let emails = user(operations).expect("changed")["emails"].clone();
    assert_eq!((&emails[0]["primary"], &emails[1]["primary"]), (&json!(false), &json!(true)));
}

#[test]
fn nothing_changes_without_operations_and_where_nothing_is_known() {
    for operations in [
        json!([]),
        json!([{ "op": "add", "path": "nickName", "value": "A" }]),
        json!([{ "op": "remove", "path": "emails[type eq \"other\"]" }]),
        json!([{ "op": "replace", "path": "groups", "value": [] }]),
        json!([{ "op": "replace", "value": { "id": "other", "password": "x" } }]),
        json!([{ "op": "add", "path": "emails", "value": { "value": "ada@example.com", "type": "work" } }]),
    ] {
        assert_eq!(user(operations.clone()), Ok(ada()), "{operations}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_as_a_whole() {
    for (operations, expected) in [
        (json!([{ "op": "remove" }]), (400, Some("noTarget"))),
        (json!([{ "op": "move", "path": "active" }]), (400, Some("invalidSyntax"))),
        (json!("x"), (400, Some("invalidSyntax"))),
        (json!(["x"]), (400, Some("invalidSyntax"))),
        (json!([{ "op": "add", "value": 5 }]), (400, Some("invalidSyntax"))),
        (json!([{ "op": "add", "path": 5, "value": 5 }]), (400, Some("invalidPath"))),
        (json!([{ "op": "replace", "path": "emails[type eq", "value": "x" }]), (400, Some("invalidPath"))),
        (json!([{ "op": "replace", "path": "userName[value eq 1]", "value": "x" }]), (400, Some("invalidPath"))),
        (json!([{ "op": "replace", "path": "active", "value": "perhaps" }]), (400, Some("invalidValue"))),
        (json!([{ "op": "remove", "path": "userName" }]), (400, Some("invalidValue"))),
        (json!([{ "op": "remove", "path": "emails" }]), (400, Some("invalidValue"))),
        (json!([{ "op": "add", "path": "emails", "value": [{ "type": "other" }] }]), (400, Some("invalidValue"))),
    ] {
        assert_eq!(user(operations.clone()), Err(expected), "{operations}");
    }
}

#[test]
fn members_are_added_and_removed_in_both_dialects() {
    for (operations, expected) in [
        (
            json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": "4" }] }]),
            vec!["1", "2", "3", "4"],
        ),
        (json!([{ "op": "add", "path": "members", "value": { "value": "2" } }]), vec!["1", "2", "3"]),
        (json!([{ "op": "add", "path": "members", "value": "4" }]), vec!["1", "2", "3", "4"]),
        (json!([{ "op": "Remove", "path": "members", "value": [{ "value": "2" }] }]), vec!["1", "3"]),
        (json!([{ "op": "remove", "path": "members[value eq \"2\"]" }]), vec!["1", "3"]),
        (json!([{ "op": "remove", "path": "members[value eq \"9\"]" }]), vec!["1", "2", "3"]),
        (json!([{ "op": "remove", "path": "members", "value": [] }]), vec!["1", "2", "3"]),
        (json!([{ "op": "remove", "path": "members" }]), vec![]),
        (json!([{ "op": "replace", "path": "members", "value": [{ "value": "9" }] }]), vec!["9"]),
        (json!([{ "op": "replace", "path": "members", "value": [] }]), vec![]),
        (json!([{ "op": "replace", "value": { "id": "x", "displayName": "Every" } }]), vec!["1", "2", "3"]),
    ] {
        assert_eq!(members(operations.clone()), expected, "{operations}");
    }
}

#[test]
fn more_members_than_a_page_has_are_kept() {
    let many: Vec<Value> = (0..1_000).map(|number| json!({ "value": format!("m{number}") })).collect();
    assert_eq!(members(json!([{ "op": "replace", "path": "members", "value": many }])).len(), 1_000);
}

proptest! {
    /// Whatever is sent, a required attribute stays, and a refusal is one of the client's.
    #[test]
    fn no_patch_breaks_a_user(
        op in "add|remove|replace|Add",
        path in prop_oneof!["(emails|name|active|userName|urn:x)(\\[[a-z \"]{0,12}\\])?(\\.[a-z]{0,6})?", "\\PC{0,12}"],
        value in prop_oneof![
            Just(Value::Null), Just(json!(true)), Just(json!("")), Just(json!([])), Just(json!({})),
            Just(json!([{ "value": "a@b" }])), Just(json!({ "value": "a@b", "primary": "true" })),
        ],
    ) {
        match user(json!([{ "op": op, "path": path, "value": value }])) {
            Ok(user) => {
                prop_assert!(user["userName"].is_string() && !user["emails"].as_array().expect("a list").is_empty());
            }
            Err((status, kind)) => prop_assert!(status == 400 && kind.is_some()),
        }
    }
}
