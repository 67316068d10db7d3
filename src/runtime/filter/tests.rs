//! Tests of decoding in one pass: it finds what reducing the whole value finds.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;
use thought_industries_spec::{Document, Types};

use super::*;
use crate::runtime::selection::pick;

static USERS: LazyLock<Selection> = LazyLock::new(|| {
    let types = "query Query\nQuery list:List\nList users:[User] pageInfo:Info\nInfo total:I\n\
        User id:K disabled:F balance:N seats:I lang/language:T seen:D tags:[T] custom:* held:[Held] cursor?:T\n\
        Held course:Course\nCourse id:K kind/type:T\n";
    let query =
        "query Q{list{users{id disabled balance seats lang seen tags custom held{course{id kind}}} pageInfo{total}}}";
    let document = Document::parse(query).expect("a document");
    let whole = Selection::of(&document, document.operation(None).expect("one"), &Types::parse(types));
    whole.below("list").clone()
});

/// Decodes into the value itself, and compares with reducing the value as a whole.
fn check(json: &str) -> Option<Filtered<Value>> {
    let filtered = filter::<Value>(&USERS, json);
    let wrapped = filter_wrapped::<Value>(&USERS, &format!(r#"{{"data":{{"ListUsers":{json}}}}}"#));
    let picked = pick(&USERS, &mut serde_json::Deserializer::from_str(json));
    if let Some(filtered) = filtered.as_ref().or(wrapped.as_ref()) {
        let picked = picked.expect("JSON");
        assert_eq!((&filtered.value, &filtered.missing), (&picked.value, &picked.missing), "{json}");
        assert!(picked.dropped.is_empty(), "{json}");
    }
    if filtered.is_some() {
        assert_eq!(filtered, wrapped, "{json}");
    }
    filtered
}

fn checked(json: &Value) -> Filtered<Value> {
    check(&json.to_string()).unwrap_or_else(|| panic!("a second look: {json}"))
}

#[test]
fn the_selected_fields_are_read_whatever_else_there_is() {
    let page = json!({ "more": [{ "id": 1 }], "pageInfo": { "total": 7, "hasMore": true }, "users": [
        { "id": "a", "shoe": { "id": 5 }, "disabled": null, "custom": { "id": [1, { "x": null }] }, "tags": ["x", null] },
        { "tags": [], "id": "b", "held": [{ "course": { "type": "live", "id": "c" } }, { "course": null }, {}] },
    ]});
    let Filtered { value, missing } = checked(&page);
    let user = &value["users"][1];
    assert_eq!(user["held"], json!([{ "course": { "kind": "live", "id": "c" } }, { "course": null }, {}]));
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    let expected = [
        "users.balance",
        "users.custom",
        "users.disabled",
        "users.held",
        "users.held.course",
        "users.lang",
        "users.seats",
        "users.seen",
        "users.tags",
    ];
    assert_eq!(missing, expected.into_iter().filter(|path| *path != "users.tags").collect::<Vec<_>>());
}

#[test]
fn the_schemas_name_takes_precedence_wherever_it_is() {
    for (user, lang) in [
        (r#"{"id":"a","language":"fr","lang":"en"}"#, "en"),
        (r#"{"id":"a","lang":"en","language":"fr"}"#, "en"),
        (r#"{"language":"fr","id":"a"}"#, "fr"),
        (r#"{"language":"fr","language":"de"}"#, "fr"),
        (r#"{"l\u0061nguage":"f\u0072"}"#, "fr"),
    ] {
        let json = format!(r#"{{"users":[{user},{user}],"pageInfo":null}}"#);
        let Filtered { value, missing } = check(&json).expect("one look");
        assert_eq!(value["users"][1]["lang"], *lang, "{json}");
        assert!(!missing.contains("users.lang"), "{json}");
    }
}

#[test]
fn values_of_other_types_are_converted_or_take_a_second_look() {
    let user = |field: &str, value: Value| json!({ "users": [{ field: value }], "pageInfo": {} });
    for (field, from, to) in [
        ("balance", json!("0.50"), json!(0.5)),
        ("balance", json!(3), json!(3)),
        ("seats", json!("25"), json!(25)),
        ("seats", json!(25.0), json!(25)),
        ("id", json!(4711), json!("4711")),
        ("id", json!(true), json!("true")),
        ("disabled", json!("false"), json!(false)),
        ("disabled", json!(1), json!(true)),
        ("seen", json!(1_704_067_200_000_i64), json!("2024-01-01T00:00:00.000Z")),
        ("tags", json!([1, "a", null]), json!(["1", "a", null])),
    ] {
        assert_eq!(checked(&user(field, from.clone())).value["users"][0][field], to, "{field}: {from}");
    }
    for (field, value) in [
        ("balance", json!("a lot")),
        ("seats", json!(2.5)),
        ("id", json!(["x"])),
        ("id", json!({})),
        ("disabled", json!("yes")),
        ("tags", json!("x")),
        ("tags", json!([{}])),
        ("held", json!({ "course": null })),
        ("held", json!(["x"])),
        ("held", json!([{ "course": [] }])),
    ] {
        assert_eq!(check(&user(field, value.clone()).to_string()), None, "{field}: {value}");
    }
}

#[test]
fn what_may_be_no_record_takes_a_second_look() {
    for json in [
        "",
        "[]",
        "{",
        "true",
        r#"{"users":[]} x"#,
        r#"{"users":[],"errors":["no"]}"#,
        r#"{"message":"maintenance"}"#,
        r#"{"data":{"users":[]}}"#,
        r#"{"users":[],"success":false}"#,
    ] {
        assert_eq!(filter::<Value>(&USERS, json), None, "{json}");
    }
    let record = r#"{"users":[],"pageInfo":{"total":1}}"#;
    let expected = filter::<Value>(&USERS, record);
    for (envelope, is_one) in [
        (r#"{"data":{"ListUsers":*}}"#, true),
        (r#" { "errors" : null , "data" : { "x" : * } , "extensions" : [1] } "#, true),
        (r#"{"data":{"ListUsers":*},"errors":[{"message":"no"}]}"#, false),
        (r#"{"data":{"ListUsers":*,"other":1}}"#, false),
        (r#"{"data":{}}"#, false),
        (r#"{"data":null}"#, false),
        (r#"{"data":[*]}"#, false),
        (r#"{"data":{"a":*},"data":{"a":*}}"#, false),
        (r#"{"data":{"a":*},"message":"x"}"#, false),
        (r#"{"data":{"a":*}}}"#, false),
        ("*", false),
    ] {
        let found = filter_wrapped::<Value>(&USERS, &envelope.replace('*', record));
        assert_eq!(
            found,
            expected
                .as_ref()
                .filter(|_| is_one)
                .map(|expected| Filtered { value: expected.value.clone(), missing: expected.missing.clone() }),
            "{envelope}"
        );
    }
}

#[test]
fn a_type_decodes_as_from_the_reduced_value() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Page {
        users: Option<Vec<User>>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct User {
        id: String,
        seats: Option<i64>,
        tags: Option<Vec<Option<String>>>,
        seen: Option<crate::Date>,
        custom: Option<Value>,
    }
    let json =
        r#"{"users":[{"id":"a","seats":"5","seen":0,"tags":["x",null],"custom":{"a":[1]}},{"id":"b","seen":null}]}"#;
    let picked = pick(&USERS, &mut serde_json::Deserializer::from_str(json)).expect("JSON");
    let page: Page = serde_json::from_value(picked.value).expect("a page");
    assert_eq!(filter(&USERS, json), Some(Filtered { value: page, missing: picked.missing }));
    assert_eq!(filter::<Page>(&USERS, r#"{"users":[{"id":null}]}"#), None);
    assert_eq!(filter::<Page>(&USERS, r#"{"users":[{"id":"a","id":"b"}]}"#), None);
    assert_eq!(filter::<Page>(&USERS, r#"{"users":[{"id":"a","seen":"soon"}]}"#), None);
}

/// Values that no document describes.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6_f64..1e6).prop_map(Value::from),
        "[a-z0-9.\"\\\\é]{0,6}".prop_map(Value::from),
        Just(json!("2024-01-01T00:00:00.000Z")),
        Just(json!("12")),
    ];
    let keys = [
        "id",
        "disabled",
        "balance",
        "seats",
        "lang",
        "language",
        "seen",
        "tags",
        "custom",
        "held",
        "course",
        "kind",
        "type",
        "cursor",
        "users",
        "pageInfo",
        "total",
        "__typename",
        "more",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let key = prop::sample::select(keys.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever a tenant sends: one pass finds what reducing the whole value finds, or leaves it to that.
    #[test]
    fn one_pass_finds_the_same(users in proptest::collection::vec(anything(), 0..4), info in anything(), whole in anything()) {
        check(&json!({ "users": users, "pageInfo": info }).to_string());
        check(&whole.to_string());
    }
}
