//! Whether a mutation of a call may have run, for a call whose time runs out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::execution::Execution;

/// What is known of the mutations of one call while they are on their way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<AtomicBool>);

impl Progress {
    /// An attempt is about to be sent. Returns what was known before.
    pub(super) fn begin(&self, is_mutation: bool) -> bool {
        self.0.fetch_or(is_mutation, Ordering::Relaxed)
    }

    /// An attempt has failed. If it proves that nothing ran, what was known before is known again.
    pub(super) fn end(&self, before: bool, execution: Execution) {
        if !execution.may_have_run() {
            self.0.store(before, Ordering::Relaxed);
        }
    }

    /// What is known now. A response is not interpreted here, so a mutation that got one may have run as well.
    pub(crate) fn execution(&self) -> Execution {
        if self.0.load(Ordering::Relaxed) { Execution::Unknown } else { Execution::DidNotRun }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutation_may_have_run_unless_its_failure_proves_otherwise() {
        let progress = Progress::default();
        _ = progress.begin(false);
        assert_eq!(progress.execution(), Execution::DidNotRun, "a query changes nothing");
        let before = progress.begin(true);
        assert_eq!(progress.execution(), Execution::Unknown);
        progress.end(before, Execution::DidNotRun);
        assert_eq!(progress.execution(), Execution::DidNotRun);
        let before = progress.begin(true);
        progress.end(before, Execution::Unknown);
        let again = progress.begin(true);
        progress.end(again, Execution::DidNotRun);
        assert_eq!(progress.execution(), Execution::Unknown, "the first attempt may have run");
    }
}
