//! The tenant's limit as a window: a number of points and requests from the first request on, then reset.

use std::time::Duration;

use super::headers::{LONGEST_WAIT, RateLimitHeaders};

/// A budget for a time window. It holds the client's own count, which the tenant's headers correct.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    length: Duration,
    limit: Quota,
    /// In percent: the rest is for other users of the key.
    share: u32,
    /// The number of this window, which identifies permits of earlier ones.
    epoch: u64,
    spent: Quota,
    /// What was taken in this window and has not ended yet.
    in_flight: Quota,
    /// The cost of requests that may have arrived in the tenant's next window, and when the last of them ended.
    carried: Quota,
    carried_until: Duration,
    /// How many requests of the previous window are still in flight, and when a window begun by those that ended is
    /// over.
    waiting: u32,
    carried_over: Duration,
    state: State,
    /// The tenant accepts no requests until then.
    blocked_until: Duration,
    /// How many requests of this window the tenant accepted, and whether it refused any.
    accepted: u32,
    refused: bool,
    /// The most requests that the tenant accepted from this client while others used the key too.
    ceiling: u32,
    /// Whether the tenant reported its limit of requests.
    is_reported: bool,
}

/// Points and requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Quota {
    pub(crate) points: u32,
    pub(crate) requests: u32,
}

impl Quota {
    fn add(&mut self, points: u32, requests: u32) {
        self.points = self.points.saturating_add(points);
        self.requests = self.requests.saturating_add(requests);
    }

    fn take(&mut self, points: u32) {
        self.points = self.points.saturating_sub(points);
        self.requests = self.requests.saturating_sub(1);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was sent yet, or the window is over.
    Closed,
    /// The first request has been in flight since `since`. The tenant's window begins when it arrives, which is not
    /// known yet. If a request that already ended may have begun the window, that window is over by `over`.
    Opening { since: Duration, over: Option<Duration> },
    /// The tenant's window ends between these two times. Requests that arrive in between may belong to the next window.
    Open { early: Duration, ends: Duration },
}

impl Window {
    pub(crate) fn new(limit: Quota, length: Duration, share: u32) -> Self {
        Self {
            length,
            limit,
            share: share.clamp(1, 100),
            epoch: 0,
            spent: Quota::default(),
            in_flight: Quota::default(),
            carried: Quota::default(),
            carried_until: Duration::ZERO,
            waiting: 0,
            carried_over: Duration::ZERO,
            state: State::Closed,
            blocked_until: Duration::ZERO,
            accepted: 0,
            refused: false,
            ceiling: u32::MAX,
            is_reported: false,
        }
    }

    /// The limit of requests and the length of the window, if the tenant reported them.
    pub(crate) fn reported(&self) -> Option<(u32, Duration)> {
        self.is_reported.then_some((self.limit.requests, self.length))
    }

