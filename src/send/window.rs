//! The tenant's limit as a window: so many points and requests from the first request on, then anew.

use std::time::Duration;

/// A budget for a window of time. What it says is the client's own count, which the tenant's headers correct.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    length: Duration,
    limit: Budget,
    /// In percent: the rest is for others that use the key.
    share: u32,
    spent: Budget,
    state: State,
    /// What was spent on requests that may have arrived in the tenant's next window, and when the last of them ended.
    carried: Budget,
    carried_until: Duration,
    /// Until then the tenant wants nothing.
    blocked_until: Duration,
    /// How many requests of this window the tenant took, and whether it refused any.
    accepted: u32,
    refused: bool,
    /// The most requests that the tenant took of this client while others used the key as well.
    ceiling: u32,
}

/// Points and requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Budget {
    pub(crate) points: u32,
    pub(crate) requests: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was sent yet, or the window is over.
    Closed,
    /// The first request is on its way since then. The tenant's window begins when it arrives, which is not known yet.
    /// A request that may have begun it already, for which there is an answer, has left it for good at `over`.
    Opening { since: Duration, over: Option<Duration> },
    /// The tenant's window ends between these two. What arrives then may be of the next one already.
    Open { early: Duration, ends: Duration },
}

impl Window {
    pub(crate) fn new(limit: Budget, length: Duration, share: u32) -> Self {
        Self {
            length,
            limit,
            share: share.clamp(1, 100),
            spent: Budget::default(),
            state: State::Closed,
            carried: Budget::default(),
            carried_until: Duration::ZERO,
            blocked_until: Duration::ZERO,
            accepted: 0,
            refused: false,
            ceiling: u32::MAX,
        }
    }

    /// Takes what a request costs, or says how long to wait before asking again.
    pub(crate) fn take(&mut self, now: Duration, points: u32) -> Result<(), Duration> {
        if now < self.blocked_until {
            return Err(self.blocked_until.saturating_sub(now));
        }
        loop {
            // What is sent in between is of this window or of the next: nobody can count it.
            let (early, ends) = match self.state {
                State::Open { early, ends } => (early, ends),
                State::Opening { since, over: Some(over) } => (since + self.length, over),
                State::Opening { over: None, .. } | State::Closed => break,
            };
            if now >= ends {
                self.close(early);
            } else if now >= early {
                return Err(ends.saturating_sub(now));
            } else {
                break;
            }
        }
        let allowed =
            |limit: u32| u32::try_from(u64::from(limit) * u64::from(self.share) / 100).unwrap_or(limit).max(1);
        let (most_points, most_requests) = (allowed(self.limit.points), allowed(self.limit.requests).min(self.ceiling));
        let is_first = self.spent.requests == 0;
        // A request that costs more than the whole window goes first in a window of its own.
        let fits = self.spent.requests < most_requests && (is_first || self.spent.points + points <= most_points);
        if !fits {
            return Err(match self.state {
                State::Open { ends, .. } => ends.saturating_sub(now),
                State::Opening { over: Some(over), .. } => over.saturating_sub(now),
                // It is known when the first answer is there, which may take a while.
                State::Opening { .. } | State::Closed => POLL,
            });
        }
        self.spent.points = self.spent.points.saturating_add(points);
        self.spent.requests += 1;
        match self.state {
            State::Closed => self.state = State::Opening { since: now, over: None },
            State::Opening { since, .. } => self.state = State::Opening { since, over: None },
            State::Open { .. } => {}
        }
        Ok(())
    }

    /// Ends the window, and begins the next with what may have been spent of it already. Where the tenant refused some of it, others use the key: the next window takes no more than
    /// this one was given, and those after it a little more each.
    fn close(&mut self, early: Duration) {
        if self.refused {
            self.ceiling = self.accepted.max(1);
        } else {
            self.ceiling = self.ceiling.saturating_add((self.ceiling / 10).max(1));
        }
        (self.accepted, self.refused) = (0, false);
        self.spent = std::mem::take(&mut self.carried);
        self.state = if self.spent.requests == 0 {
            State::Closed
        } else {
            // One of them began the tenant's next window, at the end of this one at the earliest; or none did.
            State::Opening { since: early, over: Some(self.carried_until + self.length) }
        };
    }

    /// Gives back what was taken for a request that was never sent.
    pub(crate) fn give_back(&mut self, points: u32) {
        self.spent.points = self.spent.points.saturating_sub(points);
        self.spent.requests = self.spent.requests.saturating_sub(1);
        if self.spent.requests == 0 && matches!(self.state, State::Opening { .. }) {
            self.state = State::Closed;
        }
    }

