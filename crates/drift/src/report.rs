//! The result of a comparison, and its output formats.

pub(crate) mod github;
mod groups;
pub(crate) mod html;
mod json;
pub(crate) mod junit;
mod markdown;
pub(crate) mod sarif;
mod text;

use std::collections::HashMap;

use serde::Serialize;

use crate::change::Change;
use crate::effect::{Impact, Status};
use crate::finding::Finding;
use crate::policy::Policy;
use crate::{Level, Levels, Version};
use groups::{Group, groups, repeated};

pub(crate) use html::filters;
pub(crate) use markdown::{Page, add_list, escaped};
pub(crate) use text::Painter;

pub use crate::options::FailOn;
pub use github::github;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::{LONGEST, markdown};
pub use sarif::sarif;
pub(crate) use text::listed as listed_text;
pub use text::text;

/// The differences between two versions of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The name of the old version.
    pub old: String,
    /// The name of the new version.
    pub new: String,
    /// The set of levels that the changes have.
    pub levels: Levels,
    /// The counts.
    pub summary: Summary,
    /// Every change, the worst first, then by coordinate.
    pub changes: Vec<Change>,
    /// The given operations, each with its worst status.
    pub operations: Vec<Impact>,
    /// Errors in the operations under the old version.
    pub findings: Vec<Finding>,
    /// Entries of the list of accepted changes that expired or match no change.
    pub notes: Vec<Note>,
    /// Client operations that gained or lost their GraphQL field, if the caller supplied any.
    pub capabilities: Vec<CapabilityChange>,
    /// Whether the new version is a source with lines, and no answer of a server.
    #[serde(skip)]
    new_has_lines: bool,
}

/// A note about an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The fingerprint of the entry.
    pub fingerprint: String,
    /// The text of the note.
    pub message: String,
}

/// A client operation that became available or unavailable through GraphQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct CapabilityChange {
    /// The client's name for the operation.
    pub operation: String,
    /// The coordinate of the root field.
    pub field: String,
    /// Whether the field was added; otherwise it was removed.
    pub gained: bool,
    /// What that means, as human-readable text.
    pub message: String,
}

/// The number of changes, including accepted ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// All changes.
    pub total: usize,
    /// Breaking changes.
    pub breaking: usize,
    /// Dangerous changes.
    pub dangerous: usize,
    /// Safe changes.
    pub safe: usize,
    /// Changes of any level that were accepted.
    pub accepted: usize,
    /// Changes that are not listed: the rules ignore them, or only worse ones are asked for. The other counts are without
    /// them.
    pub hidden: usize,
    /// Breaking changes that break an operation.
    pub breaking_your_operations: usize,
    /// The operations; `None` if none were given.
    pub operations: Option<OperationCounts>,
}

/// The number of operations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OperationCounts {
    /// All operations.
    pub total: usize,
    /// Operations that a change breaks.
    pub broken: usize,
    /// Operations that a change may affect, but none breaks.
    pub potentially_affected: usize,
    /// All other operations.
    pub unaffected: usize,
}

