//! Hints: what may have changed, so that it is read again; once, however many events say so.

use std::collections::BTreeMap;
use std::time::Duration;

/// What is to be read again, and when. All hints about one thing within a window are one read, at the end of the window, so that
/// the read shows what the last of them is about. Times are milliseconds of any clock.
///
/// ```
/// use std::time::Duration;
/// use thought_industries_events::Hints;
///
/// let mut hints = Hints::<String>::new(Duration::from_secs(10));
/// (0..50).for_each(|event| hints.add("u-1", event * 150));
/// assert_eq!(hints.due(9_999), [""; 0]);
/// assert_eq!(hints.due(10_000), ["u-1"]);
/// assert_eq!(hints.due(20_000), [""; 0]);
/// ```
#[derive(Debug, Clone)]
pub struct Hints<T> {
    window: i64,
    due: BTreeMap<T, i64>,
}

impl<T: Ord> Hints<T> {
    /// Hints that are one read if they come within this time.
    pub fn new(window: Duration) -> Self {
        Self { window: i64::try_from(window.as_millis()).unwrap_or(i64::MAX), due: BTreeMap::new() }
    }

    /// Adds a hint.
    pub fn add(&mut self, about: impl Into<T>, now: i64) {
        let due = now.saturating_add(self.window);
        self.due.entry(about.into()).or_insert(due);
    }

    /// Takes what is to be read now.
    pub fn due(&mut self, now: i64) -> Vec<T> {
        let (now_due, later) = std::mem::take(&mut self.due).into_iter().partition(|(_, due)| *due <= now);
        self.due = later;
        BTreeMap::into_keys(now_due).collect()
    }
}
