//! The page of a plan: what its data is, and what it lets a browser run.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn entry(value: Value) -> Entry {
    serde_json::from_value(value).expect("an entry")
}

#[test]
fn values_that_look_alike_stay_apart() {
    let (mut fields, mut reasons) = (Numbers::default(), Numbers::default());
    let update = entry(json!({
        "action": "update", "id": "u-1", "email": "ada@example.com", "name": "Ada\u{202e} Byron", "line": 3, "reason": "differs",
        "changes": [
            { "field": "lastName", "before": null, "after": "King" },
            { "field": "lastName", "before": "null", "after": null },
            { "field": "ref1", "before": null, "after": "", "hidden": true },
            { "field": "courseIds", "before": [], "after": ["a\u{1b}", "b"] },
        ],
    }));
    let expected = json!([
        4,
        3,
        "ada@example.com",
        "Ada\\u{202e} Byron",
        0,
        null,
        [[0, "King", null], [0, null, "null"], [1, "", null, 1], [2, ["a\\u{1b}", "b"], []]],
        "u-1",
    ]);
    assert_eq!(row(&update, &mut fields, &mut reasons), expected);
    let found = entry(json!({
        "action": "update", "id": "u-1", "email": "ada@example.com", "foundBy": "email", "changes": [],
    }));
    assert_eq!(row(&found, &mut fields, &mut reasons)[8], "e-mail address");
    let left = entry(json!({
        "action": "deactivate", "email": "eve@example.com", "reason": { "ends": "2026-11-30" },
        "changes": [{ "field": "status", "before": "active", "after": "disabled" }],
    }));
    assert_eq!(row(&left, &mut fields, &mut reasons)[4], 1);
    let new = entry(json!({
        "action": "create", "email": "new@example.com",
        "changes": [{ "field": "firstName", "before": null, "after": "New" }],
    }));
    // A new user has no value before, and the name is that of the row.
    assert_eq!(
        row(&new, &mut fields, &mut reasons),
        json!([5, 0, "new@example.com", "New", null, null, [[4, "New"]], null])
    );
    assert_eq!(reasons.texts(), ["the roster has other values", "ends 2026-11-30"]);
    assert_eq!(fields.texts(), ["lastName", "ref1", "courseIds", "status", "firstName"]);
}

#[test]
fn the_data_of_a_page_is_json_and_cannot_end_its_block() {
    let text = data(&[]).expect("data");
    let bytes = STANDARD.decode(&text).expect("Base64");
    let mut json = String::new();
    flate2::read::ZlibDecoder::new(bytes.as_slice()).read_to_string(&mut json).expect("compressed");
    let data: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&data["rows"], &data["actions"][0][0]), (&json!([]), &json!("problem")));
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)), "{text}");
}

#[test]
fn the_script_needs_nothing_that_the_page_forbids() {
    for forbidden in ["</script", "innerHTML", "eval(", "fetch(", "import(", "onclick"] {
        assert!(!SCRIPT.contains(forbidden), "{forbidden}");
    }
}