    /// Notes that a request of so many points ended: the tenant's window began before that.
    pub(crate) fn ended(&mut self, now: Duration, points: u32) {
        match self.state {
            State::Opening { since, .. } => {
                self.state = State::Open { early: since + self.length, ends: now + self.length };
            }
            State::Open { early, .. } if now >= early => {
                self.carried.points = self.carried.points.saturating_add(points);
                self.carried.requests += 1;
                self.carried_until = now;
            }
            _ => {}
        }
    }

    /// Notes what the tenant says of its limit, in its answer to a request that took so many points. The tenant is right.
    pub(crate) fn correct(&mut self, now: Duration, told: &Told, points: u32, accepted: bool) {
        self.accepted += u32::from(accepted);
        if let Some(limit) = told.requests_limit.filter(|limit| *limit > 0) {
            self.limit.requests = limit;
        }
        if let Some(cost) = told.cost {
            self.spent.points = self.spent.points.saturating_sub(points).saturating_add(cost);
        }
        if let Some(remaining) = told.requests_remaining {
            self.spent.requests = self.spent.requests.max(self.limit.requests.saturating_sub(remaining));
        }
        if let Some(reset) = told.reset.filter(|reset| *reset > now && *reset <= now + self.length.saturating_mul(2)) {
            // Told in whole seconds, nobody says rounded which way.
            self.state = State::Open { early: reset.saturating_sub(SECOND).max(now), ends: reset };
        }
    }

    /// Sends nothing more until then.
    pub(crate) fn block(&mut self, until: Duration) {
        self.blocked_until = self.blocked_until.max(until);
        self.refused = true;
        self.state = State::Open { early: self.blocked_until, ends: self.blocked_until };
    }
}

/// How exactly the end of a window is told.
const SECOND: Duration = Duration::from_secs(1);

/// How often a caller looks whether the first answer of a window is there.
const POLL: Duration = Duration::from_millis(20);