impl Report {
    pub(crate) fn new(
        (old, new): (&Version, &Version),
        levels: Levels,
        mut changes: Vec<Change>,
        operations: Option<(Vec<Impact>, Vec<Finding>)>,
    ) -> Self {
        changes.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.identity().cmp(&b.identity())));
        for change in &mut changes {
            change.operations.sort();
        }
        let counted = operations.is_some();
        let (mut operations, findings) = operations.unwrap_or_default();
        let mut worst: HashMap<(&str, &str), Status> = HashMap::new();
        for impact in changes.iter().flat_map(|change| &change.operations) {
            let status = worst.entry((&impact.name, &impact.declared_in)).or_insert(impact.status);
            *status = impact.status.min(*status);
        }
        for operation in &mut operations {
            if let Some(status) = worst.get(&(&operation.name, &operation.declared_in)) {
                operation.status = *status;
            }
        }
        operations.sort();
        let mut report = Self {
            old: old.name.clone(),
            new: new.name.clone(),
            levels,
            summary: Summary::default(),
            changes,
            operations,
            findings,
            notes: Vec::new(),
            capabilities: Vec::new(),
            new_has_lines: new.is_source,
        };
        report.count();
        report.summary.operations = counted.then(|| report.count_operations());
        report
    }

    /// Recounts the changes.
    pub(crate) fn count(&mut self) {
        let of = |level| self.changes.iter().filter(|change| change.level == level).count();
        self.summary = Summary {
            total: self.changes.len(),
            breaking: of(Level::Breaking),
            dangerous: of(Level::Dangerous),
            safe: of(Level::Safe),
            accepted: self.changes.iter().filter(|change| change.accepted.is_some()).count(),
            breaking_your_operations: self
                .changes
                .iter()
                .filter(|change| change.level == Level::Breaking && change.breaks_operations())
                .count(),
            hidden: self.summary.hidden,
            // Accepting a change does not alter its effect on operations, so these counts are kept.
            operations: self.summary.operations.take(),
        };
    }

    /// Leaves out the changes that a policy does not list.
    pub(crate) fn hide(&mut self, policy: &Policy) {
        let all = self.changes.len();
        self.changes.retain(|change| policy.lists(change));
        self.summary.hidden += all - self.changes.len();
        self.count();
    }

    fn count_operations(&self) -> OperationCounts {
        let of = |status| self.operations.iter().filter(|operation| operation.status == status).count();
        OperationCounts {
            total: self.operations.len(),
            broken: of(Status::Broken),
            potentially_affected: of(Status::PotentiallyAffected),
            unaffected: of(Status::Unaffected),
        }
    }

    /// The changes that fail a check: those not accepted that have that level or worse, or that break an operation at
    /// any level.
    pub fn failures(&self, fail_on: FailOn) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.accepted.is_none() && fail_on.fails(change))
    }

    /// A one-sentence summary, including the effect on the user's operations.
    ///
    /// ```
    /// use graphql_drift::{Levels, Version, compare};
    /// let version = Version::read("a.graphql", b"type Query { a: Int }")?;
    /// assert_eq!(compare(&version, &version, Levels::Own, None).headline(), "no changes");
    /// # Ok::<(), graphql_drift::LoadError>(())
    /// ```
    pub fn headline(&self) -> String {
        let Summary { total, breaking, dangerous, safe, accepted, hidden, breaking_your_operations, operations } =
            &self.summary;
        if *total == 0 {
            return match hidden {
                0 => "no changes".to_owned(),
                some => format!("no changes to list ({some} hidden by rules)"),
            };
        }
        let mut parts = Vec::new();
        if *breaking > 0 || operations.is_some() {
            let of_yours = match (operations, breaking_your_operations) {
                (None, _) => String::new(),
                _ if *breaking == 0 => String::new(),
                (_, 0) => ", none of them breaks your operations".to_owned(),
                (_, 1) => ", 1 of them breaks your operations".to_owned(),
                (_, some) => format!(", {some} of them break your operations"),
            };
            parts.push(counted(*breaking, "breaking change") + &of_yours);
        }
        if *dangerous > 0 {
            parts.push(format!("{dangerous} dangerous"));
        }
        if *safe > 0 {
            parts.push(format!("{safe} safe"));
        }
        let others = self.changes.iter().filter(|change| change.level != Level::Breaking && change.breaks_operations());
        match others.count() {
            0 => {}
            1 => parts.push("1 that is not breaking by itself breaks your operations".to_owned()),
            some => parts.push(format!("{some} that are not breaking by themselves break your operations")),
        }
        let notes = [(*accepted, "accepted"), (*hidden, "hidden by rules")];
        let notes: Vec<String> =
            notes.iter().filter(|(some, _)| *some > 0).map(|(some, how)| format!("{some} {how}")).collect();
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        parts.join("; ") + &notes
    }
}

/// A count with its noun, such as `2 changes`.
pub(crate) fn counted(number: usize, thing: &str) -> String {
    match number {
        0 => format!("no {thing}s"),
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// The file and line of a change: of the new source if it is a file, otherwise of the old one. A part that was removed
/// has no line in the new source, but the type that it belonged to may have one.
fn place<'r>(report: &'r Report, change: &Change) -> (&'r str, Option<usize>) {
    let line = |side: &Option<crate::Side>| side.as_ref().and_then(|side| side.line);
    if report.new_has_lines {
        (file(&report.new), line(&change.new).or(change.owner_line))
    } else {
        (file(&report.old), line(&change.old))
    }
}

/// The path in the name of a version: `PATH` for `git:REV:PATH`.
fn file(name: &str) -> &str {
    name.strip_prefix("git:").and_then(|rest| rest.split_once(':')).map_or(name, |(_, path)| path)
}
