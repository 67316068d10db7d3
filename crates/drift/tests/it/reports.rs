//! The forms in which a report is told.

use std::fmt::Write as _;

use graphql_drift::report::{LONGEST, github, html, json, junit, markdown, sarif, text};
use graphql_drift::validate::Source;
use graphql_drift::{Accepted, Capability, FailOn, Kind, Levels, Operations, Report, Version, compare};
use serde_json::Value;

use crate::changes::{cases, version};
use crate::mutations::BASE;

const NEW: &str = r#"
schema { query: Query mutation: Change }
type Query { node(id: ID!, at: Date): Node person(id: ID!, sort: Sort = ASC, filter: Filter = {age: 1}, tenant: ID!): Person find(filter: Filter!, page: Int! = 1): [Result!]! everyone: [Person] fresh: Fresh }
type Change { rename(id: ID!, name: String = "y", old: Int): Person! pick(one: One!): Boolean remove(ids: [ID!]!): Int! }
type Fresh { "Has an additional cost of 3 points." id: ID! a: Int b(x: Int): Int }
interface Node { id: ID! }
interface Named implements Node { id: ID! name: String }
"Some | <b>body</b> of @people." type Person implements Named & Node { id: ID! name: String friends(first: Int = 10): [Person!]! sort: Sort score: Float status: Status }
type Course implements Node { id: ID! title: String! people: [Person!] }
union Result = Person | Course
enum Sort { ASC DESC }
enum Status { ACTIVE DISABLED NEW }
input Filter { name: String = "a" age: Int deep: Filter "By." sort: Sort! = ASC list: [Int!] }
input One @oneOf { id: ID email: String }
scalar Date
"#;

const OPERATIONS: &str = "query Person($sort: Sort) {\n  person(id: 1, sort: $sort) { name status }\n}\n\nquery Find { find(filter: {}) { __typename } }\n\nquery Wrong { nobody }";

fn report() -> Report {
    let old = Version::read("schema/old.graphql", BASE.as_bytes()).expect("SDL");
    let new = Version::read("git:HEAD:schema/new schema.graphql", NEW.as_bytes()).expect("SDL");
    let operations = Operations::parse(&[Source { path: "queries/people.graphql".into(), text: OPERATIONS.into() }]);
    let mut report = compare(&old, &new, Levels::Own, Some(&operations));
    let capability = |operation, field| Capability { operation, is_mutation: false, field };
    let capabilities = [capability("people.all", "all"), capability("people.fresh", "fresh"), capability("x", "find")];
    report.note_capabilities(&old.schema, &new.schema, capabilities);
    let removed = report.changes.iter().find(|change| change.message.contains("`@cost`")).expect("the directive");
    let list = format!(
        "[[accept]]\nfingerprint = \"{}\"\nreason = \"nobody <applies> it\"\n[[accept]]\nfingerprint = \"000000000000\"\nreason = \"x\"\n",
        removed.fingerprint
    );
    report.accept(&Accepted::parse(&list).expect("a list"), "2026-01-01".parse().expect("a date"));
    report
}

#[test]
fn text_leads_with_the_operations_and_goes_by_type() {
    insta::assert_snapshot!(text(&report(), false));
    assert!(text(&report(), true).contains("\u{1b}[1m\u{1b}[31mbreaking"), "{}", text(&report(), true));
}

#[test]
fn markdown_and_annotations_are_escaped() {
    insta::assert_snapshot!(markdown(&report()));
    insta::assert_snapshot!(github(&[&report()], FailOn::Breaking));
}

/// Two versions with so many changes, some of each level.
fn large(changes: usize) -> Report {
    let mut old = String::from("enum E { A }\ntype Query {\n  e: E\n");
    let mut new = String::from("enum E { A B }\ntype Query {\n  e: E\n");
    for index in 0..changes - 1 {
        let name = format!("aFieldWithARatherLongNameAsTheyReallyAre{index}");
        match index % 4 {
            0 => _ = writeln!(old, "  {name}: String"),
            1 => _ = writeln!(old, "  {name}: String").and_then(|()| writeln!(new, "  {name}(required: Int!): String")),
            2 => _ = writeln!(old, "  {name}: String").and_then(|()| writeln!(new, "  \"{name}\" {name}: String")),
            _ => _ = writeln!(new, "  {name}: String"),
        }
    }
    compare(&version(&(old + "}")), &version(&(new + "}")), Levels::Own, None)
}

#[test]
fn markdown_stays_under_the_limit_and_says_what_it_left_out() {
    let report = large(2000);
    assert_eq!(report.summary.total, 2000);
    let page = markdown(&report);
    assert!(page.len() <= LONGEST && page.len() > LONGEST - 1000, "{}", page.len());
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| change") && !line.starts_with("| ---"));
    let last = page.lines().last().expect("a line");
    let left_out: usize =
        last.trim_start_matches('_').split(' ').next().and_then(|count| count.parse().ok()).expect("a count");
    assert_eq!(rows.count() + left_out, 2000, "{last}");
    assert!(last.contains("1606 changes omitted") && last.contains("606 breaking, 1 dangerous, 999 safe"), "{last}");
    assert!(!markdown(&large(50)).contains("omitted"));
}

