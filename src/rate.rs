//! Enforces the tenant's rate limits: one limiter for each.
//!
//! *Invariant*: nothing here knows what is sent, or how.

mod headers;
mod limits;
mod permit;
mod window;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use headers::RateLimitHeaders;
pub use limits::Limits;
pub(crate) use permit::{Permit, RateLimiter};

use crate::profile::LimitProfile;
use crate::runtime::{OperationKind, Surface};

/// The limiters of a tenant: one for each surface, and over REST one for writes and one for each second.
#[derive(Debug)]
pub(crate) struct RateLimiters {
    graphql: RateLimiter,
    rest: RateLimiter,
    rest_writes: RateLimiter,
    rest_burst: RateLimiter,
}

impl RateLimiters {
    /// Limiters that use `share` percent of the limits.
    pub(crate) fn new(limits: &Limits, share: u32) -> Self {
        let window = limits.window;
        // A separate limit for each second, or for the same fraction of a window that is shorter than a minute.
        let second = window.min(Duration::from_secs(60)) / 60;
        Self {
            graphql: RateLimiter::new(limits.graphql_points, limits.graphql_requests, window, share),
            // REST requests cost no points. Headers report the limit of all requests,
            // not that of writes or of a second.
            rest: RateLimiter::new(u32::MAX, limits.rest_requests, limits.rest_window.unwrap_or(window), share),
            rest_writes: RateLimiter::new(u32::MAX, limits.rest_writes, window, share).without_headers(),
            rest_burst: RateLimiter::new(u32::MAX, limits.rest_burst, second, share).without_headers(),
        }
    }

    /// The limits that the tenant reported, by surface.
    pub(crate) fn reported(&self) -> BTreeMap<Surface, LimitProfile> {
        let all = [(Surface::GraphQl, &self.graphql), (Surface::RestV2, &self.rest)];
        all.into_iter().filter_map(|(surface, limiter)| Some((surface, limiter.reported()?))).collect()
    }

    /// The limiters that a request counts against. The per-second limiter comes last: a permit taken before waiting for
    /// another limiter would belong to a second that is already over.
    pub(crate) fn of(&self, surface: Surface, kind: OperationKind) -> Vec<&RateLimiter> {
        match (surface, kind) {
            (Surface::GraphQl, _) => vec![&self.graphql],
            (_, OperationKind::Query) => vec![&self.rest, &self.rest_burst],
            (_, OperationKind::Mutation) => vec![&self.rest_writes, &self.rest, &self.rest_burst],
        }
    }
}
