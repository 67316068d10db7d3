//! The tenant's limits, as settings and as its headers tell them.

use std::time::Duration;

use super::window::Told;
use crate::transport::Response;

/// How much a tenant takes in a window of time. The defaults are those of the public documents, the lowest where they
/// contradict each other; headers correct them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Points of GraphQL queries: 100,000.
    pub graphql_points: u32,
    /// Requests to GraphQL: 1,000.
    pub graphql_requests: u32,
    /// Requests to REST: 120, as of the standard plan.
    pub rest_requests: u32,
    /// Requests to REST within a second: 20, as of the standard plan. The documents name a burst and do not say what
    /// it is; it is taken for this.
    pub rest_burst: u32,
    /// Requests to REST that write: 60.
    pub rest_writes: u32,
    /// How long a window is, from its first request: 60 seconds.
    pub window: Duration,
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
        }
    }
}

impl Limits {
    /// The limits of the documents, to be changed one by one.
    ///
    /// ```
    /// let limits = thought_industries::Limits::documented().rest_requests(600);
    /// assert_eq!(limits.rest_requests, 600);
    /// ```
    pub fn documented() -> Self {
        Self::default()
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

    /// How long a window is.
    #[must_use]
    pub fn window(self, window: Duration) -> Self {
        Self { window, ..self }
    }
}

/// A wait that a tenant may ask for; a longer one is not believed.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// What an answer says of limits, `now` being the time since 1970.
pub(super) fn told(response: &Response, now: Duration) -> Told {
    let number = |name: &str| response.header(name)?.trim().parse::<u32>().ok();
    let reset = response.header("x-ratelimit-reset").and_then(|value| value.trim().parse().ok());
    let reset = reset.map(Duration::from_secs).filter(|reset| *reset <= now + LONGEST_WAIT);
    Told {
        requests_limit: number("x-ratelimit-limit"),
        requests_remaining: number("x-ratelimit-remaining"),
        // `X-Complexity-Limit` is left alone: no document says whether it is that of a query or of a window.
        cost: number("x-complexity-cost"),
        reset,
        retry_after: response.header("retry-after").and_then(|value| retry_after(value, now)),
    }
}

/// `Retry-After`: seconds, or a date.
fn retry_after(value: &str, now: Duration) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = jiff::fmt::rfc2822::parse(value).ok()?;
            let at = Duration::from_secs(u64::try_from(date.timestamp().as_second()).ok()?);
            at.saturating_sub(now)
        }
    };
    (wait <= LONGEST_WAIT).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_700_000_000);

    #[test]
    fn a_wait_is_read_as_seconds_and_as_a_date() {
        let of = |value: &str| retry_after(value, NOW).map(|wait| wait.as_secs());
        assert_eq!(of("30"), Some(30));
        assert_eq!(of(" 0 "), Some(0));
        assert_eq!(of("Tue, 14 Nov 2023 22:14:20 GMT"), Some(60));
        assert_eq!(of("Tue, 14 Nov 2023 22:13:00 GMT"), Some(0), "it is over");
        for wrong in ["", "soon", "-1", "86400", "99999999999999999999", "Tue, 14 Nov 2053 22:14:20 GMT"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_reset_far_away_is_not_believed() {
        let reset = |value: &str| told(&Response::new(429, "", "").with_header("X-RateLimit-Reset", value), NOW).reset;
        assert_eq!(reset("1700000060"), Some(NOW + Duration::from_secs(60)));
        for wrong in ["1700000060000", "4102444800", "soon", "-1"] {
            assert_eq!(reset(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn headers_are_read_whatever_their_case() {
        let response = Response::new(200, "application/json", "{}")
            .with_header("X-RateLimit-Limit", "120")
            .with_header("x-ratelimit-remaining", "7")
            .with_header("X-RATELIMIT-RESET", "1700000030")
            .with_header("X-Complexity-Cost", "no number");
        let expected = Told {
            requests_limit: Some(120),
            requests_remaining: Some(7),
            reset: Some(Duration::from_secs(1_700_000_030)),
            ..Told::default()
        };
        assert_eq!(told(&response, NOW), expected);
    }
}
