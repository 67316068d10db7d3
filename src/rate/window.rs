//! A limit as the tenant counts it: fixed windows of requests, each from its first request on.
//!
//! *Invariant*: no window of the tenant has more requests than the limit, wherever its windows begin and however long
//! requests are on their way, as long as no other client uses the key. A request is therefore counted together with all
//! that the tenant may count with it. Those are the requests in flight, and those that ended
//! - less than the length of a window ago, and
//! - not before the end of a window that is over, where that end is known.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::headers::{LONGEST_WAIT, RateLimitHeaders};
use super::log::Log;
use super::quota::Quota;

/// What a limit allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) limit: Quota,
    pub(super) length: Duration,
    /// In percent: the rest is for other users of the key.
    pub(super) share: u32,
}

/// How much of a limit is used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    own: Log,
    in_flight: Quota,
    /// What the tenant counted and this client did not send.
    foreign: Log,
    phase: Phase,
    /// What ended before belongs to windows that are over.
    #[serde(with = "super::micros")]
    over: Duration,
    /// The tenant accepts no requests until then.
    #[serde(with = "super::micros")]
    blocked_until: Duration,
    /// The most own requests of a window, while others use the key.
    ceiling: Option<Ceiling>,
    /// Others use the key. Until then, requests are spread over the window, so that all find room in it.
    #[serde(with = "super::micros")]
    spread_until: Duration,
    /// When the next request may be sent, while requests are spread.
    #[serde(with = "super::micros")]
    next_at: Duration,
    /// Refusals of which the tenant did not report how long they last, since the last accepted request.
    refusals: Option<Refusals>,
    /// The limit of requests and the length of a window, as the tenant reported them.
    reported: Option<u32>,
    reported_length: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Ceiling {
    requests: u32,
    until: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Refusals {
    since: Duration,
    /// When the last of the refused requests was sent.
    sent: Duration,
}

/// What is known about the tenant's current window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Phase {
    /// It begins with a request that arrives at `since` or later, at the latest with one that is sent at `from` or later.
    Opening { since: Duration, from: Duration },
    /// It ends between `early` and `ends`. A request that was sent before `from` may belong to an earlier one.
    Open { from: Duration, early: Duration, ends: Duration },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Opening { since: Duration::ZERO, from: Duration::ZERO }
    }
}

/// How a request ended, for one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Accepted,
    /// The caller gave up, or no response arrived.
    Unknown,
    /// This limit refused it. The tenant may have reported when it accepts requests again.
    Refused {
        until: Option<Duration>,
    },
    /// Another limit refused it, so that this one did not count it.
    RefusedByOther,
}

impl Window {
    /// The limit of requests and the length of the window, if the tenant reported them.
    pub(super) fn reported(&self, rule: &Rule) -> Option<(u32, Duration)> {
        self.reported.map(|requests| (requests, self.length(rule)))
    }

    /// The requests that the limit allows to all users of the key.
    pub(super) fn limit(&self, rule: &Rule) -> u32 {
        self.reported.unwrap_or(rule.limit.requests)
    }

    /// The requests that may be counted together with one that is sent now.
    pub(super) fn used(&mut self, rule: &Rule, now: Duration) -> u32 {
        self.count(rule, now).requests
    }

    fn length(&self, rule: &Rule) -> Duration {
        self.reported_length.unwrap_or_default().max(rule.length)
    }

    /// The cost of own requests that may be counted together with one that is sent now.
    fn count_own(&mut self, rule: &Rule, now: Duration) -> Quota {
        if let Phase::Open { early, ends, .. } = self.phase
            && now >= ends
        {
            self.over = self.over.max(early);
            self.phase = Phase::Opening { since: early, from: ends };
        }
        let expired = now.saturating_sub(self.length(rule));
        self.own.forget(expired, self.over);
        self.foreign.forget(expired, self.over);
        let mut own = self.own.sum();
        own.add(self.in_flight);
        own
    }

    fn count(&mut self, rule: &Rule, now: Duration) -> Quota {
        let mut count = self.count_own(rule, now);
        count.add(self.foreign.sum());
        count
    }

