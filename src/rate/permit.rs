//! One limit: callers queue for a permit, and a permit becomes a request in flight.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;

use super::headers::RateLimitHeaders;
use super::window::{Quota, Window};
use crate::clock::Clock;
use crate::profile::LimitProfile;

/// A limit and its queue: callers are served in order of arrival.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    turn: tokio::sync::Mutex<()>,
    window: Mutex<Window>,
    /// Whether response headers describe this limit.
    has_headers: bool,
}

impl RateLimiter {
    pub(super) fn new(points: u32, requests: u32, length: Duration, share: u32) -> Self {
        let window = Window::new(Quota { points, requests }, length, share);
        Self { turn: tokio::sync::Mutex::new(()), window: Mutex::new(window), has_headers: true }
    }

    /// A limit that no response header describes.
    pub(super) fn without_headers(self) -> Self {
        Self { has_headers: false, ..self }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a permit for a request that costs `points`, waiting until `patience` at most. Calls `on_wait` before each
    /// wait. Returns `None` if the wait would be longer.
    pub(crate) async fn acquire(
        &self,
        points: u32,
        clock: &dyn Clock,
        patience: Duration,
        on_wait: &(dyn Fn(Duration) + Sync),
    ) -> Option<Permit<'_>> {
        // The turn is kept during the waits below, so that a cheap request does not overtake a costly one.
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => {
                let left = patience.saturating_sub(clock.now());
                futures::select_biased! {
                    turn = self.turn.lock().fuse() => turn,
                    () = clock.sleep(left).fuse() => return None,
                }
            }
        };
        loop {
            let now = clock.now();
            let wait = match self.window().take(now, points) {
                Ok(epoch) => return Some(Permit { limiter: self, points, epoch, is_used: false }),
                Err(wait) => wait,
            };
            if now.saturating_add(wait) > patience {
                return None;
            }
            on_wait(wait);
            clock.sleep(wait).await;
        }
    }

    /// The limit that the tenant reported, if any.
    pub(super) fn reported(&self) -> Option<LimitProfile> {
        let (requests, length) = self.window().reported()?;
        Some(LimitProfile { requests, window_seconds: Some(length.as_secs().max(1)) })
    }

    /// Blocks all requests until `until`. `is_limit` means that the tenant refused a request because of its rate limit.
    pub(crate) fn block(&self, until: Duration, is_limit: bool) {
        // A refusal reports how long the limit with headers lasts; the others keep their own windows.
        self.window().block(until, is_limit && self.has_headers);
    }
}

/// The right to send one request. If dropped unused, it is returned to the limiter.
#[derive(Debug)]
pub(crate) struct Permit<'l> {
    limiter: &'l RateLimiter,
    points: u32,
    /// The window it was taken from.
    epoch: u64,
    is_used: bool,
}

impl<'l> Permit<'l> {
    /// Uses the permits for a request that is about to be sent.
    pub(crate) fn start(permits: Vec<Self>, clock: &'l dyn Clock) -> InFlightGuard<'l> {
        let mut points = 0;
        let windows = permits.into_iter().map(|mut permit| {
            permit.is_used = true;
            points = permit.points;
            (permit.limiter, permit.epoch)
        });
        InFlightGuard { windows: windows.collect(), points, clock, has_ended: false }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.is_used {
            self.limiter.window().give_back(self.points, self.epoch);
        }
    }
}

/// A request in flight. When it ends, even because its caller gave up, the tenant's window has begun.
#[derive(Debug)]
pub(crate) struct InFlightGuard<'l> {
    /// The limiters that it counts against, each with the window of its permit.
    windows: Vec<(&'l RateLimiter, u64)>,
    points: u32,
    clock: &'l dyn Clock,
    has_ended: bool,
}

impl InFlightGuard<'_> {
    /// Ends the request, and corrects the windows with the headers of its response. `accepted` is false if the tenant
    /// refused the request because of its rate limit.
    pub(crate) fn end(mut self, headers: &RateLimitHeaders, accepted: bool) {
        // The client's own count comes first, because the tenant's headers take precedence over it.
        self.finish();
        let now = self.clock.now();
        for (limiter, epoch) in &self.windows {
            let headers = if limiter.has_headers { *headers } else { RateLimitHeaders::default() };
            limiter.window().correct(now, &headers, self.points, accepted, *epoch);
        }
    }

    fn finish(&mut self) {
        // `end` and the drop that follows it both come here, but the request ends once.
        if !self.has_ended {
            self.has_ended = true;
            let now = self.clock.now();
            for (limiter, epoch) in &self.windows {
                limiter.window().ended(now, self.points, *epoch);
            }
        }
    }
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}
