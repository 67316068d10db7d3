//! Versions in order.

use graphql_drift::history::{html, json, markdown, text};
use graphql_drift::validate::Source;
use graphql_drift::{Accepted, FailOn, History, HistoryBuilder, Levels, Operations, Version};

const VERSIONS: [(&str, &str); 4] = [
    ("v1", "type Query { person: Person people: [Person] } type Person { id: ID name: String }"),
    (
        "v2",
        "type Query { person: Person people: [Person] } type Person { id: ID badge: Badge } type Badge { id: ID url: String }",
    ),
    ("v3", "type Query { person: Person people: [Person!] } type Person { id: ID name: String }"),
    (
        "v10",
        "type Query { person(id: ID): Person people: [Person] } type Person { id: ID badge: Badge name: String } type Badge { id: ID url: String }",
    ),
];

fn history() -> History {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let operations = Operations::parse(&[
        source("person.graphql", "query Person { person { id name } }"),
        source("badge.graphql", "query Badge { person { badge { url } } }"),
    ]);
    let mut history = HistoryBuilder::new(Levels::Own, Some(&operations));
    for (name, sdl) in VERSIONS {
        history.push(Version::read(name, sdl.as_bytes()).expect(name));
    }
    history.finish()
}

#[test]
fn a_history_says_what_came_and_went_and_what_it_broke() {
    insta::assert_snapshot!(text(&history(), false));
    insta::assert_snapshot!(markdown(&history()));
    let value: serde_json::Value = serde_json::from_str(&json(&history())).expect("JSON");
    assert_eq!(value["flapping"][0]["coordinate"], "Badge");
    assert_eq!(
        value["operations"][0]["versions"],
        serde_json::json!(["does_not_fit", "fits", "broken", "potentially_affected"])
    );
    let page = html(&history()).expect("a page");
    assert!(
        page.contains("added in v2") && page.contains("removed in v3") && page.contains("Breaking in v3"),
        "{page}"
    );
}

#[test]
fn an_operation_that_does_not_fit_does_not_fit_in_later_versions_either() {
    let operations = Operations::parse(&[Source { path: "a.graphql".to_owned(), text: "query A { a }".to_owned() }]);
    let mut history = HistoryBuilder::new(Levels::Own, Some(&operations));
    for (name, sdl) in [
        ("v1", "type Query { a: Int }"),
        ("v2", "type Query { a(x: Int!): Int }"),
        ("v3", "type Query { a(x: Int!): Int b: Int }"),
    ] {
        history.push(Version::read(name, sdl.as_bytes()).expect(name));
    }
    let fates: Vec<_> = history.finish().operations[0].versions.iter().map(|fate| fate.name()).collect();
    assert_eq!(fates, ["fits", "broken", "does not fit"]);
}

#[test]
fn what_flaps_comes_and_goes_in_turn() {
    let with = "type Query { f(x: Int): U } union U = A | B type A { a: Int } type B { b: Int }";
    let without = "type Query { g: U } union U = A type A { a: Int } type B { b: Int }";
    let mut history = HistoryBuilder::new(Levels::Own, None);
    for (name, sdl) in [("v1", with), ("v2", without), ("v3", with), ("v4", without)] {
        history.push(Version::read(name, sdl.as_bytes()).expect(name));
    }
    let flapping = history.finish().flapping;
    let reported: Vec<_> = flapping
        .iter()
        .map(|flap| (flap.coordinate.as_str(), flap.events.iter().map(|event| event.came).collect::<Vec<_>>()))
        .collect();
    assert_eq!(
        reported,
        [
            ("Query.f", vec![false, true, false]),
            ("Query.g", vec![true, false, true]),
            ("U with B", vec![false, true, false])
        ]
    );
}

#[test]
fn accepted_changes_hold_for_every_step() {
    let mut history = history();
    assert!(history.fails(FailOn::Breaking));
    let list = Accepted::additions(&history.reports(), FailOn::Breaking, "old news");
    history.accept(&Accepted::parse(&list).expect("a list"), "2026-01-01".parse().expect("a date"));
    assert!(!history.fails(FailOn::Breaking));
    assert_eq!(history.notes, []);
}

#[test]
fn a_version_that_cannot_be_read_is_reported_and_passed_over() {
    let operations = Operations::parse(&[Source { path: "a.graphql".to_owned(), text: "query A { a }".to_owned() }]);
    let mut history = HistoryBuilder::new(Levels::Own, Some(&operations));
    history.push_unreadable("v0", "not readable: empty");
    history.push(Version::read("v1", b"type Query { a: Int }").expect("v1"));
    history.push_unreadable("v2", "not readable: <html>");
    history.push(Version::read("v3", b"type Query { b: Int }").expect("v3"));
    let history = history.finish();
    let fates: Vec<_> = history.operations[0].versions.iter().map(|fate| fate.name()).collect();
    assert_eq!(fates, ["unknown", "fits", "unknown", "broken"]);
    assert_eq!(history.reports().len(), 1);
    assert_eq!(history.reports()[0].old, "v1");
    for page in [text(&history, false), markdown(&history), html(&history).expect("a page"), json(&history)] {
        assert!(page.contains("not readable: "), "{page}");
    }
}

#[test]
fn json_is_what_its_schema_says() {
    let read = |text: &str| -> serde_json::Value { serde_json::from_str(text).expect("JSON") };
    let mut schema = read(include_str!("../../history.schema.json"));
    // The schema of reports is a file of its own, and stands here under its name.
    let mut of_reports = read(include_str!("../../report.schema.json"));
    of_reports["$id"] = "report.schema.json".into();
    schema["$defs"] = serde_json::json!({ "report": of_reports });
    let validator = jsonschema::validator_for(&schema).expect("a JSON Schema");
    let mut with_gap = HistoryBuilder::new(Levels::Own, None);
    with_gap.push_unreadable("v0", "not readable");
    for text in [json(&history()), json(&with_gap.finish())] {
        let value = read(&text);
        let wrong: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, [""; 0]);
    }
    let mut value = read(&json(&history()));
    value["versions"][1]["report"]["changes"] = serde_json::json!([{}]);
    assert!(!validator.is_valid(&value), "reports are judged as well");
}

#[test]
fn what_did_not_fit_before_is_not_broken_again() {
    let source = Source { path: "a.graphql".to_owned(), text: "query A { a gone }\nquery B { a }".to_owned() };
    let operations = Operations::parse(&[source]);
    let mut history = HistoryBuilder::new(Levels::Own, Some(&operations));
    for (name, sdl) in [("v1", "type Query { a: Int b: Int }"), ("v2", "type Query { b: Int }")] {
        history.push(Version::read(name, sdl.as_bytes()).expect(name));
    }
    let history = history.finish();
    let fates: Vec<Vec<_>> =
        history.operations.iter().map(|it| it.versions.iter().map(|fate| fate.name()).collect()).collect();
    assert_eq!(fates, [["does not fit", "does not fit"], ["fits", "broken"]]);
    assert!(text(&history, false).contains("broke B; 1 did not fit before either"), "{}", text(&history, false));
}
