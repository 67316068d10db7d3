//! The history of a schema over many versions: parts that were added and removed repeatedly, and which version broke
//! which operation.

mod notice;
mod report;

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use serde::Serialize;

use crate::accept::Accepted;
use crate::compare::{Against, compare_against};
use crate::effect::{Impact, Status};
use crate::kind::Kind;
use crate::policy::Policy;
use crate::report::{FailOn, Note, Report};
use crate::rules::{self, Checked};
use crate::timeline::{Life, Notice, Timeline};
use crate::{Level, Levels, Operations, Version};

pub use report::{html, json, markdown, text};

/// The history of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct History {
    /// The versions, the oldest first.
    pub versions: Vec<Step>,
    /// Parts that were added or removed more than once, by coordinate.
    pub flapping: Vec<Flap>,
    /// The status of each operation by version, if operations were given.
    pub operations: Vec<OperationHistory>,
    /// Entries of the list of accepted changes that expired or match no change.
    pub notes: Vec<Note>,
    /// Parts that were removed, in that order, and then those that are deprecated.
    pub parts: Vec<Life>,
    /// How long removed parts were deprecated before.
    pub notice: Notice,
}

/// A version in a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The name of the version.
    pub name: String,
    /// Its date, if that is known.
    #[serde(serialize_with = "crate::timeline::date")]
    pub date: Option<Date>,
    /// The number of its types.
    pub types: usize,
    /// The changes since the last version that could be read; `None` for the first, and if this one cannot be read.
    pub report: Option<Report>,
    /// Why the version cannot be read, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A part of the schema that was added and removed repeatedly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Flap {
    /// Its coordinate.
    pub coordinate: String,
    /// When it was added and removed, in order.
    pub events: Vec<Event>,
}

/// An addition or a removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The version in which it happened.
    pub version: String,
    /// Whether it was added; otherwise it was removed.
    pub came: bool,
}

/// An operation across the versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OperationHistory {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The line in which it begins.
    pub line: usize,
    /// Its status in each version.
    pub versions: Vec<Fate>,
}

/// The status of an operation in a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is valid in the version, and nothing that it reaches changed for the worse.
    Fits,
    /// The version has a change that may affect it.
    PotentiallyAffected,
    /// The version broke it.
    Broken,
    /// It is invalid in the version, and was already invalid before.
    DoesNotFit,
    /// The version cannot be read.
    Unknown,
}

impl Fate {
    /// Its human-readable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::PotentiallyAffected => "potentially affected",
            Self::Broken => "broken",
            Self::DoesNotFit => "does not fit",
            Self::Unknown => "unknown",
        }
    }

    /// The CSS class that it is shown with.
    fn class(self) -> &'static str {
        match self {
            Self::Fits => "safe",
            Self::PotentiallyAffected => "dangerous",
            Self::Broken => "breaking",
            Self::DoesNotFit | Self::Unknown => "plain",
        }
    }
}

/// Builds a history one version at a time, and keeps only the last version.
pub struct HistoryBuilder<'o> {
    policy: Policy,
    operations: Option<&'o Operations>,
    timeline: Timeline,
    /// The last version that could be read, and what is wrong with the operations in it.
    last: Option<(Version, Checked)>,
    steps: Vec<Step>,
    events: BTreeMap<String, Vec<Event>>,
    fates: BTreeMap<String, OperationHistory>,
}

impl<'o> HistoryBuilder<'o> {
    /// A history without versions.
    pub fn new(levels: Levels, operations: Option<&'o Operations>) -> Self {
        Self::with_policy(Policy { levels, ..Policy::default() }, operations)
    }

    /// A history without versions, whose changes are judged by a policy.
    pub fn with_policy(policy: Policy, operations: Option<&'o Operations>) -> Self {
        Self {
            policy,
            operations,
            timeline: Timeline::default(),
            last: None,
            steps: Vec::new(),
            events: BTreeMap::new(),
            fates: BTreeMap::new(),
        }
    }

    /// Adds the next version.
    pub fn push(&mut self, version: Version) {
        let after = self.operations.map(|operations| rules::check(&version.schema, operations)).unwrap_or_default();
        let mut report = self.last.as_ref().map(|(last, before)| {
            let against = self.operations.map(|operations| Against { operations, before, after: &after });
            compare_against(last, &version, &self.policy, Some(&self.timeline), against)
        });
        if let Some(report) = &report {
            self.note_events(report, &version.name);
        }
        // Only now, since a part that is added and removed again may be among what is not listed.
        if let Some(report) = &mut report {
            report.hide(&self.policy);
        }
        self.timeline.push(&version);
        self.note_fates(report.as_ref(), &after);
        self.steps.push(Step {
            name: version.name.clone(),
            date: version.date,
            types: version.schema.types.len(),
            report,
            error: None,
        });
        self.last = Some((version, after));
    }

    /// Adds a version that cannot be read. The next one is compared with the last that could be.
    pub fn push_unreadable(&mut self, name: impl Into<String>, error: impl std::fmt::Display) {
        for declared in self.operations.map(Operations::declarations).unwrap_or_default() {
            self.note_fate(declared, Fate::Unknown);
        }
        let (name, error) = (name.into(), Some(error.to_string()));
        self.steps.push(Step { name, date: None, types: 0, report: None, error });
    }