    /// Whether a request may be sent now after those that are `reserved`, or how long to wait before trying again.
    pub(super) fn check(&mut self, rule: &Rule, now: Duration, points: u32, reserved: Quota) -> Result<(), Duration> {
        if now < self.blocked_until {
            return Err(self.blocked_until.saturating_sub(now));
        }
        let mut own = self.count_own(rule, now);
        own.add(reserved);
        let mut count = own;
        count.add(self.foreign.sum());
        // Until the tenant accepts a request, one after the other is tried.
        if self.refusals.is_some() && self.in_flight.requests + reserved.requests > 0 {
            return Err(POLL);
        }
        if now < self.spread_until && now < self.next_at {
            return Err(self.next_at.saturating_sub(now));
        }
        let ceiling = self.ceiling.filter(|ceiling| now < ceiling.until).map_or(u32::MAX, |ceiling| ceiling.requests);
        // A request that costs more than the whole window goes first in its own window.
        let has_points =
            count.requests == 0 || count.points.saturating_add(points) <= allowed(rule.limit.points, rule.share);
        let most = allowed(self.limit(rule), rule.share);
        if has_points && count.requests < most && own.requests < ceiling {
            return Ok(());
        }
        Err(self.next_room(rule, now).unwrap_or(POLL))
    }

    /// When the count becomes lower, if no response arrives before.
    fn next_room(&self, rule: &Rule, now: Duration) -> Option<Duration> {
        let expires = |log: &Log| Some(log.next()?.saturating_add(self.length(rule)));
        let end = match self.phase {
            Phase::Open { ends, .. } => Some(ends),
            Phase::Opening { .. } => None,
        };
        let next = [expires(&self.own), expires(&self.foreign), end].into_iter().flatten().min()?;
        Some(next.saturating_sub(now)).filter(|wait| !wait.is_zero())
    }

    /// Counts a request that is sent now.
    pub(super) fn take(&mut self, rule: &Rule, now: Duration, points: u32) {
        if self.count(rule, now).requests == 0 {
            // Nothing that was sent before can have begun the tenant's window.
            self.phase = Phase::Opening { since: now, from: now };
        }
        self.in_flight.add(Quota::one(points));
        // Somewhat faster than the limit, so that all of it is used even if the window was not begun at its start.
        let spread = self.length(rule) * 4 / 5 / allowed(self.limit(rule), rule.share);
        self.next_at = now.saturating_add(spread);
    }

    /// Others use the key: spreads requests until the end of the next window.
    pub(super) fn spread(&mut self, rule: &Rule, now: Duration) {
        self.spread_until = self.blocked_until.max(now).saturating_add(2 * self.length(rule));
    }

    /// Returns the cost of a request that was never sent.
    pub(super) fn give_back(&mut self, points: u32) {
        self.in_flight.subtract(Quota::one(points));
    }

    /// Records how a request ended that was sent at `sent` and cost `points`, and what the tenant reports about this limit.
    /// The tenant's figures take precedence; those for an earlier window are ignored.
    pub(super) fn end(
        &mut self,
        rule: &Rule,
        now: Duration,
        (sent, points): (Duration, u32),
        ending: Ending,
        headers: &RateLimitHeaders,
    ) {
        self.in_flight.subtract(Quota::one(points));
        // The end of a window may have passed while the request was on its way.
        self.count_own(rule, now);
        if let Ending::Refused { until } = ending {
            self.refused(rule, now, sent, until);
        }
        if matches!(ending, Ending::Refused { .. } | Ending::RefusedByOther) {
            return;
        }
        let length = self.length(rule);
        self.own.push(now, length, Quota::one(headers.cost.unwrap_or(points)));
        if let Phase::Opening { since, from } = self.phase
            && sent >= from
        {
            // The window began between `since` and now.
            let (early, ends) = (since.saturating_add(length), now.saturating_add(length));
            self.phase = Phase::Open { from, early, ends };
        }
        if ending == Ending::Accepted {
            self.accepted(rule, now, sent, headers);
        }
    }

