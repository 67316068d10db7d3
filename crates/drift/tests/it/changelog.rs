//! Changelogs.

use graphql_drift::changelog::{changelog, section};
use graphql_drift::{HistoryBuilder, Levels, compare};

use crate::changes::version;

const OLD: &str = "type Query { a: Int b: Int c(x: Int): Int gone: Gone } type Gone { x: Int y: Int } enum E { A }";
const NEW: &str = "\"_Now_ described\" type Query { a: ID @deprecated(reason: \"use `b`\") \"described\" b: Int c(x: Int!): Int d: New } \
                   type New { x: Int y(z: Int): Int } enum E { A B }";

#[test]
fn a_section_has_the_form_of_keep_a_changelog() {
    let report = compare(&version(OLD), &version(NEW), Levels::Own, None);
    insta::assert_snapshot!(section(&report, "2.0.0", "2026-11-22".parse().ok()));
    let none = compare(&version(OLD), &version(OLD), Levels::Own, None);
    assert_eq!(section(&none, "1.0.1", None), "## [1.0.1]\n\nNo changes.\n");
}

#[test]
fn the_newest_version_comes_first_and_one_without_changes_not_at_all() {
    let mut history = HistoryBuilder::new(Levels::Own, None);
    for (name, sdl) in [("1.0", OLD), ("1.1", OLD), ("2.0", NEW), ("2.1", "type Query { a: Int }")] {
        let mut version = version(sdl);
        version.name = name.to_owned();
        history.push(version);
    }
    let text = changelog(&history.finish());
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings, ["## [2.1]", "## [2.0]"]);
    assert!(text.starts_with("# Changelog\n\n## [2.1]\n"), "{text}");
}
