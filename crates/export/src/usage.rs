//! What an export costs: requests, points, and waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use thought_industries::{Event, WaitReason};

/// Counts what a client does. Clones share the counts.
///
/// ```
/// use thought_industries::Client;
/// use thought_industries_export::Usage;
///
/// let usage = Usage::default();
/// let counted = usage.clone();
/// let builder = Client::builder().set_subdomain("acme").set_api_key("key");
/// let client = builder.on_event(move |event| counted.count(event)).build()?;
/// assert_eq!(usage.so_far().requests, 0);
/// # Ok::<(), thought_industries::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Usage(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    points: AtomicU64,
    throttled: AtomicU64,
    windows: AtomicU64,
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageCounts {
    /// Requests, with retries.
    pub requests: u64,
    /// Points of GraphQL.
    pub points: u64,
    /// Responses with status 429.
    pub throttled: u64,
    /// How often a request waited for the next window of a limit.
    pub windows: u64,
}

impl Usage {
    /// Counts an event of a client.
    pub fn count(&self, event: &Event) {
        let Counts { requests, points, throttled, windows } = &*self.0;
        let add = |count: &AtomicU64, number: u64| _ = count.fetch_add(number, Ordering::Relaxed);
        match event {
            Event::Attempt { .. } => add(requests, 1),
            Event::Response { status, points: cost, .. } => {
                add(points, u64::from(*cost));
                add(throttled, u64::from(*status == 429));
            }
            Event::Wait { reason: WaitReason::Pace, .. } => add(windows, 1),
            _ => {}
        }
    }

    /// What was counted so far.
    pub fn so_far(&self) -> UsageCounts {
        let Counts { requests, points, throttled, windows } = &*self.0;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        UsageCounts {
            requests: read(requests),
            points: read(points),
            throttled: read(throttled),
            windows: read(windows),
        }
    }
}

impl UsageCounts {
    /// Both together.
    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            points: self.points + other.points,
            throttled: self.throttled + other.throttled,
            windows: self.windows + other.windows,
        }
    }
}