#[test]
fn a_change_that_reaches_everybody_does_not_crowd_out_the_others() {
    let document =
        |number: usize| Source { path: format!("q{number}.graphql"), text: format!("query Q{number} {{ a b }}") };
    let operations = Operations::parse(&(0..1_500).map(document).collect::<Vec<_>>());
    let (old, new) = (version("type Query { a: Int b: Int c: Int }"), version("type Query { b: Int }"));
    let page = markdown(&compare(&old, &new, Levels::Own, Some(&operations)));
    assert!(page.contains("`Query.a` was removed") && page.contains("and 1495 operations more"), "{page}");
    assert!(page.contains("`Query.c` was removed") && page.len() <= LONGEST);
}

#[test]
fn descriptions_do_nothing_in_markdown() {
    let old = version("type Query { a: Int }");
    let new = version(r#"type Query { "x \\` @org/team <img src=x> [t](https://e) #1" a: Int }"#);
    let page = markdown(&compare(&old, &new, Levels::Own, None));
    assert!(page.contains("\\\\`") && !page.contains("\n| x \\` "), "{page}");
    assert!(
        !page.contains("<img") || page.contains("` @org/team <img src=x> [t](https://e) #1`"),
        "in code, at most: {page}"
    );
}

#[test]
fn annotations_are_no_more_than_github_shows() {
    let told = github(&[&large(2000)], FailOn::Breaking);
    assert_eq!(told.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    assert!(told.contains("more changes, not listed because GitHub limits annotations"));
    assert!(told.lines().all(|line| line.starts_with("::")), "{told}");
}

#[test]
fn json_is_what_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../../report.schema.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a JSON Schema");
    let mut reports = vec![report(), large(100)];
    for case in cases() {
        for levels in [Levels::Own, Levels::GraphqlInspector] {
            reports.push(compare(&version(case.old), &version(case.new), levels, None));
        }
    }
    for report in &reports {
        let value: Value = serde_json::from_str(&json(report)).expect("JSON");
        let wrong: Vec<String> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, [""; 0]);
        let summary = &value["summary"];
        let of = |level: &str| {
            value["changes"].as_array().expect("a list").iter().filter(|change| change["level"] == level).count()
        };
        for level in ["breaking", "dangerous", "safe"] {
            assert_eq!(summary[level], of(level));
        }
    }
    insta::assert_snapshot!(json(&report()).lines().take(90).collect::<Vec<_>>().join("\n"));
}

#[test]
fn sarif_is_sarif() {
    let text = sarif(&[&report(), &large(20)]);
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&text).expect("SARIF 2.1.0");
    // What the format does not know would be lost on the way through its types.
    let there: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(serde_json::to_value(&log).expect("JSON"), there);
    let results = there["runs"][0]["results"].as_array().expect("results");
    assert_eq!(results.len(), report().summary.total);
    let suppressed =
        results.iter().filter(|result| result["suppressions"][0]["justification"] == "nobody <applies> it");
    assert_eq!(suppressed.count(), 1);
    let uri = &results.iter().find(|result| result["ruleId"] == "FIELD_ARGUMENT_ADDED").expect("one")["locations"][0]["physicalLocation"]
        ["artifactLocation"]["uri"];
    assert_eq!(uri, "schema/new%20schema.graphql");
}

#[test]
fn junit_is_read_back() {
    let report = report();
    let text = junit(&[&report], FailOn::Breaking).expect("XML");
    let read = quick_junit::Report::deserialize_from_str(&text).expect("JUnit");
    assert_eq!(read.test_suites[0].tests, report.summary.total);
    assert_eq!(read.test_suites[0].failures, report.failures(FailOn::Breaking).count());
    assert_eq!(read.test_suites[0].skipped, 1, "what was accepted is skipped");
    let none = compare(&version(BASE), &version(BASE), Levels::Own, None);
    assert!(junit(&[&none], FailOn::Any).expect("XML").contains("no changes"));
}

#[test]
fn a_page_is_whole_and_escapes_what_it_is_given() {
    let page = html(&report()).expect("a page");
    assert!(page.contains("nobody &#60;applies&#62; it"), "{page}");
    assert!(!page.contains("<applies>") && !page.contains("<b>body"));
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("src="));
    assert!(page.contains("potentially affected") && page.contains("queries/people.graphql:2"));
    for change in &report().changes {
        // What a new type consists of is counted there.
        let of_new = change.owner == "Fresh" && change.kind != Kind::TypeAdded;
        assert!(page.contains(&change.fingerprint) != of_new, "{}", change.message);
    }
}

#[test]
fn a_check_fails_from_its_level_on() {
    let count = |fail_on| report().failures(fail_on).count();
    let summary = report().summary;
    assert_eq!(count(FailOn::None), 0);
    assert_eq!(count(FailOn::Breaking), summary.breaking);
    assert_eq!(count(FailOn::Dangerous), summary.breaking + summary.dangerous);
    assert_eq!(count(FailOn::Any), summary.total - summary.accepted);
}
