//! When requests ended: enough to know how many a tenant may count together.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::quota::Quota;

/// The requests that ended lately, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Log(VecDeque<Entry>);

/// Requests that ended between two times; the later one counts for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
struct Entry {
    first: Duration,
    last: Duration,
    quota: Quota,
}

/// An entry in a file: when the first request ended and how much later the last one (in microseconds), points and requests.
type Written = (u64, u64, u32, u32);

impl From<Written> for Entry {
    fn from((first, later, points, requests): Written) -> Self {
        let first = Duration::from_micros(first);
        Self { first, last: first.saturating_add(Duration::from_micros(later)), quota: Quota { points, requests } }
    }
}

impl From<Entry> for Written {
    fn from(Entry { first, last, quota }: Entry) -> Self {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        (micros(first), micros(last.saturating_sub(first)), quota.points, quota.requests)
    }
}

/// A window has at most this many entries, however many requests it has.
const ENTRIES: u32 = 128;

impl Log {
    /// Adds what ended now. Requests that ended shortly after each other, for a window of this length, become one entry,
    /// which expires when the last of them would.
    pub(super) fn push(&mut self, now: Duration, length: Duration, quota: Quota) {
        let resolution = length / ENTRIES;
        match self.0.back_mut() {
            Some(entry) if now <= entry.first.saturating_add(resolution) => {
                entry.last = entry.last.max(now);
                entry.quota.add(quota);
            }
            _ => self.0.push_back(Entry { first: now, last: now, quota }),
        }
    }

    /// Forgets what ended at `expired` or before, and what ended before `over`.
    pub(super) fn forget(&mut self, expired: Duration, over: Duration) {
        while self.0.front().is_some_and(|entry| entry.last <= expired || entry.last < over) {
            self.0.pop_front();
        }
    }

    /// What the entries cost together.
    pub(super) fn sum(&self) -> Quota {
        let mut sum = Quota::default();
        self.0.iter().for_each(|entry| sum.add(entry.quota));
        sum
    }

    /// When the next entry ended.
    pub(super) fn next(&self) -> Option<Duration> {
        self.0.front().map(|entry| entry.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Quota {
        Quota { points: 2, requests: 1 }
    }

    #[test]
    fn what_ended_is_counted_until_it_is_forgotten() {
        let (mut log, second) = (Log::default(), Duration::from_secs(1));
        for at in [1, 2, 3] {
            log.push(at * second, second, one());
        }
        log.forget(second, Duration::ZERO);
        assert_eq!((log.sum(), log.next()), (Quota { points: 4, requests: 2 }, Some(2 * second)));
        log.forget(second, 3 * second);
        assert_eq!((log.sum(), log.next()), (one(), Some(3 * second)), "it ended exactly then");
        log.forget(3 * second, Duration::ZERO);
        assert_eq!((log.sum(), log.next()), (Quota::default(), None));
    }

    #[test]
    fn a_million_requests_take_little_room() {
        let (mut log, length) = (Log::default(), Duration::from_secs(60));
        for number in 0..1_000_000 {
            log.push(Duration::from_micros(number * 60), length, one());
        }
        assert_eq!(log.sum().requests, 1_000_000);
        assert!(log.0.len() <= 129, "{}", log.0.len());
    }
}
