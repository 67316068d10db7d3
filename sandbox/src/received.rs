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
    /// The body, as text.
    pub body: String,
    /// The status of the answer.
    pub status: u16,
}

/// The newest requests; older ones are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Mutex<VecDeque<Received>>,
}

impl Log {
    const CAPACITY: usize = 10_000;

    pub(crate) fn push(&self, entry: Received) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == Self::CAPACITY {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<Received> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
