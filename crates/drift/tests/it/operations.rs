//! Operations as people really have them.

use std::fmt::Write as _;

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
    assert_eq!(findings(&texts), ["b.graphql:1:28: type `Person` has no field `nope` (did you mean `name`?)"]);
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
    assert_eq!(findings(&texts), ["a.graphql:1:59: the fragment `F` spreads itself"]);
    assert_eq!(checked(&texts), findings(&texts));
}

#[test]
fn one_fault_does_not_hide_another() {
    let texts = [
        ("a.graphql", "query A { nope } query B { person(id: \"x\", sort: 3) { id } }"),
        ("b.graphql", "query C { person { id } }"),
    ];
    let reported = checked(&texts).join("\n");
    assert!(
        reported.contains("`nope`") && reported.contains("a.graphql:1:50") && reported.contains("b.graphql:1:11"),
        "{reported}"
    );
}

#[test]
fn a_stale_fragment_hides_nothing_of_other_operations() {
    let texts = [
        ("a.graphql", "query A { person(id: 1) { ...Stale name(x: 1) } }\nquery B($x: Int) { count(unit: NOPE) }"),
        ("b.graphql", "query C { person { id } find(filter: { age: \"x\" }) { title } }"),
        ("c.graphql", "fragment Stale on Person { gone }\nfragment Unused on Gone { id }"),
    ];
    let reported = checked(&texts);
    for place in [
        "a.graphql:1:41",
        "a.graphql:2:9",
        "a.graphql:2:32",
        "b.graphql:1:11",
        "b.graphql:1:45",
        "c.graphql:1:28",
        "c.graphql:2:20",
    ] {
        assert!(reported.iter().any(|line| line.starts_with(place)), "{place}: {reported:#?}");
    }
}

#[test]
fn operations_are_checked_against_a_schema_that_breaks_rules_too() {
    let schema = Source { path: "s.graphql".to_owned(), text: "type Query { a: Gone a: Int b: Int }".to_owned() };
    let query = Source { path: "q.graphql".to_owned(), text: "query A { a c }".to_owned() };
    let reported: Vec<_> = validate(&schema, &[query]).iter().map(ToString::to_string).collect();
    assert_eq!(reported, ["q.graphql:1:13: type `Query` has no field `c` (did you mean `a`?)"], "the last `a` counts");
    let schema = Source { path: "s.graphql".to_owned(), text: "type Query { a: Gone b: Int }".to_owned() };
    let query = Source { path: "q.graphql".to_owned(), text: "query A { b c }".to_owned() };
    let reported: Vec<_> = validate(&schema, &[query]).iter().map(ToString::to_string).collect();
    assert!(reported[1].starts_with("s.graphql:1:17: ") && reported[1].ends_with("in the schema"), "{reported:?}");
    assert!(reported[0].starts_with("q.graphql:1:13: "), "{reported:?}");
}

#[test]
fn hostile_operations_come_to_an_end() {
    let (mut chain, mut nested) = (String::new(), String::new());
    for n in 0..3_000 {
        writeln!(chain, "fragment F{n} on Person {{ id ...F{} }}", n + 1).expect("a string");
    }
    for n in 0..40 {
        writeln!(nested, "fragment G{n} on Person {{ friends {{ ...G{0} ...G{0} }} }}", n + 1).expect("a string");
    }
    let same = "id ".repeat(3_000);
    let texts = [
        ("a.graphql", "query A { person(id: 1) { ...F0 ...G0 } }".to_owned()),
        ("b.graphql", format!("query B {{ person(id: 1) {{ {same} }} }}")),
        ("c.graphql", chain),
        ("d.graphql", nested),
    ];
    let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let reported = checked(&texts).join("\n");
    assert!(reported.contains("fragments nest deeper than 500"), "{reported}");
    assert!(reported.contains("too many fields have the same name"), "{reported}");
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

#[test]
fn places_in_one_long_line_count_characters_and_are_found_fast() {
    // Counted from the start of the line for each field, this would be quadratic.
    let fields = (0..20_000).map(|number| format!("b{number}: b")).collect::<Vec<_>>().join(" ");
    let comment = "# é 🎓\n";
    let text = format!("{comment}query Q {{ a(x: \"éé🎓\") {fields} gone }}");
    let schema = Source { path: "s.graphql".to_owned(), text: "type Query { a(x: String): Int b: Int }".to_owned() };
    let found = validate(&schema, &[Source { path: "q.graphql".to_owned(), text: text.clone() }]);
    let line = text.lines().nth(1).expect("a line");
    let column = line.chars().count() - "gone }".len() + 1;
    assert_eq!(found.iter().map(|it| (it.line, it.column)).collect::<Vec<_>>(), [(2, column)]);
}
