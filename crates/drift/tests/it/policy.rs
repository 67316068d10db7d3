//! What a project decides about changes.

use graphql_drift::report::text;
use graphql_drift::validate::Source;
use graphql_drift::{
    Accepted, FailOn, Format, FormatOptions, Level, Levels, Operations, Policy, Report, Selector, Timeline, Version,
    compare,
};

use crate::changes::version;

fn selector(text: &str) -> Selector {
    text.parse().expect(text)
}

fn messages(report: &Report) -> Vec<&str> {
    report.changes.iter().map(|change| change.message.as_str()).collect()
}

const OLD: &str = r#"
directive @docs(page: String) on FIELD_DEFINITION | OBJECT
type Query { user(id: ID): User "@internal tools" audit: Audit }
type Audit { at: Int by: Int }
type User @docs { name: String mail: String }
"#;

const NEW: &str = r#"
directive @docs(page: String) on FIELD_DEFINITION | OBJECT
type Query { user: User "@internal tools" audit(first: Int!): Audit }
type Audit { at: ID }
type User { name: String @docs }
"#;

fn listed(policy: &Policy) -> Vec<String> {
    let report = policy.compare(&version(OLD), &version(NEW), None, None);
    assert_eq!(report.summary.total, report.changes.len());
    report.changes.iter().map(|change| format!("{} {}", change.kind, change.place())).collect()
}

#[test]
fn changes_are_ignored_by_kind_coordinate_directive_and_description() {
    let all = listed(&Policy::default());
    assert_eq!(all.len(), 7, "{all:?}");
    for (pattern, left) in [
        ("kind=DIRECTIVE_USAGE_*", 5),
        ("coordinate=Audit", 5),
        ("coordinate=Audit.*", 5),
        ("coordinate=Query.user", 6),
        ("coordinate=Query.us?r(id:)", 6),
        ("kind=FIELD_*,coordinate=Audit*", 5),
        ("directive=docs,kind=DIRECTIVE_*", 5),
        ("description=@internal*", 6),
        ("coordinate=User.mail", 6),
        ("coordinate=Use", 7),
        ("coordinate=*", 0),
    ] {
        let policy = Policy { ignore: vec![selector(pattern)], ..Policy::default() };
        let listed = listed(&policy);
        assert_eq!(listed.len(), left, "{pattern}: {listed:?}");
    }
    // A type that carries a directive is selected with its fields.
    let policy = Policy { ignore: vec![selector("directive=@docs")], ..Policy::default() };
    assert!(!listed(&policy).iter().any(|change| change.ends_with("User.mail")));
}

#[test]
fn an_operation_that_breaks_is_never_hidden() {
    let source = Source { path: "a.graphql".to_owned(), text: "query A { audit { by } }".to_owned() };
    let operations = Operations::parse(&[source]);
    let policy = Policy {
        ignore: vec![selector("coordinate=*")],
        treat: vec![toml::from_str("kind = \"*\"\nas = \"safe\"").expect("a treatment")],
        only: Some(Level::Breaking),
        ..Policy::default()
    };
    let report = policy.compare(&version(OLD), &version(NEW), Some(&operations), None);
    assert_eq!(messages(&report), ["`Audit.by` was removed", "`Query.audit(first:)`: `Int!` was added"]);
    assert_eq!((report.failures(FailOn::Breaking).count(), report.summary.hidden), (2, 5));
    assert!(report.headline().ends_with("(5 hidden by rules)"), "{}", report.headline());
    let none = policy.compare(&version(OLD), &version(NEW), None, None);
    assert_eq!(none.headline(), "no changes to list (7 hidden by rules)");
}

#[test]
fn a_kind_is_treated_as_another_level() {
    let treat = |text: &str| toml::from_str(text).expect(text);
    let policy = Policy {
        treat: vec![
            treat("coordinate = \"Query.*\"\nas = \"safe\""),
            treat("kind = \"FIELD_ARGUMENT_ADDED\"\nas = \"dangerous\""),
        ],
        only: Some(Level::Dangerous),
        ..Policy::default()
    };
    let report =
        policy.compare(&version("type Query { a: Int }"), &version("type Query { a(b: Int!): Int }"), None, None);
    assert_eq!(report.changes.len(), 0, "the first that selects a change counts");
    let all = Policy { only: None, ..policy }.compare(
        &version("type Query { a: Int }"),
        &version("type Query { a(b: Int!): Int }"),
        None,
        None,
    );
    assert_eq!(all.changes[0].level, Level::Safe);
    assert!(all.changes[0].reason.starts_with("the rules treat it as safe: a query"), "{}", all.changes[0].reason);
    assert!(toml::from_str::<graphql_drift::Treatment>("kind = \"*\"\nas = \"fine\"").is_err());
}

#[test]
fn what_selects_nothing_or_everything_is_refused() {
    for (text, error) in [
        ("kind=FIELD_REMOVD", "`FIELD_REMOVD` is no kind of change (did you mean `FIELD_REMOVED`?)"),
        ("color=red", "`color` is no condition"),
        ("kind=", "has no pattern"),
        ("", "is no condition"),
        ("kind=*,kind=*", "more than once"),
    ] {
        let found = text.parse::<Selector>().expect_err(text);
        assert!(found.contains(error), "{text}: {found}");
    }
    assert!(toml::from_str::<Selector>("").is_err());
    assert!(toml::from_str::<Selector>("knd = \"*\"").is_err());
}

