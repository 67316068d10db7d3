//! What arrived: a bounded log that a test can assert on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// One request as it arrived, and the status it was answered with. The key is left out wherever it stood.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Received {
    /// The method.
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query without `apiKey`.
    pub query: String,
    /// Header names in lower case, in the order of names.
    pub headers: Vec<String>,
    /// The body, as text; its first 64 KiB, and nothing of a request without the key.
    pub body: String,
    /// The status of the answer; of a connection that was cut, the one that did not arrive; 0 if nobody waited for it.
    pub status: u16,
    /// When it arrived, in milliseconds since the sandbox started.
    pub at: u64,
}

/// The newest requests; older ones are forgotten.
#[derive(Debug)]
pub(crate) struct Log {
    started: Instant,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    kept: VecDeque<Received>,
    /// How many were forgotten.
    forgotten: usize,
    bytes: usize,
}

impl Log {
    const CAPACITY: usize = 10_000;

    /// How much of the bodies is kept, together.
    const BYTES: usize = 8 << 20;

    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), entries: Mutex::default() }
    }

    /// Notes a request as it arrives; its number.
    pub(crate) fn arrived(&self, entry: Received) -> usize {
        let mut entries = self.lock();
        let at = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        entries.kept.push_back(Received { at, ..entry });
        entries.forget();
        entries.forgotten + entries.kept.len() - 1
    }

    /// Notes how a request was answered.
    pub(crate) fn answered(&self, number: usize, status: u16, body: String) {
        let mut entries = self.lock();
        let place = number.checked_sub(entries.forgotten);
        entries.bytes += body.len();
        match place.and_then(|place| entries.kept.get_mut(place)) {
            Some(entry) => (entry.status, entry.body) = (status, body),
            None => entries.bytes -= body.len(),
        }
        entries.forget();
    }

    pub(crate) fn entries(&self) -> Vec<Received> {
        self.lock().kept.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn forget(&mut self) {
        while self.kept.len() > Log::CAPACITY || self.bytes > Log::BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.forgotten += 1;
            self.bytes -= oldest.body.len();
        }
    }
}
