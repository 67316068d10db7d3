//! The forms in which a report is reported.

use std::fmt::Write as _;

use graphql_drift::report::{LONGEST, github, html, json, junit, markdown, sarif, text};
use graphql_drift::validate::{Source, validate};
use graphql_drift::{
    Accepted, Capability, FailOn, Format, Kind, Levels, Operations, Report, Validation, Version, compare, coverage,
};
use serde_json::{Value, json as value};

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

const OPERATIONS: &str = "query Person($sort: Sort) {\n  person(id: 1, sort: $sort) { name status }\n}\n\nquery Find { find(filter: {}) { __typename } }\n\nquery Wrong { nodes }";

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
        "[[accept]]\nfingerprint = \"{}\"\nreason = \"never <applied>\"\n[[accept]]\nfingerprint = \"000000000000\"\nreason = \"x\"\n",
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
    let reported = github(&[&large(2000)], FailOn::Breaking);
    assert_eq!(reported.lines().filter(|line| line.starts_with("::error ")).count(), 10);
    assert!(reported.contains("more annotations, not listed because GitHub limits them"));
    assert!(reported.lines().all(|line| line.starts_with("::")), "{reported}");
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
    assert_eq!(there["runs"].as_array().expect("runs").len(), 1, "code hosts accept few");
    assert_eq!(results.len(), report().summary.total + 20);
    let suppressed = results.iter().filter(|result| result["suppressions"][0]["justification"] == "never <applied>");
    assert_eq!(suppressed.count(), 1);
    let uri = &results.iter().find(|result| result["ruleId"] == "FIELD_ARGUMENT_ADDED").expect("one")["locations"][1]["physicalLocation"]
        ["artifactLocation"]["uri"];
    assert_eq!(uri, "schema/new%20schema.graphql");
}

#[test]
fn junit_counts_what_fails() {
    let report = report();
    let text = junit(&[&report], FailOn::Breaking);
    let failures = report.failures(FailOn::Breaking).count();
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"1\"", report.summary.total);
    assert!(text.contains(&counts), "{text}");
    assert_eq!(text.matches("<failure ").count(), failures);
    assert_eq!(text.matches("<skipped ").count(), 1, "what was accepted is skipped");
    assert!(text.contains("never &lt;applied&gt;"));
    let none = compare(&version(BASE), &version(BASE), Levels::Own, None);
    assert!(junit(&[&none], FailOn::Any).contains("no changes"));
}

#[test]
fn a_page_is_whole_and_escapes_what_it_is_given() {
    let page = html(&report()).expect("a page");
    assert!(page.contains("never &#60;applied&#62;"), "{page}");
    assert!(!page.contains("<applies>") && !page.contains("<b>body"));
    assert!(!page.contains("http://") && !page.contains("src=") && page.matches("<script").count() == 1);
    assert!(page.contains("potentially affected") && page.contains("queries/people.graphql:2"));
    // On a narrow screen, rows are stacked, and changes can be hidden by kind without a script.
    assert!(page.contains("<table class=\"stacked\">") && page.contains("id=\"show-FIELD_REMOVED\""), "{page}");
    assert!(page.contains("body:has(#show-FIELD_REMOVED:not(:checked)) li.FIELD_REMOVED"), "{page}");
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

#[test]
fn a_broken_operation_is_marked_before_the_schema_and_no_old_line_is_marked_in_a_new_file() {
    let read = |name: &str, text: &str| Version::read(name, text.as_bytes()).expect("a schema");
    let old = read("git:HEAD:s.graphql", "type Query {\n  a: Int\n  b: Int\n  c: Int\n}");
    let new = read("s.graphql", "# A comment.\ntype Query {\n  b: Int\n}");
    let source = Source { path: "q.graphql".to_owned(), text: "query Q {\n  b\n  c\n}".to_owned() };
    let report = compare(&old, &new, Levels::Own, Some(&Operations::parse(&[source])));
    let reported = github(&[&report], FailOn::Breaking);
    let lines: Vec<&str> = reported.lines().collect();
    assert!(
        lines[0].starts_with("::error file=q.graphql,line=3,title=FIELD_REMOVED Query.c::`Q` is broken: "),
        "{reported}"
    );
    assert!(lines[1].starts_with("::error file=s.graphql,line=2,title=FIELD_REMOVED Query.a::"), "{reported}");
    let log: Value = serde_json::from_str(&sarif(&[&report])).expect("JSON");
    let place = |result: usize| log["runs"][0]["results"][result]["locations"][0]["physicalLocation"].clone();
    assert_eq!(place(1), value!({ "artifactLocation": { "uri": "q.graphql" }, "region": { "startLine": 3 } }));
    assert_eq!(place(0), value!({ "artifactLocation": { "uri": "s.graphql" }, "region": { "startLine": 2 } }));
}

#[test]
fn junit_has_what_the_schema_of_ant_requires() {
    let text = junit(&[&report()], FailOn::Breaking);
    let suite = text.lines().find(|line| line.contains("<testsuite ")).expect("a suite");
    for attribute in ["name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "time"] {
        assert!(suite.contains(&format!(" {attribute}=\"")), "{attribute}: {suite}");
    }
    for case in text.lines().filter(|line| line.contains("<testcase ")) {
        assert!(case.contains(" classname=\"") && case.contains(" time=\"0\""), "{case}");
    }
    let order = ["<properties/>", "<testcase ", "<system-out/>", "<system-err/>", "</testsuite>"];
    let places: Vec<usize> = order.iter().map(|part| text.find(part).expect(part)).collect();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn validation_and_coverage_have_every_format() {
    let schema = Source { path: "s.graphql".to_owned(), text: "type Query { a: Int @deprecated b: Int }".to_owned() };
    let query = Source { path: "q.graphql".to_owned(), text: "query Q {\n  a\n  <b>\n  c\n}".replace("<b>", "") };
    let validation = Validation {
        schema: schema.path.clone(),
        documents: 1,
        findings: validate(&schema, std::slice::from_ref(&query)),
    };
    let covered = coverage(&version(&schema.text).schema, &Operations::parse(&[query]));
    for format in Format::ALL {
        let (validated, covered) = (format.validation(&validation), format.coverage(&covered));
        for text in [validated.expect("a report"), covered.expect("a report")] {
            assert!(text.contains("has no field `c`") || text.contains("has no field <code>c</code>"), "{text}");
        }
    }
    assert!(Format::Html.coverage(&covered).expect("a page").contains("Deprecated and used"));
    let none = Validation { findings: Vec::new(), ..validation };
    assert_eq!(Format::Text.validation(&none).expect("text"), "1 document fits s.graphql\n");
    assert!(Format::Junit.validation(&none).expect("XML").contains("tests=\"1\" failures=\"0\""));
}
