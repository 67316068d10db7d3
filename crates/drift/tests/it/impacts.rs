//! What changes do to operations, held against a validator.

use std::collections::{BTreeMap, BTreeSet};

use graphql_drift::validate::{Source, validate};
use graphql_drift::{Break, Change, Kind, Levels, Operations, Status, Version, compare, sdl};

use crate::changes::version;
use crate::mutations::{ALL, BASE, Mutation, base};

/// Operations that between them use most of the base, in most ways.
const OPERATIONS: [(&str, &str); 16] = [
    ("Node", "query Node($id: ID!) { node(id: $id) { id ... on Person { name sort } ... on Named { name } } }"),
    ("Person", "query Person { person(id: 1, sort: DESC, filter: {age: 2, sort: OLD}) { id name status } }"),
    ("PersonByVariable", "query PersonByVariable($sort: Sort) { person(id: \"a\", sort: $sort) { friends { name } } }"),
    ("PersonFiltered", "query PersonFiltered($filter: Filter) { person(id: 1, filter: $filter) { score } }"),
    ("Defaults", "query Defaults { person(id: 1) { friends { id } sort } }"),
    (
        "Find",
        "query Find($filter: Filter!, $page: Int!) { find(filter: $filter, page: $page) { __typename ... on Person { name } ... on Course { title people { id } } } }",
    ),
    (
        "FindLiteral",
        "query FindLiteral { find(filter: {name: null, deep: {age: 1}, list: [1, 2]}) { ... on Node { id } } }",
    ),
    (
        "FindInside",
        "query FindInside($age: Int, $sort: Sort!) { find(filter: {age: $age, sort: $sort}) { ...OnCourse } } fragment OnCourse on Course { title }",
    ),
    ("All", "query All { all { id } count(unit: DOZEN) }"),
    ("Traced", "query Traced @trace(level: 1) { count @trace(tag: \"x\") }"),
    ("Rename", "mutation Rename($id: ID!, $name: String) { rename(id: $id, name: $name, old: 3) { name } }"),
    ("RenameDefault", "mutation RenameDefault { rename(id: 1) { id } }"),
    ("Pick", "mutation Pick { pick(one: {id: 1}) }"),
    ("PickByVariable", "mutation PickByVariable($one: One!) { pick(one: $one) }"),
    ("Remove", "mutation Remove($ids: [ID!]!) { remove(ids: $ids) }"),
    ("RemoveOne", "mutation RemoveOne($id: ID! = 3) { remove(ids: [1, $id]) }"),
];

fn source((path, text): (&str, &str)) -> Source {
    Source { path: format!("{path}.graphql"), text: text.to_owned() }
}

/// The names of the operations that do not fit a schema.
fn rejected(schema: &str) -> BTreeSet<String> {
    let schema = Source { path: "schema.graphql".to_owned(), text: schema.to_owned() };
    let found = validate(&schema, &OPERATIONS.map(source));
    // A variable that nothing uses is no fault of the schema.
    let faults = found.into_iter().filter(|finding| !finding.message.contains("unused variable"));
    faults.map(|finding| finding.path.trim_end_matches(".graphql").to_owned()).collect()
}

