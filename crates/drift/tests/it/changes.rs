//! Every kind of change, from SDL and from introspection.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use graphql_drift::{Break, Change, Kind, Levels, Version, compare};

use crate::introspect::introspect;

/// A name, a schema, and what it becomes.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) old: &'static str,
    pub(crate) new: &'static str,
}

/// The cases of `changes.graphql`.
pub(crate) fn cases() -> Vec<Case> {
    let text = include_str!("changes.graphql");
    let case = |case: &'static str| {
        let (name, rest) = case.split_once('\n').expect("a name on a line");
        let (old, new) = rest.split_once("\n#=>\n").expect("what it becomes");
        Case { name, old, new }
    };
    text.split("\n#: ").skip(1).map(case).collect()
}

pub(crate) fn version(text: &str) -> Version {
    Version::read("schema", text.as_bytes()).expect(text)
}

fn changes(old: &Version, new: &Version, levels: Levels) -> Vec<Change> {
    compare(old, new, levels, None).changes
}

/// What both forms of a schema can say of a change: SDL alone has directives applied, and lines differ.
fn comparable(changes: &[Change]) -> Vec<(Kind, Option<&str>, &str, &str, &str)> {
    let mut lines: Vec<_> = changes
        .iter()
        .filter(|change| !change.kind.is_directive_usage())
        .map(|change| {
            let Change { kind, coordinate, message, fingerprint, reason, .. } = change;
            (*kind, coordinate.as_deref(), message.as_str(), fingerprint.as_str(), reason.as_str())
        })
        .collect();
    lines.sort_unstable();
    lines
}

#[test]
fn each_kind_is_found_and_judged() {
    let mut reported = String::new();
    let mut found = BTreeSet::new();
    for Case { name, old, new } in cases() {
        let (old, new) = (version(old), version(new));
        writeln!(reported, "\n# {name}").expect("a string");
        for change in changes(&old, &new, Levels::Own) {
            found.insert(change.kind);
            let breaks: Vec<_> = change.breaks.iter().copied().map(Break::name).collect();
            writeln!(reported, "{:9} {} {} [{}]", change.level, change.kind, change.message, breaks.join(" "))
                .expect("a string");
        }
        for change in changes(&old, &new, Levels::GraphqlInspector) {
            found.insert(change.kind);
            assert!(change.kind.in_inspector());
            writeln!(reported, "    {:9} {} {}", change.level, change.kind, change.place()).expect("a string");
        }
    }
    insta::assert_snapshot!(reported);
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !found.contains(kind)).collect();
    // graphql-inspector has these two names and never uses them.
    assert_eq!(missing, [&Kind::DirectiveUsageFieldAdded, &Kind::DirectiveUsageFieldRemoved]);
}

#[test]
fn introspection_says_the_same_as_sdl() {
    for Case { name, old, new } in cases() {
        let (old, new) = (version(old), version(new));
        let (old_json, new_json) = (version(&introspect(&old.schema)), version(&introspect(&new.schema)));
        assert_eq!(old_json.schema, old.schema, "{name}");
        for levels in [Levels::Own, Levels::GraphqlInspector] {
            let from_sdl = changes(&old, &new, levels);
            let from_json = changes(&old_json, &new_json, levels);
            assert_eq!(comparable(&from_json), comparable(&from_sdl), "{name}");
            assert!(!from_json.iter().any(|change| change.kind.is_directive_usage()));
        }
        assert_eq!(changes(&old, &old_json, Levels::Own), [], "{name}: of introspection nothing is known of usages");
    }
}

#[test]
fn a_schema_does_not_differ_from_itself() {
    for Case { name, old, new } in cases() {
        for schema in [old, new] {
            for levels in [Levels::Own, Levels::GraphqlInspector] {
                assert_eq!(changes(&version(schema), &version(schema), levels), [], "{name}");
            }
        }
    }
}

