//! Enforced limits: fixed windows that begin with their first request, reported in the documented headers.
//!
//! GraphQL limits points and requests (the public configuration of Helium). REST limits requests by plan, with lower
//! limits for writes (`docs/rest/rate-limits`): one for users and one for content. The page also gives a burst without
//! defining it; it is taken as the maximum number of requests in any one second.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::reply::json as reply;

/// The limits of a sandbox in a window of time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Limits {
    /// Maximum points of a single query: 1,000.
    pub query_points: u32,
    /// Maximum points of all queries: 100,000.
    pub graphql_points: u32,
    /// Maximum requests to GraphQL: 2,500.
    pub graphql_requests: u32,
    /// Maximum requests to REST: 120, as in the standard plan.
    pub rest_requests: u32,
    /// Maximum requests to REST within a second: 20.
    pub rest_burst: u32,
    /// Maximum requests to REST that write users: 60.
    pub rest_writes: u32,
    /// Maximum requests to REST that write courses, content and licenses: 60.
    pub rest_content_writes: u32,
    /// The length of a window in seconds: 60.
    pub window: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            query_points: 1_000,
            graphql_points: 100_000,
            graphql_requests: 2_500,
            rest_requests: 120,
            rest_burst: 20,
            rest_writes: 60,
            rest_content_writes: 60,
            window: 60.0,
        }
    }
}

impl Limits {
    /// The limits of the public documents.
    pub fn documented() -> Self {
        Self::default()
    }

    /// The limits of the enterprise plan: more requests to REST.
    pub fn enterprise() -> Self {
        Self { rest_requests: 600, rest_burst: 100, ..Self::default() }
    }

    /// Parses limits from TOML. Limits that are not named keep their documented values.
    ///
    /// # Errors
    /// If the text is not valid TOML for limits (the message names the line), or the window is out of range.
    ///
    /// ```
    /// let limits = thought_industries_sandbox::Limits::parse("rest-requests = 5\nwindow = 0.5\n")?;
    /// assert_eq!(limits.rest_requests, 5);
    /// # Ok::<(), String>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let limits: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        limits.checked()
    }

    /// The same limits with another window, in seconds.
    ///
    /// # Errors
    /// If the window is out of range.
    pub fn with_window(self, window: f64) -> Result<Self, String> {
        Self { window, ..self }.checked()
    }

    fn checked(self) -> Result<Self, String> {
        if (0.01..=3600.0).contains(&self.window) {
            Ok(self)
        } else {
            Err(format!("a window of {} seconds is out of range: use 0.01 to 3600", self.window))
        }
    }
}

/// The windows of a sandbox.
#[derive(Debug)]
pub(crate) struct Limiter {
    pub(crate) limits: Limits,
    graphql: Mutex<Window>,
    rest: Mutex<Window>,
    rest_burst: Mutex<Window>,
    rest_writes: Mutex<Window>,
    rest_content_writes: Mutex<Window>,
}

/// A window for requests of any kind.
#[derive(Debug)]
pub(crate) struct RequestWindow {
    window: Mutex<Window>,
    requests: u32,
    seconds: f64,
}

impl RequestWindow {
    pub(crate) fn new(requests: u32, seconds: f64) -> Self {
        Self { window: Mutex::default(), requests, seconds }
    }

    /// Charges a request.
    pub(crate) fn take(&self) -> Standing {
        take(lock(&self.window), self.seconds, (u32::MAX, 0), self.requests)
    }
}

#[derive(Debug, Default)]
struct Window {
    ends: Option<(Instant, SystemTime)>,
    points: u32,
    requests: u32,
}