    fn accepted(&mut self, rule: &Rule, now: Duration, sent: Duration, headers: &RateLimitHeaders) {
        if let Some(refusals) = self.refusals
            && sent > refusals.sent
        {
            // A window began since the last refusal.
            let length = self.length(rule);
            self.refusals = None;
            self.over = self.over.max(refusals.sent);
            let (early, ends) = (refusals.sent.saturating_add(length), now.saturating_add(length));
            self.phase = Phase::Open { from: sent, early, ends };
        }
        // What is reported about a window that may be over says nothing about this one.
        let (Phase::Opening { from, .. } | Phase::Open { from, .. }) = self.phase;
        if let Some(limit) = headers.requests_limit.filter(|limit| *limit > 0) {
            self.reported = Some(limit);
        }
        if sent < from {
            return;
        }
        if let Some(remaining) = headers.requests_remaining {
            let reported = self.limit(rule).saturating_sub(remaining);
            // The tenant does not count requests that are still on their way, so its figure only raises the count.
            let missing = reported.saturating_sub(self.count(rule, now).requests);
            if missing > 0 {
                // With the first response, they may be those of an earlier process.
                if self.own.sum().requests > 1 {
                    self.spread(rule, now);
                }
                self.foreign.push(now, self.length(rule), Quota { points: 0, requests: missing });
            }
        }
        // A reset further away is implausible, and would block calls for too long.
        let latest = now.saturating_add(LONGEST_WAIT);
        if let Some(reset) = headers.reset.filter(|reset| *reset > now && *reset <= latest) {
            self.ends_by(rule, now, reset);
        }
    }

    /// The tenant's window ends at `reset`, by its own account.
    fn ends_by(&mut self, rule: &Rule, now: Duration, reset: Duration) {
        // The reset has whole seconds, and its rounding is not documented. The difference of clocks has whole seconds too.
        let earliest = reset.saturating_sub(2 * SECOND).max(now);
        // The tenant's window is longer than was assumed.
        let longer = earliest.saturating_sub(now);
        if longer > self.length(rule) {
            self.reported_length = Some(longer);
        }
        let (Phase::Opening { from, .. } | Phase::Open { from, .. }) = self.phase;
        let (mut early, mut end) = (earliest, reset);
        // What is known without the header may be more precise, unless others use the key.
        if let Phase::Open { early: own_early, ends: own_ends, .. } = self.phase
            && own_early <= reset
            && own_ends >= earliest
        {
            (early, end) = (early.max(own_early), end.min(own_ends));
        }
        self.phase = Phase::Open { from, early, ends: end };
    }

    /// This limit refused a request: others use the key, or the limit is lower than was assumed. Until the end of the next
    /// window, this client sends no more requests in a window than were accepted in this one, but at least half of what it
    /// may.
    fn refused(&mut self, rule: &Rule, now: Duration, sent: Duration, until: Option<Duration>) {
        let half = allowed(self.limit(rule), rule.share) / 2;
        let accepted = self.own.sum().requests;
        let is_ceiling_known =
            self.ceiling.is_some_and(|ceiling| sent < ceiling.until.saturating_sub(self.length(rule)));
        if let Some(until) = until {
            self.blocked_until = self.blocked_until.max(until);
            // The delay has whole seconds, and its rounding is not documented.
            let early = self.blocked_until.saturating_sub(SECOND).max(now);
            self.phase = Phase::Open { from: sent, early, ends: self.blocked_until };
            self.refusals = None;
        } else {
            let refusals = self.refusals.get_or_insert(Refusals { since: now, sent });
            refusals.sent = refusals.sent.max(sent);
            // The longer it lasts, the longer it will probably last; but little of the next window should be missed.
            let pause = now.saturating_sub(refusals.since) / 4;
            self.blocked_until = self.blocked_until.max(now + pause.min(self.length(rule) / 12));
        }
        let until = self.blocked_until.max(now).saturating_add(self.length(rule));
        let requests = match self.ceiling {
            // A request that was on its way when another one was refused.
            Some(ceiling) if is_ceiling_known => ceiling.requests,
            _ => accepted.max(half).max(1),
        };
        self.ceiling = Some(Ceiling { requests, until });
    }