#[test]
fn a_validator_agrees_on_every_single_mutation() {
    let old_sdl = sdl::print(&base());
    let old = version(&old_sdl);
    let operations = Operations::parse(&OPERATIONS.map(source));
    assert_eq!(operations.findings, []);
    assert_eq!(rejected(&old_sdl), BTreeSet::new());
    let mut wrong = Vec::new();
    let (mut tried, mut broken, mut rejections) = (0, 0, 0);
    for Mutation { schema, kind, coordinate } in ALL.iter() {
        let new_sdl = sdl::print(schema);
        // Most mutations of a type leave something dangling, which is no schema to validate by.
        if sdl::check(schema).is_err() {
            continue;
        }
        tried += 1;
        let report = compare(&old, &version(&new_sdl), Levels::Own, Some(&operations));
        let rejected = rejected(&new_sdl);
        for operation in OPERATIONS {
            let of = |change: &Change| {
                change.operations.iter().find(|impact| impact.name == operation.0).map(|impact| impact.status)
            };
            let worst = report.changes.iter().filter_map(of).min();
            // An input that a variable holds is rejected when it is sent, which no validator sees; nor does this one
            // know `@oneOf`, or look at variables inside literals of input objects.
            let in_sight = |change: &Change| {
                let by_variable = change.kind.name().starts_with("INPUT_FIELD_") && operation.1.contains('$');
                change.breaks.contains(&Break::Document)
                    && !change.breaks.contains(&Break::Decode)
                    && !by_variable
                    && change.kind != Kind::InputObjectOneOfAdded
            };
            let by_document =
                report.changes.iter().any(|change| of(change) == Some(Status::Broken) && in_sight(change));
            let found = format!("{kind} at {coordinate}: {} is {worst:?}", operation.0);
            if rejected.contains(operation.0) {
                rejections += 1;
                if worst != Some(Status::Broken) {
                    wrong.push(format!("{found}, and rejected"));
                }
            } else if by_document {
                wrong.push(format!("{found}, and not rejected"));
            }
            broken += usize::from(worst == Some(Status::Broken));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Otherwise the test would say little.
    assert!(tried > 250 && rejections > 150 && broken >= rejections, "{tried} {rejections} {broken}");
}

fn statuses(new: &str, documents: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let old = version(BASE);
    let new = version(new);
    let operations = Operations::parse(&documents.iter().copied().map(source).collect::<Vec<_>>());
    let report = compare(&old, &new, Levels::Own, Some(&operations));
    let found = report.changes.iter().map(|change| {
        let impacts =
            change.operations.iter().map(|it| format!("{} {}:{} {}", it.name, it.file, it.line, it.status.name()));
        (change.message.clone(), impacts.collect())
    });
    found.collect()
}

#[test]
fn a_change_names_the_place_where_it_is_reached() {
    let documents = [
        ("a", "query A {\n  person(id: 1) {\n    ...Names\n  }\n}"),
        ("b", "query A { node(id: 1) { id } }\n\nquery B { person(id: 1) { friends { ...Names } } }"),
        ("names", "\n\nfragment Names on Person { name name again: name }"),
    ];
    let found = statuses(&BASE.replace("Node { id: ID! name: String friends", "Node { id: ID! friends"), &documents);
    assert_eq!(
        found["`Person.name` was removed"],
        ["A names.graphql:3 broken", "B names.graphql:3 broken"],
        "in the fragment's file, and once for each operation"
    );
}

#[test]
fn what_depends_on_variables_is_potential() {
    let documents = [
        ("literal", "query Literal { person(id: 1, sort: OLD) { id } }"),
        ("variable", "query Variable($sort: Sort) { person(id: 1, sort: $sort) { id } }"),
        ("answer", "query Answer { person(id: 1) { sort } }"),
        ("none", "query None { count }"),
    ];
    let found = statuses(&BASE.replace(" OLD @deprecated(reason: \"use DESC\")", ""), &documents);
    assert_eq!(
        found["`Sort.OLD` was removed; it was deprecated"],
        [
            "Literal literal.graphql:1 broken",
            "Variable variable.graphql:1 potentially affected",
            "Answer answer.graphql:1 unaffected"
        ]
    );
    let found = statuses(
        &BASE.replace("enum Status { ACTIVE", "enum Status { NEW ACTIVE"),
        &[("answer", "query Answer { person(id: 1) { status } }")],
    );
    assert_eq!(found["`Status.NEW` was added"], ["Answer answer.graphql:1 potentially affected"]);
}

#[test]
fn the_headline_leads_with_the_operations() {
    let new = Version::read("new", BASE.replace("count(unit: Unit): Int", "").as_bytes()).expect("SDL");
    let report = |operations: &[(&str, &str)]| {
        let operations = Operations::parse(&operations.iter().copied().map(source).collect::<Vec<_>>());
        compare(&version(BASE), &new, Levels::Own, Some(&operations)).headline()
    };
    assert_eq!(report(&OPERATIONS), "1 breaking change, 1 of them breaks your operations");
    assert_eq!(report(&OPERATIONS[..3]), "1 breaking change, none of them breaks your operations");
    assert_eq!(compare(&version(BASE), &new, Levels::Own, None).headline(), "1 breaking change");
}

/// What happens to one operation when one schema becomes another, and how the report leads with it.
fn fate(old: &str, new: &str, operation: &str) -> (&'static str, String) {
    let operations = Operations::parse(&[source(("it", operation))]);
    let report = compare(&version(old), &version(new), Levels::Own, Some(&operations));
    assert_eq!(report.findings, [], "{operation}");
    (report.operations[0].status.name(), report.headline())
}

#[test]
fn a_query_is_broken_if_and_only_if_it_is_rejected_or_misread() {
    let union = "type Query { u: U v: U } union U = A | B type A { a: Int } type B { b: Int }";
    let narrowed = union.replace("u: U v", "u: A v");
    let node = "interface N { id: ID } type C { n: N } type D { n: N } union P = C | D type Query { p: P }";
    let argument = |ty: &str| {
        format!("type Query {{ u(f: {ty}): Int }} input G {{ a: Int b: Int! }} input F {{ a: Int }} scalar S")
    };
    let cases: Vec<(&str, String, String, &str)> = vec![
        ("unaffected", union.to_owned(), narrowed.clone(), "{ v { ... on B { b } } }"),
        (
            "potentially affected",
            union.to_owned(),
            narrowed.clone(),
            "{ u { ...F } } fragment F on U { ... on A { a } ... on B { b } }",
        ),
        ("potentially affected", union.to_owned(), narrowed.clone(), "{ u { ... on A { a } } v { ... on B { b } } }"),
        ("broken", union.to_owned(), narrowed, "{ v { __typename } u { ... on B { b } } }"),
        (
            "broken",
            node.to_owned(),
            node.replace("D { n: N }", "D { n: N! }"),
            "{ p { ... on D { n { id } } ... on C { n { id } } } }",
        ),
        ("broken", argument("S"), argument("S").replace("scalar S", "enum S { A }"), "{ u(f: \"x\") }"),
        ("broken", argument("[Int]"), argument("S"), "query Q($x: Int) { u(f: [$x]) }"),
        ("broken", argument("F"), argument("G"), "{ u(f: {a: 1}) }"),
        ("unaffected", argument("F!"), argument("F"), "{ u(f: {a: 5}) }"),
        ("unaffected", argument("[Int!]"), argument("[Int]"), "query Q($x: Int!) { u(f: [$x]) }"),
        ("potentially affected", argument("Int = 1"), argument("Int = 2"), "query Q($x: Int) { u(f: $x) }"),
        ("unaffected", argument("Int = 1"), argument("Int = 2"), "query Q($x: Int!) { u(f: $x) }"),
        ("unaffected", argument("Int = 1"), argument("Int = 2"), "{ u(f: 3) }"),
        (
            "broken",
            "type Query { u: U } type U { a: Int b: Int }".to_owned(),
            "type Query { u: U } interface U { a: Int }".to_owned(),
            "{ u { a b } }",
        ),
        (
            "broken",
            "type Query { u: U } type U { c: C } type C { x: Int }".to_owned(),
            "type Query { u: W } type W { c: C } type C { y: Int }".to_owned(),
            "{ u { c { x } } }",
        ),
        (
            "broken",
            "type Query { a: Int }".to_owned(),
            "schema { query: R } type R { a(x: Int!): Int }".to_owned(),
            "{ a }",
        ),
    ];
    for (expected, old, new, operation) in cases {
        let (status, headline) = fate(&old, &new, operation);
        assert_eq!(status, expected, "{old} -> {new}: {operation}: {headline}");
        assert_eq!(
            headline.contains("break your operations")
                || headline.contains("breaks your operations") && !headline.contains("none of them"),
            expected == "broken",
            "{headline}"
        );
    }
}

#[test]
fn fragments_in_fragments_are_followed_so_far_and_no_further() {
    let chain: String =
        (0..20_000).map(|n| format!("fragment F{n} on Query {{ ...F{} }}\n", n + 1)).collect::<Vec<_>>().concat();
    let operations = Operations::parse(&[source((
        "deep",
        &format!("query Q {{ ...F0 }}\n{chain}fragment F20000 on Query {{ count }}"),
    ))]);
    let report = compare(&version(BASE), &version(BASE), Levels::Own, Some(&operations));
    assert!(report.findings[0].message.contains("nest deeper"), "{:?}", report.findings);
}
