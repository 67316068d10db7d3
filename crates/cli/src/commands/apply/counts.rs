//! How many entries of a run have each outcome.

use serde::Serialize;
use thought_industries_provision::{Census, OutcomeKind, Plan, Step, StepResult};

/// How outcomes are reported.
pub(crate) struct Words {
    pub(super) done: &'static str,
    pub(super) refused: &'static str,
    /// What to do after a run was stopped.
    pub(super) stopped: &'static str,
}

pub(crate) static APPLYING: Words = Words {
    done: "done",
    refused: "refused",
    stopped: "run the same command again to continue, or `ti undo` with the journal to roll back what was done",
};

pub(super) static UNDOING: Words =
    Words { done: "rolled back", refused: "kept", stopped: "run the same command again to continue" };

/// How many entries have each outcome.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    done: usize,
    nothing: usize,
    refused: usize,
    failed: usize,
    partial: usize,
    unknown: usize,
    done_earlier: usize,
    refused_earlier: usize,
    /// What was carried out, by kind.
    #[serde(skip)]
    census: Census,
}

impl Counts {
    pub(super) fn of(plan: &Plan) -> Self {
        let population = plan.census.as_ref().map_or(0, |census| census.population);
        Self { census: Census::new(population), ..Self::default() }
    }

    /// What was carried out by this run and by earlier ones with the same journal, of a rollback nothing.
    pub(super) fn census(&self) -> &Census {
        &self.census
    }

    pub(super) fn has_done(&self) -> bool {
        self.done + self.done_earlier + self.partial + self.unknown > 0
    }

    /// Whether nothing is left to do.
    pub(crate) fn are_all_done(&self) -> bool {
        self.refused + self.refused_earlier + self.failed + self.partial + self.unknown == 0
    }

    pub(super) fn add(&mut self, step: &Step) {
        // What may have been carried out counts.
        let is_done = matches!(step.kind(), OutcomeKind::Done | OutcomeKind::Partial | OutcomeKind::Unknown);
        if is_done && !step.entry.is_rollback {
            self.census.add(&step.entry);
        }
        *match &step.result {
            StepResult::Earlier(OutcomeKind::Refused) => &mut self.refused_earlier,
            StepResult::Earlier(_) => &mut self.done_earlier,
            StepResult::Now(outcome) => match outcome.kind {
                OutcomeKind::Done => &mut self.done,
                OutcomeKind::Nothing => &mut self.nothing,
                OutcomeKind::Refused => &mut self.refused,
                OutcomeKind::Partial => &mut self.partial,
                OutcomeKind::Unknown => &mut self.unknown,
                _ => &mut self.failed,
            },
            _ => return,
        } += 1;
    }

    /// How many entries were carried out, by this run and by earlier ones.
    pub(crate) fn done(&self) -> usize {
        self.done + self.done_earlier
    }

    pub(crate) fn summary(&self, words: &Words) -> String {
        let earlier = |word: &str| format!("{word} in an earlier run");
        let mut parts = vec![format!("{} {}", self.done, words.done)];
        for (count, what) in [
            (self.done_earlier, earlier(words.done)),
            (self.nothing, "unchanged since".to_owned()),
            (self.refused, words.refused.to_owned()),
            (self.refused_earlier, earlier(words.refused)),
            (self.failed, "failed".to_owned()),
            (self.partial, "done in part".to_owned()),
            (self.unknown, "unknown: run the same command again".to_owned()),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_every_count() {
        let counts = Counts { done: 3, unknown: 1, refused_earlier: 2, ..Counts::default() };
        let summary = counts.summary(&APPLYING);
        assert_eq!(summary, "3 done, 2 refused in an earlier run, 1 unknown: run the same command again");
        let summary = counts.summary(&UNDOING);
        assert_eq!(summary, "3 rolled back, 2 kept in an earlier run, 1 unknown: run the same command again");
    }
}