    /// Blocks all requests until `until`.
    pub(super) fn block(&mut self, until: Duration) {
        self.blocked_until = self.blocked_until.max(until);
    }
}

/// The part of a limit that may be used. At least 1, so that a small share of a small limit does not stop all calls.
fn allowed(limit: u32, share: u32) -> u32 {
    let percent = u64::from(share.clamp(1, 100));
    u32::try_from(u64::from(limit) * percent / 100).unwrap_or(limit).max(1)
}

/// The precision with which headers report the end of a window.
const SECOND: Duration = Duration::from_secs(1);

/// How often a caller checks whether a request in flight has ended.
pub(super) const POLL: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, VecDeque};

    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn rule(points: u32, requests: u32) -> Rule {
        Rule { limit: Quota { points, requests }, length: MINUTE, share: 100 }
    }

    /// A window with its rule.
    struct Limit(Rule, Window);

    impl Limit {
        fn new(points: u32, requests: u32) -> Self {
            Self(rule(points, requests), Window::default())
        }

        fn take(&mut self, now: Duration, points: u32) -> Result<(Duration, u32), Duration> {
            self.1.check(&self.0, now, points, Quota::default())?;
            self.1.take(&self.0, now, points);
            Ok((now, points))
        }

        fn take_all(&mut self, now: Duration) -> Vec<(Duration, u32)> {
            std::iter::from_fn(|| self.take(now, 1).ok()).take(10_000).collect()
        }

        fn end(&mut self, now: Duration, request: (Duration, u32), headers: RateLimitHeaders) {
            self.1.end(&self.0, now, request, Ending::Accepted, &headers);
        }

        fn refuse(&mut self, now: Duration, request: (Duration, u32), until: Option<Duration>) {
            self.1.end(&self.0, now, request, Ending::Refused { until }, &RateLimitHeaders::default());
        }
    }

    fn no_headers() -> RateLimitHeaders {
        RateLimitHeaders::default()
    }

    #[test]
    fn a_window_is_spent_and_begins_anew_after_its_end() {
        let mut limit = Limit::new(100, 3);
        let start = 1_000 * SECOND;
        let first = limit.take(start, 60).expect("room");
        assert_eq!(limit.take(start, 50), Err(POLL), "its start is not known yet");
        limit.end(start + SECOND, first, no_headers());
        assert_eq!(limit.take(start + SECOND, 50), Err(60 * SECOND));
        let second = limit.take(start + SECOND, 40).expect("room");
        let third = limit.take(start + 2 * SECOND, 0).expect("room");
        assert_eq!(limit.take(start + 2 * SECOND, 0), Err(59 * SECOND), "three requests");
        for request in [second, third] {
            limit.end(start + 3 * SECOND, request, no_headers());
        }
        assert!(limit.take(start + 61 * SECOND, 100).is_ok(), "all of them were in the window that is over");
    }

    /// The tenant's own window, from the first request that arrives, regardless of the client's view.
    #[derive(Default)]
    struct Tenant {
        start: Option<Duration>,
        spent: Quota,
        /// How many requests each window took.
        windows: Vec<u32>,
    }

    impl Tenant {
        fn takes(&mut self, now: Duration, points: u32, rule: &Rule) -> bool {
            if self.start.is_none_or(|start| now >= start + rule.length) {
                (self.start, self.spent) = (Some(now), Quota::default());
                self.windows.push(0);
            }
            self.spent.add(Quota::one(points));
            *self.windows.last_mut().expect("a window") += 1;
            self.spent.points <= rule.limit.points && self.spent.requests <= rule.limit.requests
        }
    }

    /// A request that a caller wants to send.
    #[derive(Debug, Clone, Copy)]
    struct Call {
        at: Duration,
        points: u32,
        there: Duration,
        back: Duration,
        is_dropped: bool,
    }

    enum Happens {
        Wants(Call),
        Tries,
        Arrives(u32),
        Ends((Duration, u32)),
    }

    /// Serves calls in their order, as many at a time as the limit permits. `next` makes a further call when one has ended.
    /// Returns the tenant, and when the last call ended.
    fn run(rule: Rule, calls: &[Call], mut next: impl FnMut(Duration) -> Option<Call>) -> (Tenant, Duration) {
        let (mut limit, mut tenant, mut last) = (Limit(rule, Window::default()), Tenant::default(), Duration::ZERO);
        let mut queue: VecDeque<Call> = VecDeque::new();
        let (mut head_since, mut is_trying) = (None, false);
        let mut number = 0;
        let mut events: BTreeMap<(Duration, u32), Happens> = BTreeMap::new();
        let mut add = |events: &mut BTreeMap<_, _>, at, event| {
            number += 1;
            events.insert((at, number), event);
        };
        for call in calls {
            add(&mut events, call.at, Happens::Wants(*call));
        }
        while let Some(((now, _), event)) = events.pop_first() {
            match event {
                Happens::Wants(call) => queue.push_back(call),
                Happens::Tries => is_trying = false,
                Happens::Arrives(points) => {
                    assert!(tenant.takes(now, points, &rule), "a window is exceeded at {now:?}");
                }
                Happens::Ends(request) => {
                    limit.end(now, request, no_headers());
                    last = now;
                    queue.extend(next(now));
                }
            }
            while let Some(call) = queue.front().copied() {
                match limit.take(now, call.points) {
                    Ok(request) if call.is_dropped => limit.1.give_back(request.1),
                    Ok(request) => {
                        add(&mut events, now + call.there, Happens::Arrives(call.points));
                        add(&mut events, now + call.there + call.back, Happens::Ends(request));
                    }
                    Err(wait) => {
                        assert!(!wait.is_zero() && wait <= rule.length, "{wait:?}");
                        let since = *head_since.get_or_insert(now);
                        assert!(now <= since + 3 * rule.length + 10 * SECOND, "it waits forever");
                        if !std::mem::replace(&mut is_trying, true) {
                            add(&mut events, now + wait, Happens::Tries);
                        }
                        break;
                    }
                }
                head_since = None;
                queue.pop_front();
            }
        }
        assert!(queue.is_empty());
        (tenant, last)
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
            ..ProptestConfig::default()
        })]

        /// Whatever is requested at the same time, however long responses take, and whatever is dropped before it is sent:
        /// a tenant with these limits refuses nothing, and no request waits for ever.
        #[test]
        fn no_window_is_exceeded(
            points in 1u32..200,
            requests in 1u32..20,
            length in prop::sample::select(vec![1u32, 5, 60]),
            calls in prop::collection::vec((0u64..2_000, 0u32..250, 0u64..5_000, 0u64..5_000, prop::bool::weighted(0.1)), 1..150),
        ) {
            let rule = Rule { length: length * SECOND, ..rule(points, requests) };
            let mut at = 1_000 * SECOND;
            let calls: Vec<Call> = calls.into_iter().map(|(pause, cost, there, back, is_dropped)| {
                at += Duration::from_millis(pause);
                let [there, back] = [there, back].map(Duration::from_millis);
                // A query that costs more points than a window has is rejected earlier, or goes first.
                Call { at, points: cost.min(points), there, back, is_dropped }
            }).collect();
            run(rule, &calls, |_| None);
        }

        /// The same with callers who wait for each response before their next request, and windows as short as a way.
        #[test]
        fn no_window_is_exceeded_by_callers_in_a_row(
            requests in 1u32..30,
            callers in 1usize..8,
            ways in prop::collection::vec((0u64..1_500, 0u64..1_500), 1..300),
        ) {
            let rule = Rule { length: SECOND, ..rule(1, requests) };
            let mut ways = ways.into_iter().map(|(there, back)| [there, back].map(Duration::from_millis));
            let mut call = |at| ways.next().map(|[there, back]| Call { at, points: 0, there, back, is_dropped: false });
            let first: Vec<Call> = (0..callers).filter_map(|_| call(1_000 * SECOND)).collect();
            run(rule, &first, call);
        }

        /// Headers may contain anything: the window never waits longer than it trusts them.
        #[test]
        fn no_header_blocks_for_ever(
            limit in prop::option::of(any::<u32>()),
            remaining in prop::option::of(any::<u32>()),
            cost in prop::option::of(any::<u32>()),
            reset in prop::option::of(any::<u32>()),
        ) {
            let mut window = Limit::new(100, 10);
            let now = 1_000 * SECOND;
            let request = window.take(now, 1).expect("room");
            let headers = RateLimitHeaders {
                requests_limit: limit,
                requests_remaining: remaining,
                cost,
                reset: reset.map(|reset| Duration::from_secs(reset.into())),
                retry_after: None,
            };
            window.end(now, request, headers);
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

    fn call(at: Duration, latency: Duration) -> Call {
        Call { at, points: 0, there: latency / 2, back: latency / 2, is_dropped: false }
    }

    #[test]
    fn calls_in_a_row_are_not_held_up_by_a_limit_that_is_far_away() {
        for milliseconds in [100, 300, 800] {
            let (latency, rule) = (Duration::from_millis(milliseconds), Rule { length: SECOND, ..rule(1, 20) });
            let mut left = 999;
            let (_, last) = run(rule, &[call(SECOND, latency)], |now| {
                left -= 1;
                (left >= 0).then(|| call(now, latency))
            });
            let unpaced = 1_000 * latency;
            assert!(last <= SECOND + unpaced * 103 / 100, "until {last:?} instead of {unpaced:?}");
        }
    }

    #[test]
    fn at_full_demand_each_window_of_the_tenant_is_used_up() {
        for (milliseconds, callers) in [(100, 3_600), (300, 3_600), (1_000, 3_600), (300, 40), (1_000, 100)] {
            let latency = Duration::from_millis(milliseconds);
            let first: Vec<Call> = (0..callers).map(|_| call(SECOND, latency)).collect();
            let mut left = 3_600 - callers;
            let (tenant, last) = run(rule(1, 600), &first, |now| {
                (left > 0).then(|| {
                    left -= 1;
                    call(now, latency)
                })
            });
            let full = tenant.windows.split_last().expect("windows").1;
            assert!(full.iter().all(|requests| *requests >= 588), "{callers}: {:?}", tenant.windows);
            // The client cannot know when its first request arrived, which costs a latency in each window.
            let most = 5 * (MINUTE + latency) + MINUTE * callers.min(600) / 600 + latency;
            assert!(last <= SECOND + most.max(MINUTE * 6), "{callers}: {last:?}");
        }
    }

    #[test]
    fn what_was_not_sent_is_given_back() {
        let mut limit = Limit::new(100, 10);
        assert!(limit.take(SECOND, 100).is_ok());
        limit.1.give_back(100);
        assert!(limit.take(SECOND, 100).is_ok());
    }

    #[test]
    fn a_share_leaves_room() {
        let mut limit = Limit(Rule { share: 60, ..rule(100, 10) }, Window::default());
        let request = limit.take(SECOND, 60).expect("room");
        limit.end(SECOND, request, no_headers());
        assert_eq!(limit.take(SECOND, 1), Err(60 * SECOND));
    }

    #[test]
    fn the_tenant_is_right() {
        let mut limit = Limit::new(1_000, 100);
        let now = 100 * SECOND;
        let request = limit.take(now, 1).expect("room");
        let headers = RateLimitHeaders {
            requests_limit: Some(50),
            requests_remaining: Some(0),
            reset: Some(now + 7 * SECOND),
            ..RateLimitHeaders::default()
        };
        limit.end(now, request, headers);
        assert_eq!(limit.take(now, 1), Err(7 * SECOND), "others have used it up");
        let request = limit.take(now + 7 * SECOND, 1).expect("room");
        limit.refuse(now + 7 * SECOND, request, Some(now + 30 * SECOND));
        assert_eq!(limit.take(now + 10 * SECOND, 1), Err(20 * SECOND));
        assert!(limit.take(now + 30 * SECOND, 1).is_ok());
    }

    #[test]
    fn a_window_that_others_use_as_well_becomes_smaller_but_not_below_half() {
        let mut limit = Limit::new(1_000, 100);
        let mut now = SECOND;
        // Two windows in a row with refusals: the floor is the same in the second.
        for _ in 0..2 {
            let requests = limit.take_all(now);
            for (number, request) in requests.into_iter().enumerate() {
                match number {
                    0..40 => limit.end(now, request, no_headers()),
                    _ => limit.refuse(now, request, Some(now + MINUTE)),
                }
            }
            now += MINUTE;
            let requests = limit.take_all(now);
            assert_eq!(requests.len(), 50, "at least half of the limit");
            for request in requests {
                limit.1.give_back(request.1);
            }
        }
        let requests = limit.take_all(now);
        for request in requests {
            limit.end(now, request, no_headers());
        }
        assert_eq!(limit.take_all(now + MINUTE).len(), 100, "nothing was refused for a window");
    }

    #[test]
    fn after_a_refusal_without_a_delay_one_request_at_a_time_is_tried() {
        let mut limit = Limit::new(1_000, 100);
        let request = limit.take(SECOND, 1).expect("room");
        limit.refuse(2 * SECOND, request, None);
        let probe = limit.take(3 * SECOND, 1).expect("a probe");
        assert_eq!(limit.take(3 * SECOND, 1), Err(POLL));
        limit.refuse(4 * SECOND, probe, None);
        let probe = limit.take(5 * SECOND, 1).expect("a probe");
        limit.end(6 * SECOND, probe, no_headers());
        assert_eq!(limit.take_all(6 * SECOND).len(), 49, "half of the limit, and the probe");
    }

    #[test]
    fn a_refusal_by_another_limit_is_not_counted() {
        let mut limit = Limit::new(1_000, 10);
        let request = limit.take(SECOND, 1).expect("room");
        limit.1.end(&limit.0, 2 * SECOND, request, Ending::RefusedByOther, &no_headers());
        assert_eq!(limit.take_all(2 * SECOND).len(), 10);
    }

    #[test]
    fn what_belongs_to_an_earlier_window_does_not_shut_this_one() {
        let mut limit = Limit::new(1_000, 10);
        let first = limit.take(SECOND, 1).expect("room");
        let late = limit.take(SECOND, 1).expect("room");
        limit.end(2 * SECOND, first, no_headers());
        let next = limit.take(63 * SECOND, 1).expect("a new window");
        let headers = RateLimitHeaders { requests_remaining: Some(0), ..RateLimitHeaders::default() };
        limit.end(64 * SECOND, late, headers);
        assert!(limit.take(64 * SECOND, 1).is_ok(), "the response belonged to the previous window");
        limit.end(64 * SECOND, next, headers);
        assert!(limit.take(64 * SECOND, 1).is_err());
    }

    #[test]
    fn a_pause_that_is_no_limit_makes_no_window_smaller() {
        let mut limit = Limit::new(1_000, 100);
        limit.1.block(2 * SECOND);
        assert_eq!(limit.take(SECOND, 1), Err(SECOND));
        assert_eq!(limit.take_all(3 * SECOND).len(), 100);
    }

    #[test]
    fn an_estimate_gives_way_to_the_cost() {
        let mut limit = Limit::new(100, 10);
        let request = limit.take(SECOND, 90).expect("room");
        limit.end(SECOND, request, RateLimitHeaders { cost: Some(40), ..RateLimitHeaders::default() });
        assert!(limit.take(SECOND, 60).is_ok());
        assert!(limit.take(SECOND, 1).is_err());
    }

    #[test]
    fn a_reset_that_cannot_be_is_not_believed() {
        for reset in [Duration::ZERO, 99 * SECOND, 10_000 * SECOND] {
            let mut limit = Limit::new(10, 1);
            let request = limit.take(100 * SECOND, 1).expect("room");
            limit.end(100 * SECOND, request, RateLimitHeaders { reset: Some(reset), ..RateLimitHeaders::default() });
            assert_eq!(limit.take(100 * SECOND, 1), Err(60 * SECOND), "{reset:?}");
        }
    }
}
