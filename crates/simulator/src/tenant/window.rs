//! Fixed windows, each from its first request, as a tenant counts them.

use std::time::Duration;

use crate::message::{Reply, Request};
use crate::setup::{HeaderSetup, TenantLimits};

/// How a tenant counts requests.
#[derive(Debug)]
pub(crate) struct Windows {
    limits: TenantLimits,
    all: Window,
    writes: Window,
    burst: Window,
    /// How many requests each window of all requests took, without the one that is open.
    pub(crate) full: Vec<Span>,
}

/// A window that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Duration,
    pub(crate) taken: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Window {
    start: Option<Duration>,
    taken: u32,
}

impl Window {
    /// Begins another window if this one is over.
    fn turn(&mut self, now: Duration, length: Duration) -> Option<Span> {
        let start = self.start?;
        (now >= start + length).then(|| {
            let over = Span { start, taken: self.taken };
            *self = Self::default();
            over
        })
    }

    fn take(&mut self, now: Duration) {
        self.start.get_or_insert(now);
        self.taken += 1;
    }

    fn left(&self, now: Duration, length: Duration) -> Duration {
        (self.start.unwrap_or(now) + length).saturating_sub(now)
    }
}

impl Windows {
    pub(crate) fn new(limits: TenantLimits) -> Self {
        let window = Window::default();
        Self { limits, all: window, writes: window, burst: window, full: Vec::new() }
    }

    /// Counts a request, or refuses it.
    pub(crate) fn take(&mut self, request: &Request, now: Duration) -> Result<(), Reply> {
        let length = self.limits.window;
        self.full.extend(self.all.turn(now, length));
        self.writes.turn(now, length);
        self.burst.turn(now, SECOND);
        let is_write = request.may_write();
        let over = if self.burst.taken >= self.limits.burst {
            Some(self.burst.left(now, SECOND))
        } else if is_write && self.writes.taken >= self.limits.writes {
            Some(self.writes.left(now, length))
        } else {
            (self.all.taken >= self.limits.requests).then(|| self.all.left(now, length))
        };
        if let Some(wait) = over {
            let wait = u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1);
            let reply = Reply::json(429, &serde_json::json!({ "error": "rate_limit_exceeded" }));
            return Err(match self.limits.headers {
                HeaderSetup::Missing => reply,
                _ => reply.with_header("retry-after", &wait),
            });
        }
        self.all.take(now);
        self.burst.take(now);
        if is_write {
            self.writes.take(now);
        }
        Ok(())
    }

    /// What a response says of the limit. `wall` is the tenant's time since 1970.
    pub(crate) fn tell(&self, reply: Reply, now: Duration, wall: Duration) -> Reply {
        let reset = (wall + self.all.left(now, self.limits.window)).as_millis().div_ceil(1_000);
        let left = self.limits.requests.saturating_sub(self.all.taken);
        match self.limits.headers {
            HeaderSetup::Missing | HeaderSetup::OnlyRetryAfter => reply,
            HeaderSetup::Right => reply
                .with_header("x-ratelimit-limit", &self.limits.requests)
                .with_header("x-ratelimit-remaining", &left)
                .with_header("x-ratelimit-reset", &reset),
            HeaderSetup::Wrong => reply
                .with_header("x-ratelimit-limit", &(self.limits.requests / 2 + 1))
                .with_header("x-ratelimit-reset", &(reset * 1_000)),
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
