//! When a run stops before its end: too many entries that were not carried out, or the first few, to be looked at.

use std::fmt;
use std::str::FromStr;

use crate::outcome::OutcomeKind;
use crate::plan::Plan;
use crate::step::{Step, StepResult};

/// How many entries of a plan may fail before its run stops. Entries count that were refused, failed, were carried out in
/// part or stayed unknown; those that an earlier run with the same journal refused count as well.
///
/// ```
/// use thought_industries_provision::FailureLimit;
///
/// assert_eq!("50".parse(), Ok(FailureLimit::Count(50)));
/// assert_eq!("2.5%".parse(), Ok(FailureLimit::Percent(2.5)));
/// assert!("0".parse::<FailureLimit>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FailureLimit {
    /// Stop when so many entries have failed.
    Count(usize),
    /// Stop when such a share of the changes of the plan has failed, but not before ten of them were tried.
    Percent(f64),
}

/// A text that is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidLimit(String);

impl fmt::Display for InvalidLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is neither a number of entries from 1 nor a percentage above 0, such as 50 or 5%", self.0)
    }
}

impl std::error::Error for InvalidLimit {}

impl FromStr for FailureLimit {
    type Err = InvalidLimit;

    fn from_str(text: &str) -> Result<Self, InvalidLimit> {
        let parsed = match text.strip_suffix('%') {
            Some(percent) => {
                let percent = percent.parse().ok().filter(|percent| *percent > 0.0 && *percent <= 100.0);
                percent.map(Self::Percent)
            }
            None => text.parse().ok().filter(|count| *count > 0).map(Self::Count),
        };
        parsed.ok_or_else(|| InvalidLimit(text.to_owned()))
    }
}

/// After how many entries a percentage is judged: one failure of three would be a third.
const JUDGED_AFTER: usize = 10;

/// How many entries of a plan were tried, and how many of them failed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    tried: usize,
    failed: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, kind: OutcomeKind) {
        self.tried += 1;
        self.failed += usize::from(!is_carried_out(kind));
    }

    /// The same after so many more failures.
    pub(crate) fn with_failures(self, failures: usize) -> Self {
        Self { tried: self.tried + failures, failed: self.failed + failures }
    }

    /// Why the run stops, if the limit is reached.
    pub(crate) fn objection(self, limit: FailureLimit, changes: usize) -> Option<String> {
        let Self { tried, failed } = self;
        #[expect(clippy::cast_precision_loss, reason = "a plan has less than 2^52 entries")]
        let is_reached = match limit {
            FailureLimit::Count(most) => failed >= most,
            FailureLimit::Percent(percent) => {
                failed > 0 && tried >= JUDGED_AFTER && failed as f64 * 100.0 >= percent * changes as f64
            }
        };
        is_reached
            .then(|| format!("{failed} of the {changes} changes of the plan were not carried out, {tried} were tried"))
    }
}

/// Whether nothing of an entry is left to do.
fn is_carried_out(kind: OutcomeKind) -> bool {
    matches!(kind, OutcomeKind::Done | OutcomeKind::Nothing)
}

/// The first changes of a plan, looked at before the others are carried out. It counts steps; the caller stops or goes on.
///
/// ```no_run
/// # async fn run(executor: thought_industries_provision::Executor<'_>, plan: &thought_industries_provision::Plan)
/// #     -> Result<(), thought_industries_provision::Error> {
/// use futures::TryStreamExt as _;
/// use thought_industries_provision::Canary;
///
/// let mut canary = Canary::new(plan, 20);
/// let mut steps = std::pin::pin!(executor.run(plan));
/// while let Some(step) = steps.try_next().await? {
///     if canary.add(&step).is_some_and(|result| !result.is_verified()) {
///         // The stream is between two entries, so that nothing is left begun.
///         break;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Canary {
    size: usize,
    changes: usize,
    tally: Tally,
    earlier: usize,
}

/// What came of the first changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CanaryResult {
    /// How many were carried out, and were read back with the values that were written.
    pub done: usize,
    /// How many were not, or not wholly.
    pub not_done: usize,
    /// How many of both an earlier run has ended.
    pub earlier: usize,
    /// How many changes are left.
    pub left: usize,
}

impl CanaryResult {
    /// Whether all of them were carried out and verified.
    pub fn is_verified(&self) -> bool {
        self.not_done == 0
    }
}

impl Canary {
    /// The first `size` changes of a plan. Those of an earlier run with the same journal are among them.
    pub fn new(plan: &Plan, size: usize) -> Self {
        Self { size, changes: plan.totals.changes(), tally: Tally::default(), earlier: 0 }
    }

    /// Counts a step. Returns the result with the last of the first changes, unless that is the last of the plan.
    pub fn add(&mut self, step: &Step) -> Option<CanaryResult> {
        self.tally.add(step.kind());
        self.earlier += usize::from(matches!(step.result, StepResult::Earlier(_)));
        let Tally { tried, failed } = self.tally;
        let result = CanaryResult {
            done: tried - failed,
            not_done: failed,
            earlier: self.earlier,
            left: self.changes.saturating_sub(tried),
        };
        (tried == self.size && result.left > 0).then_some(result)
    }

    /// Whether the next step is one of the first changes.
    pub fn is_open(&self) -> bool {
        self.tally.tried < self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_percentage() {
        for wrong in ["0", "0%", "-1", "101%", "NaN%", "inf%", "", "%", "five"] {
            let message = wrong.parse::<FailureLimit>().expect_err(wrong).to_string();
            assert!(message.starts_with(&format!("`{wrong}` is neither")), "{message}");
        }
    }

    #[test]
    fn a_percentage_is_of_the_plan_and_is_judged_after_ten() {
        let reached =
            |limit: FailureLimit, tried, failed, changes| Tally { tried, failed }.objection(limit, changes).is_some();
        let (three, half) = (FailureLimit::Count(3), FailureLimit::Percent(50.0));
        assert_eq!(
            [(2, 2), (3, 3), (9, 3)].map(|(tried, failed)| reached(three, tried, failed, 100)),
            [false, true, true]
        );
        assert_eq!(
            [(9, 9), (10, 9), (10, 10), (400, 10)].map(|(tried, failed)| reached(half, tried, failed, 20)),
            [false, false, true, true]
        );
        assert!(!reached(FailureLimit::Percent(0.001), 10, 0, 0), "without a failure there is nothing to stop for");
    }
}
