//! Tests of the counts: which change counts for which kinds.

use serde_json::json;

use super::*;

fn entry(action: Action, changes: &[(&str, Value, Value)]) -> Entry {
    let mut entry = Entry::of(action);
    entry.email = Some("ada@example.com".to_owned());
    let changes = changes.iter().map(|(field, before, after)| Change::new(*field, before.clone(), after.clone()));
    entry.changes.extend(changes);
    entry
}

/// The kinds of an entry, each with its example.
fn counted(entry: &Entry) -> Vec<(String, String)> {
    let mut census = Census::new(169);
    census.add(entry);
    assert!(census.kinds.values().all(|counted| counted.users == 1), "a user counts once for each kind");
    census.kinds.into_iter().map(|(kind, counted)| (kind.to_string(), counted.example)).collect()
}

fn kinds(action: Action, changes: &[(&str, Value, Value)]) -> Vec<String> {
    counted(&entry(action, changes)).into_iter().map(|(kind, _)| kind).collect()
}

/// What changes, and the kinds that it counts for.
type Case<'c> = (&'c [(&'c str, Value, Value)], &'c [&'c str]);

#[test]
fn each_action_counts_its_users() {
    let status = [("status", json!("active"), json!("disabled"))];
    for (action, expected) in [
        (Action::Create, &["create"][..]),
        (Action::Deactivate, &["deactivate"]),
        (Action::Reactivate, &["reactivate"]),
        (Action::Delete, &["delete"]),
        (Action::Update, &[]),
        (Action::Problem, &[]),
    ] {
        assert_eq!(kinds(action, &status), expected, "{action:?}");
    }
}

#[test]
fn what_replaces_swaps_or_clears_a_value_is_counted_and_what_fills_one_is_not() {
    let null = Value::Null;
    let cases: [Case<'_>; 12] = [
        (&[("lastName", json!("Byron"), json!("King"))], &["lastName"]),
        (&[("lastName", null.clone(), json!("King"))], &[]),
        (&[("lastName", json!("King"), null.clone())], &["clear", "lastName"]),
        (&[("lastName", json!("King"), json!(" "))], &["clear", "lastName"]),
        (
            &[("lastName", json!("King"), null.clone()), ("firstName", json!("Ada"), null.clone())],
            &["clear", "firstName", "lastName"],
        ),
        (
            &[("firstName", json!("Ada"), json!("King")), ("lastName", json!("King"), json!("Ada"))],
            &["swappedNames", "firstName", "lastName"],
        ),
        (
            &[("firstName", json!("Ada"), json!("King")), ("lastName", json!("Byron"), json!("Ada"))],
            &["firstName", "lastName"],
        ),
        (&[("email", json!("ada@old.example"), json!("ada@new.example"))], &["email"]),
        (&[("email", json!("Ada@Example.com"), json!("ada@example.com"))], &[]),
        (&[("studentLicenseIds", json!(["a"]), json!(["a", "b"]))], &[]),
        (&[("studentLicenseIds", json!(["a"]), json!(["b"]))], &["studentLicenseIds"]),
        (&[("customFields.city", json!("Köln"), json!("KÃ¶ln"))], &["mojibake", "customFields.city"]),
    ];
    for (changes, expected) in cases {
        assert_eq!(kinds(Action::Update, changes), expected, "{changes:?}");
    }
    let names = [("firstName", null.clone(), json!("JosÃ©")), ("lastName", null, json!("King"))];
    assert_eq!(kinds(Action::Create, &names), ["create", "mojibake"]);
}

#[test]
fn an_example_names_the_user_and_no_value_but_the_address() {
    let changes = [
        ("password", json!("old"), json!("secret")),
        ("email", json!("ada@example.com"), json!("eve@example.com")),
        ("ref1", json!("a"), Value::Null),
    ];
    let examples = counted(&entry(Action::Update, &changes));
    let examples: Vec<&str> = examples.iter().map(|(_, example)| example.as_str()).collect();
    assert_eq!(
        examples,
        [
            "ada@example.com (`ref1`)",
            "ada@example.com → eve@example.com",
            "ada@example.com (`password`)",
            "ada@example.com (`ref1`)"
        ]
    );
}

#[test]
fn a_value_that_the_tenant_does_not_show_may_be_cleared() {
    let mut hidden = entry(Action::Update, &[("ref1", Value::Null, Value::Null)]);
    hidden.changes[0].hidden = true;
    assert_eq!(counted(&hidden).len(), 1);
}
