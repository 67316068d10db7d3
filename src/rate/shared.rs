//! The rate limiter of a process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::headers::RateLimitHeaders;
use super::limiter::{Permit, PermitRequest, RateLimiter};
use super::limits::Limits;
use super::quota::Quota;
use super::turns::{Counts, Turns};
use super::windows::{Limit, Line, Outcome, Rules, Sent, Windows};
use crate::clock::Clock;
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
    rules: Rules,
    windows: Mutex<Windows>,
    turns: Turns,
}

impl SharedRateLimiter {
    /// A limiter that uses the limits entirely.
    pub fn new(limits: &Limits) -> Self {
        Self::with_share(limits, 100)
    }

    /// A limiter that uses `percent` of the limits, from 1 to 100: the rest is left to other users of the key.
    pub fn with_share(limits: &Limits, percent: u32) -> Self {
        Self { rules: Rules::new(limits, percent), windows: Mutex::default(), turns: Turns::default() }
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimiter for SharedRateLimiter {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Option<Box<dyn Permit + 'a>>> {
        async move {
            let sent = self.turns.serve(&request, self).await?;
            let slot = Slot { limiter: self, sent, clock: request.clock, state: State::Unused };
            Some(Box::new(slot) as Box<dyn Permit>)
        }
        .boxed()
    }

    fn pause(&self, surface: Surface, kind: OperationKind, until: Duration, is_refused: bool) {
        self.windows().pause(Line::of(surface, kind), until, is_refused);
    }

    fn reported(&self) -> BTreeMap<Surface, LimitProfile> {
        self.windows().reported(&self.rules)
    }
}

impl Counts for SharedRateLimiter {
    fn check(&self, request: &PermitRequest<'_>, limits: &[Limit]) -> Result<(), Duration> {
        self.windows().check(&self.rules, request.clock.now(), limits, request.points, |_| Quota::default())
    }

    fn take(&self, request: &PermitRequest<'_>, line: Line) -> Result<Sent, Duration> {
        let (mut windows, now) = (self.windows(), request.clock.now());
        windows.check(&self.rules, now, line.limits(), request.points, |_| Quota::default())?;
        Ok(windows.take(&self.rules, now, line, request.points))
    }
}

/// A request that may be sent. If dropped before it is started, its cost is returned.
struct Slot<'a> {
    limiter: &'a SharedRateLimiter,
    sent: Sent,
    clock: &'a dyn Clock,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unused,
    InFlight,
    Ended,
}

impl Slot<'_> {
    fn finish(&mut self, headers: &RateLimitHeaders, outcome: Outcome) {
        // `end` and the drop that follows it both come here, but the request ends once.
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Unused => self.limiter.windows().give_back(self.sent),
            // When it ends, even because its caller gave up, the tenant may have counted it.
            State::InFlight => {
                let limiter = self.limiter;
                limiter.windows().end(&limiter.rules, self.clock.now(), self.sent, outcome, headers);
            }
            State::Ended => {}
        }
    }
}

impl Permit for Slot<'_> {
    fn start(&mut self) {
        self.state = State::InFlight;
    }

    fn end(mut self: Box<Self>, headers: &RateLimitHeaders, is_refused: bool) {
        self.finish(headers, if is_refused { Outcome::Refused } else { Outcome::Accepted });
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.finish(&RateLimitHeaders::default(), Outcome::Unknown);
    }
}
