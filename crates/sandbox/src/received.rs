//! A bounded log of received requests that a test can assert on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A received request, and the status of its response. The key is removed everywhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Received {
    /// The method.
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query without `apiKey`.
    pub query: String,
    /// Header names in lower case, sorted.
    pub headers: Vec<String>,
    /// The body as text: its first 64 KiB, or empty for a request without the key.
    pub body: String,
    /// The status of the response. For a cut connection: the status that was not delivered; 0 if the client did not
    /// wait.
    pub status: u16,
    /// When it arrived, in milliseconds since the sandbox started.
    pub at: u64,
}

/// The newest requests; older ones are dropped.
#[derive(Debug)]
pub(crate) struct Log {
    started: Instant,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    kept: VecDeque<Received>,
    /// How many requests were dropped.
    forgotten: usize,
    bytes: usize,
}

impl Log {
    const CAPACITY: usize = 10_000;

    /// How many bytes of bodies are kept in total.
    const BYTES: usize = 8 << 20;

    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), entries: Mutex::default() }
    }

    /// Records a request on arrival and returns its number.
    pub(crate) fn arrived(&self, entry: Received) -> usize {
        let mut entries = self.lock();
        let at = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        entries.kept.push_back(Received { at, ..entry });
        entries.forget();
        entries.forgotten + entries.kept.len() - 1
    }

    /// Records the response to a request.
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
