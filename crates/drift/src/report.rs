//! What a comparison found, and the forms in which it can be told.

mod github;
mod groups;
pub(crate) mod html;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::collections::HashMap;

use serde::Serialize;

use crate::accept::Note;
use crate::capabilities::CapabilityChange;
use crate::change::Change;
use crate::impact::{Impact, Status};
use crate::validate::Finding;
use crate::{Level, Levels, Version};
use groups::{Group, groups};

pub(crate) use html::filters;
pub(crate) use markdown::{Page, add_list, escaped};
pub(crate) use text::Painter;

pub use github::github;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::{LONGEST, markdown};
pub use sarif::sarif;
pub use text::text;

/// What two versions of a schema differ in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What the old version is called.
    pub old: String,
    /// What the new version is called.
    pub new: String,
    /// Whose levels the changes have.
    pub levels: Levels,
    /// The counts.
    pub summary: Summary,
    /// Every change, the worst first, then by coordinate.
    pub changes: Vec<Change>,
    /// The operations that were given, each with the worst that befalls it.
    pub operations: Vec<Impact>,
    /// What was wrong with the operations before anything changed.
    pub findings: Vec<Finding>,
    /// Entries of the list of accepted changes that expired, or that nothing used.
    pub notes: Vec<Note>,
    /// Operations that gained or lost their GraphQL field, where the caller knows of such.
    pub capabilities: Vec<CapabilityChange>,
}

/// How many changes there are. Nothing is left out: accepted changes count too.
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
    /// Breaking changes that break an operation.
    pub breaking_your_operations: usize,
    /// The operations; none if none were given.
    pub operations: Option<OperationCounts>,
}

/// How many operations there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OperationCounts {
    /// All operations.
    pub total: usize,
    /// Operations that a change breaks.
    pub broken: usize,
    /// Operations that a change may affect, and none breaks.
    pub potentially_affected: usize,
    /// The others.
    pub unaffected: usize,
}

/// From which level on a change makes a check fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// Breaking changes.
    #[default]
    Breaking,
    /// Dangerous and breaking changes.
    Dangerous,
    /// Any change.
    Any,
    /// None.
    None,
}

impl FailOn {
    /// Whether a change makes a check fail, if it is not accepted.
    pub(crate) fn fails(self, change: &Change) -> bool {
        match self {
            Self::Breaking => change.level == Level::Breaking || change.breaks_operations(),
            Self::Dangerous => change.level >= Level::Dangerous || change.breaks_operations(),
            Self::Any => true,
            Self::None => false,
        }
    }
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
        };
        report.count();
        report.summary.operations = counted.then(|| report.count_operations());
        report
    }

    /// Counts the changes anew.
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
            operations: self.summary.operations.take(),
        };
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

    /// The changes that make a check fail: of that level or worse, or such as break an operation whatever their level,
    /// and not accepted.
    pub fn failures(&self, fail_on: FailOn) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.accepted.is_none() && fail_on.fails(change))
    }

    /// The summary in a sentence: what concerns the reader's operations first.
    ///
    /// ```
    /// use graphql_drift::{Levels, Version, compare};
    /// let version = Version::read("a.graphql", b"type Query { a: Int }")?;
    /// assert_eq!(compare(&version, &version, Levels::Own, None).headline(), "no changes");
    /// # Ok::<(), graphql_drift::LoadError>(())
    /// ```
    pub fn headline(&self) -> String {
        let Summary { total, breaking, dangerous, safe, accepted, breaking_your_operations, operations } =
            &self.summary;
        if *total == 0 {
            return "no changes".to_owned();
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
        let accepted = if *accepted > 0 { format!(" ({accepted} accepted)") } else { String::new() };
        parts.join("; ") + &accepted
    }
}

/// A number of things.
pub(crate) fn counted(number: usize, thing: &str) -> String {
    match number {
        0 => format!("no {thing}s"),
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// The file and line that a change is shown at: in the new source if it is there, else in the old.
fn place<'r>(report: &'r Report, change: &Change) -> (&'r str, Option<usize>) {
    match (&change.new, &change.old) {
        (Some(side), _) => (file(&report.new), side.line),
        (None, Some(side)) => (file(&report.old), side.line),
        (None, None) => (file(&report.new), None),
    }
}

/// The path in the name of a version: `git:REV:PATH` stands for `PATH`.
fn file(name: &str) -> &str {
    name.strip_prefix("git:").and_then(|rest| rest.split_once(':')).map_or(name, |(_, path)| path)
}
