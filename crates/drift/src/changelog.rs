//! A changelog of a schema, in the form of "Keep a Changelog".

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::change::Change;
use crate::history::History;
use crate::kind::{Event, Kind, Subject};
use crate::level::Level;
use crate::report::{Report, counted, escaped};

/// The sections, in the order of the form.
const SECTIONS: [&str; 4] = ["Added", "Changed", "Deprecated", "Removed"];

/// The changes between two versions as a section of a changelog in Markdown: `## [title] - date`, then what was added,
/// changed, deprecated and removed. Breaking changes come first, and say so. Descriptions are only counted.
///
/// ```
/// use graphql_drift::{Levels, Version, changelog, compare};
///
/// let old = Version::read("old.graphql", b"type Query { a: Int b: Int }")?;
/// let new = Version::read("new.graphql", b"type Query { a: Int c: Int }")?;
/// let text = changelog::section(&compare(&old, &new, Levels::Own, None), "1.1.0", None);
/// assert_eq!(text, "## [1.1.0]\n\n### Added\n\n- `Query.c`: `Int` was added\n\n### Removed\n\n- **Breaking:** `Query.b` was removed\n");
/// # Ok::<(), graphql_drift::LoadError>(())
/// ```
pub fn section(report: &Report, title: &str, date: Option<Date>) -> String {
    let date = date.map(|date| format!(" - {date}")).unwrap_or_default();
    let mut text = format!("## [{}]{date}\n", escaped(title));
    let mut sections: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let (mut descriptions, mut within) = (0, BTreeMap::<&str, usize>::new());
    let new: Vec<&str> = report.changes.iter().filter(|change| is_new(change)).map(|change| &*change.owner).collect();
    for change in &report.changes {
        let is_within = change.in_new || (change.level == Level::Safe && new.contains(&&*change.owner));
        if is_within && !is_new(change) && section_of(change) == 0 {
            *within.entry(&change.owner).or_default() += 1;
        }
    }
    for change in &report.changes {
        let is_within = change.in_new || (change.level == Level::Safe && new.contains(&&*change.owner));
        if change.kind.subject() == Subject::Description && change.level == Level::Safe {
            descriptions += usize::from(!is_within && !is_cost(change));
            if is_within || !is_cost(change) {
                continue;
            }
        } else if is_within && !is_new(change) {
            continue;
        }
        sections.entry(section_of(change)).or_default().push(line(change, within.get(&*change.owner)));
    }
    if descriptions > 0 {
        let line = format!("The descriptions of {} changed", counted(descriptions, "part"));
        sections.entry(1).or_default().push(line);
    }
    for (number, name) in SECTIONS.iter().enumerate() {
        let Some(lines) = sections.get(&number) else { continue };
        // Writing to a string cannot fail.
        _ = write!(text, "\n### {name}\n\n");
        for line in lines {
            _ = writeln!(text, "- {line}");
        }
    }
    if sections.is_empty() {
        text += "\nNo changes.\n";
    }
    text
}

/// A whole changelog: a section for each version of a history in which something changed, the newest first.
pub fn changelog(history: &History) -> String {
    let sections = history.versions.iter().rev().filter_map(|step| {
        let report = step.report.as_ref().filter(|report| !report.changes.is_empty())?;
        Some(section(report, &step.name, step.date))
    });
    let sections: Vec<String> = sections.collect();
    format!("# Changelog\n\n{}", sections.join("\n"))
}

fn is_new(change: &Change) -> bool {
    matches!(change.kind, Kind::TypeAdded | Kind::DirectiveAdded)
}

/// Whether a changed description states a cost.
fn is_cost(change: &Change) -> bool {
    change.breaks.contains(&crate::level::Break::Cost)
}

/// The index of the section that a change belongs to.
fn section_of(change: &Change) -> usize {
    let is_part = matches!(
        change.kind.subject(),
        Subject::Type
            | Subject::Field
            | Subject::Argument
            | Subject::InputField
            | Subject::EnumValue
            | Subject::UnionMember
            | Subject::Interface
            | Subject::Directive
            | Subject::DirectiveArgument
            | Subject::DirectiveLocation
    );
    match (change.kind.subject(), change.kind.event()) {
        (Subject::Deprecation, Event::Added) => 2,
        (_, Event::Added) if is_part => 0,
        (_, Event::Removed) if is_part => 3,
        _ => 1,
    }
}

fn line(change: &Change, within: Option<&usize>) -> String {
    let breaking = if change.level == Level::Breaking { "**Breaking:** " } else { "" };
    let within = within.filter(|_| is_new(change)).map(|count| format!(", with {}", counted(*count, "part")));
    format!("{breaking}{}{}", escaped(&change.message), within.unwrap_or_default())
}