    /// Takes the cost of a request and returns the number of its window, or returns how long to wait before trying
    /// again.
    pub(crate) fn take(&mut self, now: Duration, points: u32) -> Result<u64, Duration> {
        if now < self.blocked_until {
            return Err(self.blocked_until.saturating_sub(now));
        }
        loop {
            // A request sent in between may belong to this window or the next, so it cannot be counted.
            let (early, ends) = match self.state {
                State::Open { early, ends } => (early, ends),
                State::Opening { since, over: Some(over) } => (since.saturating_add(self.length), over),
                State::Opening { over: None, .. } => break,
                State::Closed => {
                    // A late response may have corrected the count of the closed window.
                    self.spent = Quota::default();
                    break;
                }
            };
            // The next window may be over as well, so its state is checked too.
            if now >= ends {
                self.close(early);
            } else if now >= early {
                return Err(ends.saturating_sub(now));
            } else {
                break;
            }
        }
        // At least 1, so that a small share of a small limit does not stop all calls.
        let allowed =
            |limit: u32| u32::try_from(u64::from(limit) * u64::from(self.share) / 100).unwrap_or(limit).max(1);
        let (most_points, most_requests) = (allowed(self.limit.points), allowed(self.limit.requests).min(self.ceiling));
        let is_first = self.spent.requests == 0;
        // A request that costs more than the whole window goes first in its own window.
        let fits = self.spent.requests < most_requests
            && (is_first || self.spent.points.saturating_add(points) <= most_points);
        if !fits {
            return Err(match self.state {
                State::Open { ends, .. } => ends.saturating_sub(now),
                State::Opening { over: Some(over), .. } => over.saturating_sub(now),
                // The end is known only after the first response, which may take a while.
                State::Opening { .. } | State::Closed => POLL,
            });
        }
        self.spent.add(points, 1);
        self.in_flight.add(points, 1);
        match self.state {
            State::Closed => self.state = State::Opening { since: now, over: None },
            // If no earlier request began the tenant's window, this one does, and `over` would be too early.
            State::Opening { since, .. } => self.state = State::Opening { since, over: None },
            State::Open { .. } => {}
        }
        Ok(self.epoch)
    }

    /// Ends the window and begins the next, which is charged for requests that ended late or are still in flight. If
    /// the tenant refused requests, others use the key: the next window takes no more requests than were accepted in
    /// this one, but at least half of the previous maximum. The ceiling doubles after each window without refusals.
    fn close(&mut self, early: Duration) {
        if self.refused && self.accepted > 0 {
            let half = self.ceiling.min(self.limit.requests) / 2;
            self.ceiling = self.accepted.max(half).max(1);
        } else if !self.refused {
            self.ceiling = self.ceiling.saturating_mul(2);
        }
        (self.accepted, self.refused) = (0, false);
        self.epoch += 1;
        let late = std::mem::take(&mut self.carried);
        let waiting = std::mem::take(&mut self.in_flight);
        self.spent = late;
        self.spent.add(waiting.points, waiting.requests);
        (self.waiting, self.carried_over) = (waiting.requests, self.carried_until.saturating_add(self.length));
        // One of them began the tenant's next window, at the end of this one at the earliest, or none did.
        self.state = State::Opening { since: early, over: None };
        self.settle();
    }

    /// If no request in flight can show when the tenant's window began, the window is over at the latest when the last
    /// one that may have begun is over.
    fn settle(&mut self) {
        if let State::Opening { since, over: None } = self.state
            && self.in_flight.requests == 0
            && self.waiting == 0
        {
            self.state = match self.spent.requests {
                0 => State::Closed,
                _ => State::Opening { since, over: Some(self.carried_over) },
            };
        }
    }

    /// Returns the cost of a request that was never sent.
    pub(crate) fn give_back(&mut self, points: u32, epoch: u64) {
        if epoch == self.epoch {
            self.in_flight.take(points);
        } else if epoch + 1 == self.epoch {
            // What was taken in the previous window was carried into this one.
            self.waiting = self.waiting.saturating_sub(1);
        } else {
            return;
        }
        self.spent.take(points);
        self.settle();
    }

    /// Records that a request that cost `points` ended: the tenant's window began before that.
    pub(crate) fn ended(&mut self, now: Duration, points: u32, epoch: u64) {
        let is_own = epoch == self.epoch;
        if is_own {
            self.in_flight.take(points);
        } else if epoch + 1 == self.epoch {
            self.waiting = self.waiting.saturating_sub(1);
        }
        match self.state {
            State::Opening { since, .. } => {
                // The tenant's window began at some time between the first sending and this response.
                let (early, ends) = (since.saturating_add(self.length), now.saturating_add(self.length));
                self.state = State::Open { early, ends };
            }
            State::Open { early, .. } if now >= early && is_own => {
                // It may have arrived in the tenant's next window, so it is counted there again.
                self.carried.add(points, 1);
                self.carried_until = now;
            }
            _ => {}
        }
    }

