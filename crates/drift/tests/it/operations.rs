//! Operations as people really have them.

use graphql_drift::validate::{Source, validate};
use graphql_drift::{Levels, Operations, compare, coverage};

use crate::changes::version;
use crate::mutations::BASE;

fn sources(texts: &[(&str, &str)]) -> Vec<Source> {
    texts.iter().map(|(path, text)| Source { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
}

/// What a comparison of the base with itself finds in the operations.
fn findings(texts: &[(&str, &str)]) -> Vec<String> {
    let report = compare(&version(BASE), &version(BASE), Levels::Own, Some(&Operations::parse(&sources(texts))));
    report.findings.iter().map(ToString::to_string).collect()
}

fn checked(texts: &[(&str, &str)]) -> Vec<String> {
    let schema = Source { path: "schema.graphql".to_owned(), text: BASE.to_owned() };
    validate(&schema, &sources(texts)).iter().map(ToString::to_string).collect()
}

const AWKWARD: [(&str, &str); 5] = [
    ("a.graphql", "query Same { person(id: 1) { ...Names ...Names name name again: name } }"),
    ("b.graphql", "query Same { node(id: 1) { ...OnNode } }"),
    ("fragments/names.graphql", "fragment Names on Person { name friends { ...Deep } }"),
    ("fragments/deep.graphql", "fragment Deep on Person { id } fragment OnNode on Node { id }"),
    ("fragments/unused.graphql", "fragment Unused on Course { title }"),
];

#[test]
fn fragments_in_other_files_and_operations_of_one_name_are_no_fault() {
    assert_eq!(findings(&AWKWARD), [""; 0]);
    assert_eq!(checked(&AWKWARD), [""; 0]);
    let operations = Operations::parse(&sources(&AWKWARD));
    let report = compare(&version(BASE), &version(BASE), Levels::Own, Some(&operations));
    let declared: Vec<_> = report.operations.iter().map(|it| (it.name.as_str(), it.file.as_str())).collect();
    assert_eq!(declared, [("Same", "a.graphql"), ("Same", "b.graphql")]);
}

#[test]
fn a_file_has_its_own_fragments_before_those_of_others() {
    let texts = [
        ("a.graphql", "query A { person(id: 1) { ...Names } } fragment Names on Person { id }"),
        ("b.graphql", "fragment Names on Person { nope }"),
    ];
    assert_eq!(findings(&texts), [""; 0]);
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let texts = [
        ("a.graphql", "query A {\n  person(id: 1, srt: ASC) { nme ...Nowhere }\n  é: nothing\n}"),
        ("b.graphql", "query B($f: Filtr, $g: Int) { find(filter: {agee: 1, sort: UPP}) { ... on Persn { id } } }"),
        ("c.graphql", "subscription C { person { id } }"),
        ("d.graphql", "query D { count { id } }"),
        ("e.graphql", "query E { person(id: 1) { id "),
    ];
    insta::assert_snapshot!(findings(&texts).join("\n"));
    insta::assert_snapshot!(checked(&texts).join("\n"));
}

#[test]
fn fragments_that_spread_each_other_come_to_an_end() {
    let texts = [(
        "a.graphql",
        "query A { person(id: 1) { ...F } } fragment F on Person { ...G } fragment G on Person { friends { ...F } }",
    )];
    assert_eq!(findings(&texts), [""; 0]);
    assert!(!checked(&texts).is_empty(), "the specification forbids it");
}

#[test]
fn one_fault_does_not_hide_another() {
    let texts = [
        ("a.graphql", "query A { nope } query B { person(id: \"x\", sort: 3) { id } }"),
        ("b.graphql", "query C { person { id } }"),
    ];
    let told = checked(&texts).join("\n");
    assert!(told.contains("`nope`") && told.contains("a.graphql:1:50") && told.contains("b.graphql:1:11"), "{told}");
}

#[test]
fn coverage_counts_what_is_used() {
    let texts = [
        ("a.graphql", "query A($filter: Filter!) { find(filter: $filter) { ... on Person { name } } count }"),
        ("b.graphql", "mutation B { rename(id: 1, old: 3) { name } }"),
    ];
    let covered = coverage(&version(BASE).schema, &Operations::parse(&sources(&texts)));
    insta::assert_snapshot!(covered.to_string());
    let value: serde_json::Value = serde_json::from_str(&covered.json()).expect("JSON");
    assert_eq!(value["summary"]["operations"], 2);
    assert_eq!(value["unused_deprecated"][0]["coordinate"], "Query.all");
}
