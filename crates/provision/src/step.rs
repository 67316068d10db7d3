//! A step of a run: an entry, and what came of it.

use crate::outcome::{EntryOutcome, OutcomeKind};
use crate::plan::Entry;

/// An entry of a plan, carried out by this run or by an earlier one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The position of the entry in the plan.
    pub position: usize,
    /// The entry.
    pub entry: Entry,
    /// What came of it.
    pub result: StepResult,
}

/// What came of an entry, and in which run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StepResult {
    /// This run carried it out, or tried to.
    Now(EntryOutcome),
    /// An earlier run ended it.
    Earlier(OutcomeKind),
}

impl Step {
    /// What came of the entry.
    pub fn kind(&self) -> OutcomeKind {
        match &self.result {
            StepResult::Now(outcome) => outcome.kind,
            StepResult::Earlier(kind) => *kind,
        }
    }
}