    /// Records what the tenant reports about its limit in the response to a request that cost `points`. The tenant's
    /// figures take precedence; those for an earlier window are ignored.
    pub(crate) fn correct(
        &mut self,
        now: Duration,
        headers: &RateLimitHeaders,
        points: u32,
        accepted: bool,
        epoch: u64,
    ) {
        if epoch != self.epoch {
            return;
        }
        self.accepted += u32::from(accepted);
        // A refusal may report another limit than that of the window.
        if let Some(limit) = headers.requests_limit.filter(|limit| *limit > 0 && accepted) {
            self.limit.requests = limit;
            self.is_reported = true;
        }
        if let Some(cost) = headers.cost {
            self.spent.points = self.spent.points.saturating_sub(points).saturating_add(cost);
        }
        if let Some(remaining) = headers.requests_remaining.filter(|_| accepted) {
            // The tenant does not count requests that are still on their way, so its figure only raises the count.
            self.spent.requests = self.spent.requests.max(self.limit.requests.saturating_sub(remaining));
        }
        // A reset further away is implausible, and would block calls for too long.
        let latest = now.saturating_add(LONGEST_WAIT);
        if let Some(reset) = headers.reset.filter(|reset| *reset > now && *reset <= latest) {
            // The tenant's window is longer than was assumed.
            self.length = self.length.max(reset.saturating_sub(now).saturating_sub(SECOND));
            // The reset has whole seconds, and its rounding is not documented.
            self.state = State::Open { early: reset.saturating_sub(SECOND).max(now), ends: reset };
        }
    }

    /// Blocks all requests until `until`. `is_limit` means that the tenant refused a request because of its rate limit.
    pub(crate) fn block(&mut self, until: Duration, is_limit: bool) {
        self.blocked_until = self.blocked_until.max(until);
        if is_limit {
            self.refused = true;
            self.state = State::Open { early: self.blocked_until, ends: self.blocked_until };
        }
    }
}

/// The precision with which headers report the end of a window.
const SECOND: Duration = Duration::from_secs(1);

/// How often a caller checks whether the first response of a window has arrived.
const POLL: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;

    use super::*;

    fn window(points: u32, requests: u32) -> Window {
        Window::new(Quota { points, requests }, 60 * SECOND, 100)
    }

    #[test]
    fn a_window_is_spent_and_begins_anew_after_its_end() {
        let mut window = window(100, 3);
        let start = 1_000 * SECOND;
        assert!(window.take(start, 60).is_ok());
        assert_eq!(window.take(start, 50), Err(POLL), "its start is not known yet");
        window.ended(start + SECOND, 1, window.epoch);
        assert_eq!(window.take(start + SECOND, 50), Err(60 * SECOND));
        assert!(window.take(start + SECOND, 40).is_ok());
        assert!(window.take(start + 2 * SECOND, 0).is_ok());
        assert_eq!(window.take(start + 2 * SECOND, 0), Err(59 * SECOND), "three requests");
        (0..2).for_each(|_| window.ended(start + 3 * SECOND, 20, window.epoch));
        assert!(window.take(start + 61 * SECOND, 100).is_ok());
    }

    /// The tenant's own window, from the first request that arrives, regardless of the client's view.
    #[derive(Default)]
    struct Tenant {
        window: Option<Duration>,
        spent: Quota,
    }