#[test]
fn lines_are_those_of_the_source_whichever_it_is() {
    let old = version("type Query {\n  a: Int\n\n  b: Int }");
    let new = version("\n\n\ntype Query {\n  b: Int!\n}");
    let lines = |change: &Change| {
        let line = |side: &Option<graphql_drift::Side>| side.as_ref().and_then(|side| side.line);
        (line(&change.old), line(&change.new))
    };
    let found = changes(&old, &new, Levels::Own);
    assert_eq!(found.iter().map(lines).collect::<Vec<_>>(), [(Some(2), None), (Some(4), Some(5))]);

    let json = introspect(&old.schema);
    let of_json = changes(&version(&json), &version("type Query { b: Int }"), Levels::Own);
    let line = lines(&of_json[0]).0.expect("a line");
    let text = json.lines().nth(line - 1).expect("that line");
    assert!(text.contains(r#""name": "a""#), "{text}");
    let with_bom = Version::read("schema", format!("\u{feff}{json}").as_bytes()).expect("JSON");
    assert_eq!(lines(&changes(&with_bom, &new, Levels::Own)[0]).0, Some(line));
}

#[test]
fn a_fingerprint_is_of_the_change_and_of_nothing_else() {
    let of = |old: &str, new: &str, levels| {
        let fingerprints = changes(&version(old), &version(new), levels).into_iter().map(|change| change.fingerprint);
        fingerprints.collect::<Vec<_>>()
    };
    let first = of("type Query { a: Int b: Int }", "type Query { b: Int }", Levels::Own);
    // It is part of what people write into their lists: another digest would lose them all.
    assert_eq!(first, ["00b79bcb5d5f"]);
    assert_eq!(of("type Query {\n b: Int\n\n a: Int }", "type Query { b: Int }", Levels::Own), first);
    assert_eq!(of("type Query { a: Int b: Int }", "type Query { b: Int }", Levels::GraphqlInspector), first);
    assert_eq!(of("type Query { a: Int b: Int }", "type Query { b: Int c: Int }", Levels::Own)[0], first[0]);
    assert_ne!(of("type Query { a: Int b: Int }", "type Query { a: Int }", Levels::Own), first);
    assert_ne!(
        of("type Query { a: Int }", "type Query { a: String }", Levels::Own),
        of("type Query { a: Int }", "type Query { a: Float }", Levels::Own)
    );
    for Case { name, old, new } in cases() {
        let all = of(old, new, Levels::Own);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{name}");
        assert!(all.iter().all(|fingerprint| fingerprint.len() == 12), "{name}");
    }
}

#[test]
fn a_fingerprint_does_not_depend_on_how_a_default_is_spelled() {
    let of = |default: &str| {
        let old = version(&format!("type Query {{ a(x: [Float] = {default}): Int }}"));
        changes(&old, &version("type Query { a: Int }"), Levels::Own)[0].fingerprint.clone()
    };
    assert_eq!(of("1"), of("[1.0]"));
    assert_ne!(of("1"), of("2"));
}

#[test]
fn a_rename_is_a_hint_beside_both_halves() {
    let case = cases().into_iter().find(|case| case.name == "likely renames").expect("the case");
    let found = changes(&version(case.old), &version(case.new), Levels::Own);
    let hints: Vec<String> = found
        .iter()
        .filter_map(|change| {
            Some(format!(
                "{}: {}",
                change.place(),
                serde_json::to_string(&change.likely_rename.as_ref()?).expect("JSON")
            ))
        })
        .collect();
    assert_eq!(
        hints,
        [
            r#"Person: {"to":"Human"}"#,
            r#"Query.a(pageSize:): {"to":"Query.a(perPageSize:)"}"#,
            r#"Query.emailAddress: {"to":"Query.mailAddress"}"#,
            r#"E.ACTIVE_USERS: {"from":"E.ACTIVE_USER"}"#,
            r#"Query.a(perPageSize:): {"from":"Query.a(pageSize:)"}"#,
            r#"E.ACTIVE_USER: {"to":"E.ACTIVE_USERS"}"#,
            r#"Human: {"from":"Person"}"#,
            r#"Query.mailAddress: {"from":"Query.emailAddress"}"#,
        ]
    );
}
