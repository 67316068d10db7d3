//! What arrived: a bounded log that a test can assert on.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

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
    /// The status of the answer.
    pub status: u16,
}

/// The newest requests; older ones are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    kept: VecDeque<Received>,
    bytes: usize,
}

impl Log {
    const CAPACITY: usize = 10_000;

    /// How much of the bodies is kept, together.
    const BYTES: usize = 8 << 20;

    pub(crate) fn push(&self, entry: Received) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.bytes += entry.body.len();
        entries.kept.push_back(entry);
        while entries.kept.len() > Self::CAPACITY || entries.bytes > Self::BYTES {
            let Some(oldest) = entries.kept.pop_front() else { break };
            entries.bytes -= oldest.body.len();
        }
    }

    pub(crate) fn entries(&self) -> Vec<Received> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).kept.iter().cloned().collect()
    }
}