/// What the headers of an answer say of the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Told {
    pub(crate) requests_limit: Option<u32>,
    pub(crate) requests_remaining: Option<u32>,
    /// What the query did cost.
    pub(crate) cost: Option<u32>,
    /// When the window ends.
    pub(crate) reset: Option<Duration>,
    /// How long to wait.
    pub(crate) retry_after: Option<Duration>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(points: u32, requests: u32) -> Window {
        Window::new(Budget { points, requests }, 60 * SECOND, 100)
    }

    #[test]
    fn a_window_is_spent_and_begins_anew_after_its_end() {
        let mut window = window(100, 3);
        let start = 1_000 * SECOND;
        assert_eq!(window.take(start, 60), Ok(()));
        assert_eq!(window.take(start, 50), Err(POLL), "nobody knows yet when it began");
        window.ended(start + SECOND, 1);
        assert_eq!(window.take(start + SECOND, 50), Err(60 * SECOND));
        assert_eq!(window.take(start + SECOND, 40), Ok(()));
        assert_eq!(window.take(start + 2 * SECOND, 0), Ok(()));
        assert_eq!(window.take(start + 2 * SECOND, 0), Err(59 * SECOND), "three requests");
        assert_eq!(window.take(start + 61 * SECOND, 100), Ok(()));
    }

    /// A tenant's own window: from the first request that arrives, whatever the client thinks.
    #[derive(Default)]
    struct Tenant {
        window: Option<Duration>,
        spent: Budget,
    }

    impl Tenant {
        fn takes(&mut self, now: Duration, points: u32, limit: Budget) -> bool {
            if self.window.is_none_or(|start| now >= start + 60 * SECOND) {
                (self.window, self.spent) = (Some(now), Budget::default());
            }
            self.spent.points += points;
            self.spent.requests += 1;
            self.spent.points <= limit.points && self.spent.requests <= limit.requests
        }
    }

    proptest! {
        /// Whatever is asked for, however long answers take, and whatever is dropped before it is sent: a tenant with
        /// these limits refuses nothing, and what does not fit waits for no longer than a window.
        #[test]
        fn no_window_is_exceeded(
            points in 1u32..200,
            requests in 1u32..20,
            calls in prop::collection::vec((0u64..20_000, 0u32..250, 0u64..5_000, 0u64..5_000, prop::bool::weighted(0.1)), 1..80),
        ) {
            let limit = Budget { points, requests };
            let mut window = Window::new(limit, 60 * SECOND, 100);
            let mut tenant = Tenant::default();
            let mut now = 1_000 * SECOND;
            for (pause, cost, way_there, way_back, is_dropped) in calls {
                now += Duration::from_millis(pause);
                // A query of more points than a window has is refused before, or goes first.
                let cost = cost.min(points);
                while let Err(wait) = window.take(now, cost) {
                    prop_assert!(wait <= 60 * SECOND && !wait.is_zero(), "{:?}", wait);
                    now += wait;
                }
                if is_dropped {
                    window.give_back(cost);
                    continue;
                }
                now += Duration::from_millis(way_there);
                prop_assert!(tenant.takes(now, cost, limit));
                now += Duration::from_millis(way_back);
                window.ended(now, cost);
                window.correct(now, &Told::default(), cost, true);
            }
        }

        /// Headers may say anything: the window never waits for longer than it believes them.
        #[test]
        fn no_header_blocks_for_ever(
            limit in prop::option::of(any::<u32>()),
            remaining in prop::option::of(any::<u32>()),
            cost in prop::option::of(any::<u32>()),
            reset in prop::option::of(any::<u32>()),
        ) {
            let mut window = window(100, 10);
            let now = 1_000 * SECOND;
            prop_assert_eq!(window.take(now, 1), Ok(()));
            window.ended(now, 1);
            let told = Told {
                requests_limit: limit,
                requests_remaining: remaining,
                cost,
                reset: reset.map(|reset| Duration::from_secs(reset.into())),
                retry_after: None,
            };
            window.correct(now, &told, 1, true);
            let mut later = now;
            for _ in 0..4 {
                match window.take(later, 1) {
                    Ok(()) => return Ok(()),
                    Err(wait) => later += wait,
                }
            }
            prop_assert!(false, "it still waits at {:?}", later.saturating_sub(now));
        }
    }

    #[test]
    fn what_was_not_sent_is_given_back() {
        let mut window = window(100, 10);
        assert_eq!(window.take(SECOND, 100), Ok(()));
        window.give_back(100);
        assert_eq!(window.take(SECOND, 100), Ok(()));
    }

    #[test]
    fn a_share_leaves_room() {
        let mut window = Window::new(Budget { points: 100, requests: 10 }, 60 * SECOND, 60);
        assert_eq!(window.take(SECOND, 60), Ok(()));
        window.ended(SECOND, 1);
        assert_eq!(window.take(SECOND, 1), Err(60 * SECOND));
    }

    #[test]
    fn the_tenant_is_right() {
        let mut window = window(1_000, 100);
        let now = 100 * SECOND;
        assert_eq!(window.take(now, 1), Ok(()));
        let told = Told {
            requests_limit: Some(50),
            requests_remaining: Some(0),
            reset: Some(now + 7 * SECOND),
            ..Told::default()
        };
        window.correct(now, &told, 1, true);
        assert_eq!(window.take(now, 1), Err(7 * SECOND), "others have used it up");
        assert_eq!(window.take(now + 7 * SECOND, 1), Ok(()));
        window.block(now + 30 * SECOND);
        assert_eq!(window.take(now + 10 * SECOND, 1), Err(20 * SECOND));
        assert_eq!(window.take(now + 30 * SECOND, 1), Ok(()));
    }

    #[test]
    fn a_window_that_others_use_as_well_becomes_smaller() {
        let mut window = window(1_000, 100);
        let mut now = SECOND;
        (0..100).for_each(|_| assert_eq!(window.take(now, 1), Ok(())));
        window.ended(now, 1);
        (0..40).for_each(|_| window.correct(now, &Told::default(), 1, true));
        window.block(now + 60 * SECOND);
        let mut took = |now| (0..100).take_while(|_| window.take(now, 1).is_ok()).count();
        now += 60 * SECOND;
        assert_eq!(took(now), 40);
        window.ended(now, 1);
        window.correct(now, &Told::default(), 1, true);
        let mut took = |now| (0..100).take_while(|_| window.take(now, 1).is_ok()).count();
        assert_eq!(took(now + 60 * SECOND), 44);
    }

    #[test]
    fn an_estimate_gives_way_to_the_cost() {
        let mut window = window(100, 10);
        assert_eq!(window.take(SECOND, 90), Ok(()));
        window.ended(SECOND, 1);
        window.correct(SECOND, &Told { cost: Some(40), ..Told::default() }, 90, true);
        assert_eq!(window.take(SECOND, 60), Ok(()));
        assert!(window.take(SECOND, 1).is_err());
    }

    #[test]
    fn a_reset_that_cannot_be_is_not_believed() {
        let mut window = window(10, 1);
        assert_eq!(window.take(100 * SECOND, 1), Ok(()));
        window.ended(100 * SECOND, 1);
        for reset in [Duration::ZERO, 99 * SECOND, 10_000 * SECOND] {
            window.correct(100 * SECOND, &Told { reset: Some(reset), ..Told::default() }, 1, true);
            assert_eq!(window.take(100 * SECOND, 1), Err(60 * SECOND), "{reset:?}");
        }
    }
}
