//! The rate limiter of a process: one queue for each of the tenant's limits.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::headers::RateLimitHeaders;
use super::limiter::{Permit, PermitRequest, RateLimiter};
use super::limits::Limits;
use super::queue::{Queue, Slot};
use crate::profile::LimitProfile;
use crate::runtime::{OperationKind, Surface};

/// Keeps all clients that are given it within one set of limits, in one process.
///
/// Clones of a client share their limits anyway. Give one limiter to several clients that use the same key, such as those
/// with different settings:
///
/// ```
/// use std::sync::Arc;
/// use thought_industries::{Client, Limits, SharedRateLimiter};
///
/// let limiter = Arc::new(SharedRateLimiter::new(&Limits::documented()));
/// let builder = || Client::builder().set_subdomain("acme").set_api_key("key").with_rate_limiter(limiter.clone());
/// let (interactive, nightly) = (builder().build()?, builder().build()?);
/// # _ = (interactive, nightly);
/// # Ok::<(), thought_industries::Error>(())
/// ```
#[derive(Debug)]
pub struct SharedRateLimiter {
    graphql: Queue,
    rest: Queue,
    rest_writes: Queue,
    rest_burst: Queue,
}

impl SharedRateLimiter {
    /// A limiter that uses the limits entirely.
    pub fn new(limits: &Limits) -> Self {
        Self::with_share(limits, 100)
    }

    /// A limiter that uses `percent` of the limits, from 1 to 100: the rest is left to other users of the key.
    pub fn with_share(limits: &Limits, percent: u32) -> Self {
        let (window, share) = (limits.window, percent);
        // A separate limit for each second, or for the same fraction of a window that is shorter than a minute.
        let second = window.min(Duration::from_secs(60)) / 60;
        Self {
            graphql: Queue::new(limits.graphql_points, limits.graphql_requests, window, share),
            // REST requests cost no points. Headers report the limit of all requests,
            // not that of writes or of a second.
            rest: Queue::new(u32::MAX, limits.rest_requests, limits.rest_window.unwrap_or(window), share),
            rest_writes: Queue::new(u32::MAX, limits.rest_writes, window, share).without_headers(),
            rest_burst: Queue::new(u32::MAX, limits.rest_burst, second, share).without_headers(),
        }
    }

    /// The queues that a request waits in. The per-second one comes last: a slot taken before waiting in another queue
    /// would belong to a second that is already over.
    fn of(&self, surface: Surface, kind: OperationKind) -> Vec<&Queue> {
        match (surface, kind) {
            (Surface::GraphQl, _) => vec![&self.graphql],
            (_, OperationKind::Query) => vec![&self.rest, &self.rest_burst],
            (_, OperationKind::Mutation) => vec![&self.rest_writes, &self.rest, &self.rest_burst],
        }
    }
}

impl RateLimiter for SharedRateLimiter {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Option<Box<dyn Permit + 'a>>> {
        async move {
            let mut slots = Vec::new();
            for queue in self.of(request.surface, request.kind) {
                slots.push(queue.acquire(&request).await?);
            }
            Some(Box::new(Slots(slots)) as Box<dyn Permit + 'a>)
        }
        .boxed()
    }

    fn pause(&self, surface: Surface, kind: OperationKind, until: Duration, is_refused: bool) {
        for queue in self.of(surface, kind) {
            queue.block(until, is_refused);
        }
    }

    fn reported(&self) -> BTreeMap<Surface, LimitProfile> {
        let all = [(Surface::GraphQl, &self.graphql), (Surface::RestV2, &self.rest)];
        all.into_iter().filter_map(|(surface, queue)| Some((surface, queue.reported()?))).collect()
    }
}

/// A slot of each limit.
struct Slots<'a>(Vec<Slot<'a>>);

impl Permit for Slots<'_> {
    fn start(&mut self) {
        self.0.iter_mut().for_each(Slot::start);
    }

    fn end(self: Box<Self>, headers: &RateLimitHeaders, is_refused: bool) {
        for slot in self.0 {
            slot.end(headers, !is_refused);
        }
    }
}