    fn note_events(&mut self, report: &Report, version: &str) {
        // The parts of a type are added and removed with it.
        let new_types: HashSet<&str> = report
            .changes
            .iter()
            .filter(|change| matches!(change.kind, Kind::TypeAdded | Kind::DirectiveAdded))
            .map(|change| change.owner.as_str())
            .collect();
        for change in &report.changes {
            let is_whole = matches!(change.kind, Kind::TypeAdded | Kind::DirectiveAdded);
            let Some(came) = comes(change.kind) else { continue };
            let Some(coordinate) = &change.coordinate else { continue };
            if change.in_new || (!is_whole && new_types.contains(change.owner.as_str())) {
                continue;
            }
            let part = match &change.subject {
                Some(subject) => format!("{coordinate} with {subject}"),
                None => coordinate.clone(),
            };
            self.events.entry(part).or_default().push(Event { version: version.to_owned(), came });
        }
    }

    fn note_fates(&mut self, report: Option<&Report>, after: &Checked) {
        let declared = self.operations.map(Operations::declarations).unwrap_or_default();
        for (index, declared) in declared.into_iter().enumerate() {
            let is_rejected = |checked: &Checked| checked.rejected.get(index).copied().unwrap_or(false);
            let is_own = |it: &&Impact| it.declared_in == declared.declared_in && it.name == declared.name;
            let status = report.and_then(|report| report.operations.iter().find(is_own)).map(|it| it.status);
            let was_rejected = self.last.as_ref().is_some_and(|(_, before)| is_rejected(before));
            // What did not fit before cannot be broken. A version that breaks an operation may also reject it.
            let fate = match status {
                Some(Status::Broken) if !was_rejected => Fate::Broken,
                _ if is_rejected(after) => Fate::DoesNotFit,
                Some(Status::Broken | Status::PotentiallyAffected) => Fate::PotentiallyAffected,
                _ => Fate::Fits,
            };
            self.note_fate(declared, fate);
        }
    }

    fn note_fate(&mut self, declared: Impact, fate: Fate) {
        let key = format!("{}\n{}", declared.declared_in, declared.name);
        let fates = self.fates.entry(key).or_insert_with(|| OperationHistory {
            name: declared.name,
            file: declared.file,
            line: declared.line,
            versions: Vec::new(),
        });
        fates.versions.push(fate);
    }

    /// The history of the versions added.
    pub fn finish(self) -> History {
        let flapping = self.events.into_iter().filter(|(_, events)| events.len() > 1);
        History {
            versions: self.steps,
            flapping: flapping.map(|(coordinate, events)| Flap { coordinate, events }).collect(),
            operations: self.fates.into_values().collect(),
            notes: Vec::new(),
            parts: self.timeline.notable(),
            notice: self.timeline.notice(),
        }
    }
}

/// Whether a kind of change adds a part (`true`) or removes one (`false`); `None` for the others.
fn comes(kind: Kind) -> Option<bool> {
    match kind {
        Kind::TypeAdded
        | Kind::FieldAdded
        | Kind::FieldArgumentAdded
        | Kind::InputFieldAdded
        | Kind::EnumValueAdded
        | Kind::UnionMemberAdded
        | Kind::ObjectTypeInterfaceAdded
        | Kind::DirectiveAdded
        | Kind::DirectiveArgumentAdded => Some(true),
        Kind::TypeRemoved
        | Kind::FieldRemoved
        | Kind::FieldArgumentRemoved
        | Kind::InputFieldRemoved
        | Kind::EnumValueRemoved
        | Kind::UnionMemberRemoved
        | Kind::ObjectTypeInterfaceRemoved
        | Kind::DirectiveRemoved
        | Kind::DirectiveArgumentRemoved => Some(false),
        _ => None,
    }
}

impl History {
    /// The reports from version to version.
    pub fn reports(&self) -> Vec<&Report> {
        self.versions.iter().filter_map(|step| step.report.as_ref()).collect()
    }

    /// Marks the changes in the list as accepted, and notes entries that expired or match no change.
    pub fn accept(&mut self, list: &Accepted, today: Date) {
        let mut used = HashSet::new();
        for step in &mut self.versions {
            if let Some(report) = &mut step.report {
                used.extend(report.mark_accepted(list, today));
            }
        }
        self.notes = list.notes(&used, today);
    }

    /// The names of the operations with this status in a version, by its index.
    pub(crate) fn with_fate(&self, version: usize, fate: Fate) -> Vec<&str> {
        let has = |operation: &&OperationHistory| operation.versions.get(version) == Some(&fate);
        self.operations.iter().filter(has).map(|operation| operation.name.as_str()).collect()
    }

    /// Whether any version has a change that fails a check.
    pub fn fails(&self, fail_on: FailOn) -> bool {
        self.reports().iter().any(|report| report.failures(fail_on).next().is_some())
    }

    /// The number of changes of a level in all versions.
    pub fn count(&self, level: Level) -> usize {
        self.reports().iter().map(|report| report.changes.iter().filter(|change| change.level == level).count()).sum()
    }

    /// A one-sentence summary of the history.
    pub fn headline(&self) -> String {
        format!(
            "{}: {} breaking, {} dangerous, {} safe; {} flapping",
            crate::report::counted(self.versions.len(), "version"),
            self.count(Level::Breaking),
            self.count(Level::Dangerous),
            self.count(Level::Safe),
            self.flapping.len()
        )
    }
}