    impl Tenant {
        fn takes(&mut self, now: Duration, points: u32, limit: Quota) -> bool {
            if self.window.is_none_or(|start| now >= start + 60 * SECOND) {
                (self.window, self.spent) = (Some(now), Quota::default());
            }
            self.spent.points += points;
            self.spent.requests += 1;
            self.spent.points <= limit.points && self.spent.requests <= limit.requests
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
            ..ProptestConfig::default()
        })]

        /// Whatever is requested, however long responses take, and whatever is dropped before it is sent: a tenant with
        /// these limits refuses nothing, and requests that do not fit wait no longer than a window.
        #[test]
        fn no_window_is_exceeded(
            points in 1u32..200,
            requests in 1u32..20,
            calls in prop::collection::vec((0u64..20_000, 0u32..250, 0u64..5_000, 0u64..5_000, prop::bool::weighted(0.1)), 1..80),
        ) {
            let limit = Quota { points, requests };
            let mut window = Window::new(limit, 60 * SECOND, 100);
            let mut tenant = Tenant::default();
            let mut now = 1_000 * SECOND;
            for (pause, cost, way_there, way_back, is_dropped) in calls {
                now += Duration::from_millis(pause);
                // A query that costs more points than a window has is rejected earlier, or goes first.
                let cost = cost.min(points);
                let mut waits = 0;
                let epoch = loop {
                    match window.take(now, cost) {
                        Ok(epoch) => break epoch,
                        Err(wait) => {
                            waits += 1;
                            prop_assert!(waits < 10, "it waits forever");
                            prop_assert!(wait <= 60 * SECOND && !wait.is_zero(), "{:?}", wait);
                            now += wait;
                        }
                    }
                };
                if is_dropped {
                    window.give_back(cost, epoch);
                    continue;
                }
                now += Duration::from_millis(way_there);
                prop_assert!(tenant.takes(now, cost, limit));
                now += Duration::from_millis(way_back);
                window.ended(now, cost, epoch);
                window.correct(now, &RateLimitHeaders::default(), cost, true, epoch);
            }
        }

        /// Headers may contain anything: the window never waits longer than it trusts them.
        #[test]
        fn no_header_blocks_for_ever(
            limit in prop::option::of(any::<u32>()),
            remaining in prop::option::of(any::<u32>()),
            cost in prop::option::of(any::<u32>()),
            reset in prop::option::of(any::<u32>()),
        ) {
            let mut window = window(100, 10);
            let now = 1_000 * SECOND;
            prop_assert!(window.take(now, 1).is_ok());
            window.ended(now, 1, window.epoch);
            let headers = RateLimitHeaders {
                requests_limit: limit,
                requests_remaining: remaining,
                cost,
                reset: reset.map(|reset| Duration::from_secs(reset.into())),
                retry_after: None,
            };
            window.correct(now, &headers, 1, true, window.epoch);
            let mut later = now;
            for _ in 0..4 {
                match window.take(later, 1) {
                    Ok(_) => return Ok(()),
                    Err(wait) => later += wait,
                }
            }
            prop_assert!(false, "it still waits at {:?}", later.saturating_sub(now));
        }
    }

    #[test]
    fn what_was_not_sent_is_given_back() {
        let mut window = window(100, 10);
        assert!(window.take(SECOND, 100).is_ok());
        window.give_back(100, 0);
        assert!(window.take(SECOND, 100).is_ok());
    }

    #[test]
    fn a_share_leaves_room() {
        let mut window = Window::new(Quota { points: 100, requests: 10 }, 60 * SECOND, 60);
        assert!(window.take(SECOND, 60).is_ok());
        window.ended(SECOND, 1, window.epoch);
        assert_eq!(window.take(SECOND, 1), Err(60 * SECOND));
    }

    #[test]
    fn the_tenant_is_right() {
        let mut window = window(1_000, 100);
        let now = 100 * SECOND;
        assert!(window.take(now, 1).is_ok());
        let headers = RateLimitHeaders {
            requests_limit: Some(50),
            requests_remaining: Some(0),
            reset: Some(now + 7 * SECOND),
            ..RateLimitHeaders::default()
        };
        window.correct(now, &headers, 1, true, window.epoch);
        assert_eq!(window.take(now, 1), Err(7 * SECOND), "others have used it up");
        assert!(window.take(now + 7 * SECOND, 1).is_ok());
        window.block(now + 30 * SECOND, true);
        assert_eq!(window.take(now + 10 * SECOND, 1), Err(20 * SECOND));
        assert!(window.take(now + 30 * SECOND, 1).is_ok());
    }

    #[test]
    fn a_window_that_others_use_as_well_becomes_smaller() {
        let mut window = window(1_000, 100);
        let mut now = SECOND;
        (0..100).for_each(|_| assert!(window.take(now, 1).is_ok()));
        (0..100).for_each(|_| window.ended(now, 1, window.epoch));
        (0..40).for_each(|_| window.correct(now, &RateLimitHeaders::default(), 1, true, window.epoch));
        window.block(now + 60 * SECOND, true);
        let mut took = |now| (0..100).take_while(|_| window.take(now, 1).is_ok()).count();
        now += 60 * SECOND;
        assert_eq!(took(now), 50, "at least half of the limit");
        (0..50).for_each(|_| window.ended(now, 1, window.epoch));
        window.correct(now, &RateLimitHeaders::default(), 1, true, window.epoch);
        let mut took = |now| (0..100).take_while(|_| window.take(now, 1).is_ok()).count();
        assert_eq!(took(now + 60 * SECOND), 100);
    }

    #[test]
    fn what_belongs_to_an_earlier_window_does_not_shut_this_one() {
        let mut window = window(1_000, 10);
        let first = window.take(SECOND, 1).expect("room");
        let late = window.take(SECOND, 1).expect("room");
        window.ended(2 * SECOND, 1, first);
        let next = window.take(63 * SECOND, 1).expect("a new window");
        assert_ne!(next, late);
        let headers = RateLimitHeaders { requests_remaining: Some(0), ..RateLimitHeaders::default() };
        window.ended(64 * SECOND, 1, late);
        window.correct(64 * SECOND, &headers, 1, true, late);
        assert!(window.take(64 * SECOND, 1).is_ok(), "the response belonged to the previous window");
    }

    #[test]
    fn a_window_that_is_closed_is_empty() {
        let mut window = window(1_000, 10);
        let first = window.take(SECOND, 1).expect("room");
        window.give_back(1, first);
        let headers = RateLimitHeaders { requests_remaining: Some(0), ..RateLimitHeaders::default() };
        window.correct(2 * SECOND, &headers, 1, true, window.epoch);
        assert!(window.take(3 * SECOND, 1).is_ok(), "no request in flight could open it");
    }

    #[test]
    fn a_pause_that_is_no_limit_makes_no_window_smaller() {
        let mut window = window(1_000, 100);
        window.block(2 * SECOND, false);
        assert_eq!(window.take(SECOND, 1), Err(SECOND));
        assert_eq!((0..200).take_while(|_| window.take(3 * SECOND, 1).is_ok()).count(), 100);
    }

    #[test]
    fn an_estimate_gives_way_to_the_cost() {
        let mut window = window(100, 10);
        assert!(window.take(SECOND, 90).is_ok());
        window.ended(SECOND, 1, window.epoch);
        window.correct(
            SECOND,
            &RateLimitHeaders { cost: Some(40), ..RateLimitHeaders::default() },
            90,
            true,
            window.epoch,
        );
        assert!(window.take(SECOND, 60).is_ok());
        assert!(window.take(SECOND, 1).is_err());
    }

    #[test]
    fn a_reset_that_cannot_be_is_not_believed() {
        let mut window = window(10, 1);
        assert!(window.take(100 * SECOND, 1).is_ok());
        window.ended(100 * SECOND, 1, window.epoch);
        for reset in [Duration::ZERO, 99 * SECOND, 10_000 * SECOND] {
            window.correct(
                100 * SECOND,
                &RateLimitHeaders { reset: Some(reset), ..RateLimitHeaders::default() },
                1,
                true,
                window.epoch,
            );
            assert_eq!(window.take(100 * SECOND, 1), Err(60 * SECOND), "{reset:?}");
        }
    }
}