/// The dates of three versions: `b` is deprecated in the second, and gone in the third.
fn dated() -> (Timeline, Version, Version) {
    let mut timeline = Timeline::default();
    let read = |date: &str, sdl: &str| {
        let mut version = version(sdl);
        version.date = date.parse().ok();
        version
    };
    timeline.push(&read("2026-01-01", "type Query { a: Int b: Int c: Int @deprecated }"));
    let old = read("2026-02-01", "type Query { a: Int b: Int @deprecated c: Int }");
    timeline.push(&old);
    (timeline, old, read("2026-04-02", "type Query { a: Int }"))
}

#[test]
fn what_was_deprecated_for_long_enough_may_go() {
    let (timeline, old, new) = dated();
    let level = |grace: u32| {
        let policy = Policy { grace: Some(grace), ..Policy::default() };
        policy.compare(&old, &new, None, Some(&timeline)).changes.iter().map(|it| it.level).collect::<Vec<_>>()
    };
    // `c` was deprecated once, and no longer was when it went.
    assert_eq!(level(60), [Level::Breaking, Level::Dangerous]);
    assert_eq!(level(61), [Level::Breaking, Level::Breaking]);
    let mut undated = new.clone();
    undated.date = None;
    let policy = Policy { grace: Some(1), ..Policy::default() };
    assert_eq!(policy.compare(&old, &undated, None, Some(&timeline)).summary.breaking, 2, "no date, no grace");
    assert_eq!(policy.compare(&old, &new, None, None).summary.breaking, 2, "no history, no grace");
}

#[test]
fn an_operation_that_exceeds_the_limit_of_points_is_broken() {
    let cost =
        |points: u32| version(&format!("type Query {{ \"An additional cost of {points} points.\" a: Int b: Int }}"));
    let operations = Operations::parse(&[Source {
        path: "a.graphql".to_owned(),
        text: "query One { a } query Two { x: a y: a b } query None { b }".to_owned(),
    }]);
    let policy = Policy { cost_limit: Some(15), ..Policy::default() };
    let broken = |old: &Version, new: &Version, policy: &Policy| {
        let report = policy.compare(old, new, Some(&operations), None);
        let broken = report.operations.iter().filter(|it| it.status == graphql_drift::Status::Broken);
        (broken.map(|it| it.name.clone()).collect::<Vec<_>>(), report.changes.iter().map(|it| it.level).max())
    };
    let two = vec!["Two".to_owned()];
    assert_eq!(broken(&cost(5), &cost(8), &policy), (two.clone(), Some(Level::Breaking)));
    assert_eq!(broken(&cost(5), &cost(8), &Policy::default()), (vec![], Some(Level::Dangerous)));
    // A cost that is stated for the first time is safe, unless the limit is passed by it.
    let none = version("type Query { a: Int b: Int }");
    assert_eq!(broken(&none, &cost(7), &policy), (vec![], Some(Level::Safe)));
    assert_eq!(broken(&none, &cost(8), &policy), (two, Some(Level::Breaking)));
    // One that exceeded the limit before is not broken by the change.
    assert_eq!(broken(&cost(8), &cost(9), &policy), (vec![], Some(Level::Dangerous)));
    let report = policy.compare(&none, &cost(8), Some(&operations), None);
    assert_eq!(report.changes[0].reason, "`Two` now states 16 points, and the limit is 15");
}

#[test]
fn accepted_changes_may_be_patterns() {
    let list = |text: &str| Accepted::parse(text).expect(text);
    let mut report = compare(&version(OLD), &version(NEW), Levels::Own, None);
    report.accept(
        &list("[[accept]]\ncoordinate = \"Audit.*\"\nreason = \"unused\"\n[[accept]]\nkind = \"FIELD_*\"\ncoordinate = \"X*\"\nreason = \"x\"\nexpires = 2020-01-01\n"),
        "2026-01-01".parse().expect("a date"),
    );
    assert_eq!(report.summary.accepted, 2);
    let note = &report.notes[0];
    assert_eq!((note.fingerprint.as_str(), report.notes.len()), ("kind=FIELD_*,coordinate=X*", 1));
    for wrong in [
        "[[accept]]\nreason = \"x\"",
        "[[accept]]\nfingerprint = \"0123456789ab\"\nkind = \"*\"\nreason = \"x\"",
        "[[accept]]\nkind = \"NO_SUCH\"\nreason = \"x\"",
    ] {
        assert!(Accepted::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn text_counts_safe_changes_and_directives_that_are_everywhere() {
    let fields = |end: &str| (0..20).map(|n| format!("f{n}: Int {end}")).collect::<Vec<_>>().join("\n");
    let directives = "directive @docs on FIELD_DEFINITION directive @rare on FIELD_DEFINITION\n";
    let old = version(&format!("{directives} type Query {{ a: Int b: Int {} }}", fields("")));
    let new = version(&format!("{directives} type Query {{ a: Int @rare c: Int {} }}", fields("@docs")));
    let report = compare(&old, &new, Levels::Own, None);
    let told =
        |all: bool| Format::Text.report(&report, FormatOptions { all, ..FormatOptions::default() }).expect("text");
    let brief = told(false);
    assert!(brief.contains("`Query.b` was removed") && brief.contains("`@rare`"), "{brief}");
    assert!(brief.contains("`@docs` is applied, removed or given other arguments 20 times, in 1 type"), "{brief}");
    assert!(brief.ends_with("1 safe change not listed; `--all` lists them\n"), "{brief}");
    assert!(brief.lines().count() < 15, "{brief}");
    assert_eq!(told(true), text(&report, false));
    assert_eq!(told(true).matches("`@docs`").count(), 20);
}
