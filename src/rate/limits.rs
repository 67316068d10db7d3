//! The tenant's limits, as settings.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::profile::LimitProfile;
use crate::runtime::Surface;

/// The limits of a tenant within a time window. The defaults are those of the public documents, the lowest where they
/// contradict each other; response headers correct them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Points of GraphQL queries: 100,000.
    pub graphql_points: u32,
    /// Requests to GraphQL: 1,000.
    pub graphql_requests: u32,
    /// Requests to REST: 120, as in the standard plan.
    pub rest_requests: u32,
    /// Requests to REST within a second: 20, as in the standard plan. The documents mention a burst limit without
    /// defining it; it is assumed to be this.
    pub rest_burst: u32,
    /// Requests to REST that write: 60.
    pub rest_writes: u32,
    /// The length of a window, from its first request: 60 seconds.
    pub window: Duration,
    /// The length of the window of all REST requests, if it is another one.
    pub rest_window: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            graphql_points: 100_000,
            graphql_requests: 1_000,
            rest_requests: 120,
            rest_burst: 20,
            rest_writes: 60,
            window: Duration::from_secs(60),
            rest_window: None,
        }
    }
}

impl Limits {
    /// The documented limits, to be adjusted one by one.
    ///
    /// ```
    /// let limits = thought_industries::Limits::documented().rest_requests(600);
    /// assert_eq!(limits.rest_requests, 600);
    /// ```
    pub fn documented() -> Self {
        Self::default()
    }

    /// These limits, corrected by those that a tenant has reported ([`TenantProfile::limits`](crate::TenantProfile::limits)).
    #[must_use]
    pub fn corrected(self, reported: &BTreeMap<Surface, LimitProfile>) -> Self {
        let mut limits = self;
        if let Some(graphql) = reported.get(&Surface::GraphQl) {
            limits.graphql_requests = graphql.requests;
        }
        if let Some(rest) = reported.get(&Surface::RestV2).or_else(|| reported.get(&Surface::RestV1)) {
            limits.rest_requests = rest.requests;
            limits.rest_window = rest.window_seconds.map(Duration::from_secs).or(limits.rest_window);
        }
        limits
    }

    /// Points of GraphQL queries in a window.
    #[must_use]
    pub fn graphql_points(self, graphql_points: u32) -> Self {
        Self { graphql_points, ..self }
    }

    /// Requests to GraphQL in a window.
    #[must_use]
    pub fn graphql_requests(self, graphql_requests: u32) -> Self {
        Self { graphql_requests, ..self }
    }

    /// Requests to REST in a window: 600 in the enterprise plan.
    #[must_use]
    pub fn rest_requests(self, rest_requests: u32) -> Self {
        Self { rest_requests, ..self }
    }

    /// Requests to REST within a second: 100 in the enterprise plan.
    #[must_use]
    pub fn rest_burst(self, rest_burst: u32) -> Self {
        Self { rest_burst, ..self }
    }

    /// Requests to REST that write, in a window.
    #[must_use]
    pub fn rest_writes(self, rest_writes: u32) -> Self {
        Self { rest_writes, ..self }
    }

    /// The length of a window.
    #[must_use]
    pub fn window(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    /// The length of the window of all REST requests: 15 minutes with about 250 requests was observed.
    #[must_use]
    pub fn rest_window(self, window: Duration) -> Self {
        Self { rest_window: Some(window), ..self }
    }
}
