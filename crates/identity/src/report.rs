//! Reports: what a run found, and what earlier runs know of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::finding::{Finding, FindingKind};
use crate::judge::FreeableSeats;
use crate::rule::Rule;
use crate::source::SourceReport;

/// The version of the format of reports.
pub const FORMAT_VERSION: u32 = 1;

/// What a run found, before earlier runs are asked.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// When it was made.
    pub made: Date,
    /// The address of the tenant.
    pub tenant: String,
    /// The sources, the tenant among them.
    pub sources: Vec<SourceReport>,
    /// How many there are of what.
    pub counts: Counts,
    /// Each link, by the id of the user.
    pub links: Vec<Link>,
    /// What differs, in the order of kinds and keys.
    pub findings: Vec<Finding>,
    /// The seats that could be freed.
    pub seats: FreeableSeats,
    /// What readers should know, in sentences.
    pub notes: Vec<String>,
}

/// How many there are of what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Users of the tenant; both records of a dual role are one.
    pub users: usize,
    /// Persons of all sources.
    pub persons: usize,
    /// Users with a person, by the rule that found it.
    pub linked: BTreeMap<Rule, usize>,
}

/// A user and their person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Link {
    /// The id of the user.
    pub account: String,
    /// The key of the person.
    pub person: String,
    /// What found the person.
    pub rule: Rule,
}

/// What a run found, and what earlier runs know of it.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of this format: 1.
    pub format_version: u32,
    /// When it was made.
    pub made: Date,
    /// The address of the tenant.
    pub tenant: String,
    /// The sources, the tenant among them.
    pub sources: Vec<SourceReport>,
    /// How many there are of what.
    pub counts: Counts,
    /// Open findings by kind.
    pub open: BTreeMap<FindingKind, usize>,
    /// The findings, in the order of kinds and keys.
    pub findings: Vec<Reported>,
    /// The seats that could be freed.
    pub seats: FreeableSeats,
    /// The runs so far, this one last.
    pub runs: Vec<RunRecord>,
    /// What readers should know, in sentences.
    pub notes: Vec<String>,
    /// Each link, by the id of the user.
    pub links: Vec<Link>,
}

impl Report {
    /// Whether any finding is open.
    pub fn has_open(&self) -> bool {
        !self.open.is_empty()
    }
}

/// A finding, with what earlier runs know of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reported {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// What became of it.
    pub state: FindingState,
    /// When it was first seen, since it was last fixed.
    pub first_seen: Date,
    /// How many days ago that was.
    pub age_days: i64,
    /// How often it came back after it was fixed.
    pub reopened: u32,
    /// Whether this run could judge it. A finding that was seen earlier stays as it was where a source is missing.
    pub is_judged: bool,
    /// Why and how long it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Acceptance>,
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingState {
    /// It is there.
    Open,
    /// It is there, and accepted for some time.
    Accepted,
    /// It was there in the run before, and is gone.
    Fixed,
}

impl FindingState {
    /// The name: `open`, `accepted` or `fixed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Fixed => "fixed",
        }
    }
}

/// Why and how long a finding is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Acceptance {
    /// The reason.
    pub reason: String,
    /// The last day (`2026-12-31`).
    pub until: String,
    /// When it was accepted.
    pub at: Date,
    /// Who accepted it, as the caller names them.
    pub by: String,
}

/// A run, as the trend has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RunRecord {
    /// When it was made.
    pub made: Date,
    /// Users of the tenant.
    pub users: usize,
    /// Persons of all sources.
    pub persons: usize,
    /// Open findings by kind.
    pub open: BTreeMap<FindingKind, usize>,
    /// Findings that are accepted.
    pub accepted: usize,
    /// Findings that were fixed since the run before.
    pub fixed: usize,
    /// Seats that could be freed.
    pub seats: usize,
}
