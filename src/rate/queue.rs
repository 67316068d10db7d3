//! One limit: callers queue for a slot, and a slot becomes a request in flight.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;

use super::headers::RateLimitHeaders;
use super::limiter::PermitRequest;
use super::window::{Quota, Window};
use crate::clock::Clock;
use crate::profile::LimitProfile;

/// A limit and its queue: callers are served in order of arrival.
#[derive(Debug)]
pub(super) struct Queue {
    turn: tokio::sync::Mutex<()>,
    window: Mutex<Window>,
    /// Whether response headers describe this limit.
    has_headers: bool,
}

impl Queue {
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

    /// Takes a slot, waiting as long as the request permits. Returns `None` if the wait would be longer.
    pub(super) async fn acquire<'l>(&'l self, request: &PermitRequest<'l>) -> Option<Slot<'l>> {
        let PermitRequest { points, patience, clock, .. } = *request;
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
                Ok(epoch) => return Some(Slot { queue: self, points, epoch, clock, state: State::Unused }),
                Err(wait) => wait,
            };
            if now.saturating_add(wait) > patience {
                return None;
            }
            request.report_wait(wait);
            clock.sleep(wait).await;
        }
    }

    /// The limit that the tenant reported, if any.
    pub(super) fn reported(&self) -> Option<LimitProfile> {
        let (requests, length) = self.window().reported()?;
        Some(LimitProfile { requests, window_seconds: Some(length.as_secs().max(1)) })
    }

    /// Blocks all requests until `until`. `is_limit` means that the tenant refused a request because of its rate limit.
    pub(super) fn block(&self, until: Duration, is_limit: bool) {
        // A refusal reports how long the limit with headers lasts; the others keep their own windows.
        self.window().block(until, is_limit && self.has_headers);
    }
}

/// A place in a window. If dropped before it is started, it is returned.
#[derive(Debug)]
pub(super) struct Slot<'l> {
    queue: &'l Queue,
    points: u32,
    /// The window it was taken from.
    epoch: u64,
    clock: &'l dyn Clock,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unused,
    InFlight,
    Ended,
}

impl Slot<'_> {
    /// The request is about to be sent: from here on, the tenant may count it.
    pub(super) fn start(&mut self) {
        self.state = State::InFlight;
    }

    /// Ends the request, and corrects the window with the headers of its response. `accepted` is false if the tenant
    /// refused the request because of its rate limit.
    pub(super) fn end(mut self, headers: &RateLimitHeaders, accepted: bool) {
        // The client's own count comes first, because the tenant's headers take precedence over it.
        self.finish();
        let headers = if self.queue.has_headers { *headers } else { RateLimitHeaders::default() };
        self.queue.window().correct(self.clock.now(), &headers, self.points, accepted, self.epoch);
    }

    fn finish(&mut self) {
        let window = || self.queue.window();
        // `end` and the drop that follows it both come here, but the request ends once.
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Unused => window().give_back(self.points, self.epoch),
            // When it ends, even because its caller gave up, the tenant's window has begun.
            State::InFlight => window().ended(self.clock.now(), self.points, self.epoch),
            State::Ended => {}
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}
