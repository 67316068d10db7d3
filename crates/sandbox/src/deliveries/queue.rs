//! Deliveries that wait, by the time when they are due.

use std::collections::BTreeMap;

use super::sent::Request;

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<(i64, u64), Request>,
    pushed: u64,
}

impl Queue {
    pub(super) fn push(&mut self, due: i64, request: Request) {
        self.pushed += 1;
        self.waiting.insert((due, self.pushed), request);
    }

    /// Takes the first request that is due by a time, with when it was due.
    pub(super) fn next(&mut self, until: i64) -> Option<(i64, Request)> {
        let first = self.waiting.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((due, _), request) = first.remove_entry();
        Some((due, request))
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }
}