/// What the headers of a response report about a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    limit: u32,
    remaining: u32,
    /// Seconds since 1970, rounded up.
    reset: u64,
    /// Seconds until then, rounded up.
    retry_after: u64,
    is_over: bool,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        let window = || Mutex::new(Window::default());
        Self {
            limits,
            graphql: window(),
            rest: window(),
            rest_burst: window(),
            rest_writes: window(),
            rest_content_writes: window(),
        }
    }

    /// Charges a query with this many points.
    pub(crate) fn graphql(&self, points: u32) -> Standing {
        let limits = &self.limits;
        take(lock(&self.graphql), limits.window, (limits.graphql_points, points), limits.graphql_requests)
    }

    /// Charges a request to REST against the limits of what it writes, of the second, and of the plan.
    fn rest(&self, method: &Method, path: &str) -> Standing {
        let limits = &self.limits;
        let is_content = ["/courses/", "/licenses", "/content"].iter().any(|part| path.contains(part));
        let writes = if is_content {
            (&self.rest_content_writes, limits.window, limits.rest_content_writes)
        } else {
            (&self.rest_writes, limits.window, limits.rest_writes)
        };
        // A shorter window shortens the burst second in proportion.
        let burst = (&self.rest_burst, limits.window.min(60.0) / 60.0, limits.rest_burst);
        for (window, length, requests) in (method != Method::GET).then_some(writes).into_iter().chain([burst]) {
            let standing = take(lock(window), length, (u32::MAX, 0), requests);
            if standing.is_over {
                return standing;
            }
        }
        take(lock(&self.rest), limits.window, (u32::MAX, 0), limits.rest_requests)
    }
}

fn lock(window: &Mutex<Window>) -> MutexGuard<'_, Window> {
    window.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a request against a window, unless it is over the limit.
fn take(mut window: MutexGuard<'_, Window>, length: f64, (most, points): (u32, u32), requests: u32) -> Standing {
    let now = Instant::now();
    let length = Duration::from_secs_f64(length);
    if window.ends.is_none_or(|(ends, _)| now >= ends) {
        *window = Window { ends: Some((now + length, SystemTime::now() + length)), ..Window::default() };
    }
    let is_over = window.requests >= requests || window.points.saturating_add(points) > most;
    if !is_over {
        window.requests += 1;
        window.points += points;
    }
    let left = window.ends.map(|(ends, _)| ends.saturating_duration_since(now)).unwrap_or_default();
    let reset = window.ends.and_then(|(_, ends)| ends.duration_since(SystemTime::UNIX_EPOCH).ok()).unwrap_or_default();
    Standing {
        limit: requests,
        remaining: requests - window.requests,
        reset: whole(reset),
        retry_after: whole(left).max(1),
        is_over,
    }
}

/// Seconds, rounded up.
fn whole(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

impl Standing {
    /// Whether the request exceeds the limit.
    pub(crate) fn is_over(self) -> bool {
        self.is_over
    }

    /// The documented headers.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        headers.insert("x-ratelimit-limit", HeaderValue::from(self.limit));
        headers.insert("x-ratelimit-remaining", HeaderValue::from(self.remaining));
        headers.insert("x-ratelimit-reset", HeaderValue::from(self.reset));
    }

    /// The response to a request over the limit.
    pub(crate) fn refusal(self) -> Response {
        let body = json!({
            "error": "rate_limit_exceeded",
            "message": format!("Rate limit exceeded. Try again in {} seconds.", self.retry_after),
            "retryAfter": self.retry_after,
        });
        let mut response = reply(StatusCode::TOO_MANY_REQUESTS, &body);
        self.tell(response.headers_mut());
        response.headers_mut().insert("retry-after", HeaderValue::from(self.retry_after));
        response
    }
}

/// Enforces the REST limits of a sandbox, if it has any.
pub(crate) async fn rest(State(limiter): State<Option<Arc<Limiter>>>, request: Request, next: Next) -> Response {
    let Some(limiter) = limiter else { return next.run(request).await };
    let standing = limiter.rest(request.method(), request.uri().path());
    if standing.is_over() {
        return standing.refusal();
    }
    let mut response = next.run(request).await;
    standing.tell(response.headers_mut());
    response
}
