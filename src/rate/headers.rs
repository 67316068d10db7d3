//! The tenant's rate limits, as reported by response headers.

use std::time::Duration;

use crate::skew::{Skew, parse_date};
use crate::transport::HttpResponse;

/// The rate limit headers of a response, as far as they are plausible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RateLimitHeaders {
    /// `X-RateLimit-Limit`: the requests of a window.
    pub requests_limit: Option<u32>,
    /// `X-RateLimit-Remaining`: the requests that are left in this window.
    pub requests_remaining: Option<u32>,
    /// `X-Complexity-Cost`: the cost of the query, in points.
    pub cost: Option<u32>,
    /// `X-RateLimit-Reset`: the end of the window, as the time since the Unix epoch. The tenant's time is converted to that
    /// of the client's clock, as far as the `Date` of responses showed the difference.
    pub reset: Option<Duration>,
    /// `Retry-After`: how long to wait.
    pub retry_after: Option<Duration>,
}

/// The longest wait that a tenant may ask for; a longer one is ignored. Limits of 1,000 requests an hour are documented.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60 + 60);

impl RateLimitHeaders {
    /// Reads the headers of a response that arrived at `now`, by the client's clock.
    pub(crate) fn of(response: &HttpResponse, now: Duration, skew: &Skew) -> Self {
        let number = |name: &str| response.header(name)?.trim().parse::<u32>().ok();
        let reset = response.header("x-ratelimit-reset").and_then(|value| value.trim().parse().ok());
        // A reset in milliseconds would be read as thousands of years away, and would stop all calls.
        let reset = reset.map(|reset| skew.of_client(Duration::from_secs(reset)));
        let reset = reset.filter(|reset| *reset <= now + LONGEST_WAIT);
        Self {
            requests_limit: number("x-ratelimit-limit"),
            requests_remaining: number("x-ratelimit-remaining"),
            // `X-Complexity-Limit` is ignored: no document says whether it limits a query or a window.
            cost: number("x-complexity-cost"),
            reset,
            retry_after: response.header("retry-after").and_then(|value| retry_after(value, now, skew)),
        }
    }

    /// Until when the tenant asked to wait, of which `now` is the time. If it reports two times, the later one is safe.
    pub(super) fn until(&self, now: Duration) -> Option<Duration> {
        let asked = self.retry_after.map(|wait| now.saturating_add(wait));
        asked.max(self.reset.filter(|reset| *reset > now))
    }
}

/// `Retry-After`: seconds, or a date.
fn retry_after(value: &str, now: Duration, skew: &Skew) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => skew.of_client(parse_date(value)?).saturating_sub(now),
    };
    (wait <= LONGEST_WAIT).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_700_000_000);

    #[test]
    fn a_wait_is_read_as_seconds_and_as_a_date() {
        let of = |value: &str| retry_after(value, NOW, &Skew::default()).map(|wait| wait.as_secs());
        assert_eq!(of("30"), Some(30));
        assert_eq!(of(" 0 "), Some(0));
        assert_eq!(of("Tue, 14 Nov 2023 22:14:20 GMT"), Some(60));
        assert_eq!(of("Tue, 14 Nov 2023 22:13:00 GMT"), Some(0), "in the past");
        for wrong in ["", "soon", "-1", "86400", "99999999999999999999", "Tue, 14 Nov 2053 22:14:20 GMT"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_reset_far_away_is_not_believed() {
        let reset = |value: &str| {
            RateLimitHeaders::of(
                &HttpResponse::new(429, "", "").with_header("X-RateLimit-Reset", value),
                NOW,
                &Skew::default(),
            )
            .reset
        };
        assert_eq!(reset("1700000060"), Some(NOW + Duration::from_secs(60)));
        for wrong in ["1700000060000", "4102444800", "soon", "-1"] {
            assert_eq!(reset(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn headers_are_read_whatever_their_case() {
        let response = HttpResponse::new(200, "application/json", "{}")
            .with_header("X-RateLimit-Limit", "120")
            .with_header("x-ratelimit-remaining", "7")
            .with_header("X-RATELIMIT-RESET", "1700000030")
            .with_header("X-Complexity-Cost", "no number");
        let expected = RateLimitHeaders {
            requests_limit: Some(120),
            requests_remaining: Some(7),
            reset: Some(Duration::from_secs(1_700_000_030)),
            ..RateLimitHeaders::default()
        };
        assert_eq!(RateLimitHeaders::of(&response, NOW, &Skew::default()), expected);
    }
}
