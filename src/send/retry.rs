//! Whether to retry. Three questions in three places: is the failure transient, may the operation be replayed, is there
//! budget.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::Call;
use crate::execution::Execution;
use crate::runtime::Replay;
use crate::transport::{HttpResponse, TransportError};

/// How often and how long a call is tried.
///
/// ```
/// use std::time::Duration;
/// use thought_industries::{Client, RetryPolicy};
///
/// let policy = RetryPolicy::default().attempts(3).deadline(Duration::from_secs(60));
/// let builder = Client::builder().with_retry_policy(policy);
/// # _ = builder;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The maximum number of attempts of one request: 4.
    pub attempts: u32,
    /// The maximum number of attempts of a request for a page after the first of a list: 10. The pages before it show that
    /// the tenant works, and a list that breaks off loses them: with 4 attempts, a list of 500 pages hardly ever ends if
    /// 30 % of the responses are failures.
    pub page_attempts: u32,
    /// The upper bound of the first pause, doubled after each attempt: half a second. The actual pause is random, up to
    /// that bound.
    pub backoff: Duration,
    /// The longest pause that the client chooses; the tenant may ask for a longer one: 30 seconds.
    pub longest_backoff: Duration,
    /// The maximum duration of a request with all its attempts and pauses, without the time that it waits for the
    /// tenant's limit: 5 minutes.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            page_attempts: 10,
            backoff: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(30),
            deadline: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// A policy with a single attempt.
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// The maximum number of attempts of one request, also of those for the pages of a list.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        let attempts = attempts.max(1);
        Self { attempts, page_attempts: attempts, ..self }
    }

    /// The maximum number of attempts of a request for a page after the first of a list. Call it after
    /// [`attempts`](Self::attempts), which sets both.
    #[must_use]
    pub fn page_attempts(self, attempts: u32) -> Self {
        Self { page_attempts: attempts.max(1), ..self }
    }

    /// The maximum duration of a request with all its attempts and pauses, without the time that it waits for the
    /// tenant's limit.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// The policy for a page after the first of a list.
    pub(crate) fn of_further_page(&self) -> Self {
        Self { attempts: self.page_attempts, ..self.clone() }
    }

    /// The pause after an attempt: full jitter, so that clients that failed together do not retry together.
    pub(super) fn pause(&self, attempt: u32, chance: f64) -> Duration {
        let doubled = self.backoff.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        // A clock of a caller may return any number, and `mul_f64` panics on a negative one.
        doubled.min(self.longest_backoff).mul_f64(chance.clamp(0.0, 1.0))
    }
}

/// The classification of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The same request would get the same response again.
    Final,
    /// A later attempt may succeed. Holds what is known about whether this one was carried out.
    Transient(Execution, Cause),
}

/// Why a later attempt may succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The tenant's limit.
    Limit,
    /// The tenant or the way to it failed.
    Failure,
    /// A success status with a body that is not whole JSON: something on the way replaced or cut it.
    Body,
}

/// Classifies an attempt. What was read is whole.
pub(super) fn classify(call: &Call, result: &Result<HttpResponse, TransportError>, is_read: bool) -> Verdict {
    let response = match result {
        Err(error) if error.is_permanent() => return Verdict::Final,
        Err(error) if error.is_not_sent() => return Verdict::Transient(Execution::DidNotRun, Cause::Failure),
        Err(_) => return Verdict::Transient(Execution::Unknown, Cause::Failure),
        Ok(response) => response,
    };
    match response.status {
        // A tenant checks its limit before it does anything.
        429 => Verdict::Transient(Execution::DidNotRun, Cause::Limit),
        // Too Early: the server was not willing to process the request.
        425 => Verdict::Transient(Execution::DidNotRun, Cause::Failure),
        // An endpoint that was never used may respond so because it does not exist.
        500 if call.is_first_contact => Verdict::Final,
        // 501 is final: what a server does not support now, it does not support a moment later. 520 to 525 are a
        // proxy's, about the server behind it.
        408 | 500 | 502..=504 | 520..=525 => Verdict::Transient(Execution::Unknown, Cause::Failure),
        // Before an endpoint has responded as what it should be, a page is evidence that it is another one.
        200..=299 if !is_read && !call.is_mutation() && !call.is_first_contact && !is_whole(response) => {
            Verdict::Transient(Execution::DidNotRun, Cause::Body)
        }
        // The request forbids responses of a cache. What is old would hide what was just written.
        _ if !call.is_mutation() && response.age().is_some() => Verdict::Transient(Execution::DidNotRun, Cause::Body),
        _ => Verdict::Final,
    }
}

/// Whether a body is whole JSON, or rightly empty.
fn is_whole(response: &HttpResponse) -> bool {
    response.status == 204 || serde_json::from_slice::<IgnoredAny>(&response.body).is_ok()
}

/// The attempts of a call.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Those that failed.
    pub(super) failures: u32,
    /// Those that the tenant's limit refused.
    pub(super) limited: u32,
    /// Those that were redirected.
    pub(super) redirects: u32,
    /// What the last retry took from the budget.
    pub(super) spent: Tokens,
}

impl Counts {
    /// The number of the next attempt, from 1.
    pub(super) fn attempt(&self) -> u32 {
        self.failures + self.limited + self.redirects + 1
    }

    pub(super) fn count(&mut self, cause: Cause) {
        match cause {
            Cause::Limit => self.limited += 1,
            Cause::Failure | Cause::Body => self.failures += 1,
        }
    }
}

/// The time that a call has left. Waiting for the tenant's limit is not trouble, so it moves the deadline.
#[derive(Debug)]
pub(super) struct Time {
    pub(super) deadline: Duration,
    /// How long it may still wait for the limit.
    pub(super) left_to_wait: Duration,
}

impl Time {
    pub(super) fn new(now: Duration, policy: &RetryPolicy, max_wait: Duration) -> Self {
        Self { deadline: now.saturating_add(policy.deadline), left_to_wait: max_wait }
    }

    /// Records a wait for the limit.
    pub(super) fn waited(&mut self, duration: Duration) {
        self.deadline = self.deadline.saturating_add(duration);
        self.left_to_wait = self.left_to_wait.saturating_sub(duration);
    }

    /// Whether a pause fits.
    pub(super) fn allows(&self, now: Duration, pause: Duration, cause: Cause) -> bool {
        match cause {
            Cause::Limit => pause <= self.left_to_wait,
            Cause::Failure | Cause::Body => now.saturating_add(pause) < self.deadline,
        }
    }
}

/// Whether an operation may be retried after an attempt with this execution.
pub(super) fn may_replay(replay: Replay, execution: Execution) -> bool {
    !execution.may_have_run() || replay != Replay::Never
}

/// What retries cost.
pub(super) type Tokens = u32;

/// The retries that all calls of a client share, so that a tenant that is down gets little traffic. A retry that leads to a
/// response is paid back, so a tenant that fails now and then costs nothing in the long run. The numbers are those
/// of the standard retry mode of the AWS SDKs.
#[derive(Debug)]
pub(super) struct RetryBudget {
    left: Tokens,
}

impl RetryBudget {
    /// 100 retries of failures that the tenant reports, or 50 of timeouts.
    const FULL: Tokens = 500;
    const RETRY: Tokens = 5;
    /// A timeout is a sign of overload, and occupied the tenant for longer.
    const TIMEOUT: Tokens = 10;
    /// What a response earns that took no retry.
    const REWARD: Tokens = 1;

    pub(super) fn new() -> Self {
        Self { left: Self::FULL }
    }

    /// Takes a retry if one is left, and returns what it cost.
    pub(super) fn take(&mut self, is_timeout: bool) -> Option<Tokens> {
        let cost = if is_timeout { Self::TIMEOUT } else { Self::RETRY };
        self.left = self.left.checked_sub(cost)?;
        Some(cost)
    }

    /// Pays back the retry that led to a response, or rewards a response that took none.
    pub(super) fn succeed(&mut self, spent: Tokens) {
        self.left = (self.left + spent.max(Self::REWARD)).min(Self::FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::{OperationKind, Surface};

    #[test]
    fn pauses_grow_to_a_bound_and_are_random_below_it() {
        let policy = RetryPolicy::default();
        let at_most: Vec<u128> = (1..=9).map(|attempt| policy.pause(attempt, 1.0).as_millis()).collect();
        assert_eq!(at_most, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(policy.pause(3, 0.25), Duration::from_millis(500));
        assert_eq!(policy.pause(u32::MAX, 1.0), policy.longest_backoff);
    }

    fn call(kind: OperationKind) -> Call {
        let surface = Surface::RestV2;
        Call { operation: "test", surface, kind, replay: Replay::Safe, points: 0, is_first_contact: false }
    }

    #[test]
    fn transient_failures_are_distinguished_from_permanent_ones() {
        let write = call(OperationKind::Mutation);
        let status = |status| classify(&write, &Ok(HttpResponse::new(status, "", "")), false);
        for last in [200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 501, 526] {
            assert_eq!(status(last), Verdict::Final, "{last}");
        }
        assert_eq!(status(429), Verdict::Transient(Execution::DidNotRun, Cause::Limit));
        assert_eq!(status(425), Verdict::Transient(Execution::DidNotRun, Cause::Failure));
        for unknown in [408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525] {
            assert_eq!(status(unknown), Verdict::Transient(Execution::Unknown, Cause::Failure), "{unknown}");
        }
        assert_eq!(classify(&write, &Err(TransportError::permanent("too large")), false), Verdict::Final);
        let not_sent = classify(&write, &Err(TransportError::not_sent("no connection", None)), false);
        assert_eq!(not_sent, Verdict::Transient(Execution::DidNotRun, Cause::Failure));
        let timeout = classify(&write, &Err(TransportError::timeout()), false);
        assert_eq!(timeout, Verdict::Transient(Execution::Unknown, Cause::Failure));
    }

    #[test]
    fn a_query_is_retried_if_its_body_was_replaced_or_cut() {
        let read = call(OperationKind::Query);
        let of = |call: &Call, status, body: &str| classify(call, &Ok(HttpResponse::new(status, "", body)), false);
        for odd in ["", "<html>blocked</html>", r#"{"users":[{"id":"#, r#"{"a":1}}"#] {
            assert_eq!(of(&read, 200, odd), Verdict::Transient(Execution::DidNotRun, Cause::Body), "{odd}");
            let first = Call { is_first_contact: true, ..read };
            assert_eq!(of(&first, 200, odd), Verdict::Final, "{odd}: evidence that the endpoint is another one");
            assert_eq!(of(&call(OperationKind::Mutation), 200, odd), Verdict::Final, "{odd}: the write may have run");
        }
        for whole in ["{}", " [1] ", "null", "true"] {
            assert_eq!(of(&read, 200, whole), Verdict::Final, "{whole}");
        }
        assert_eq!(of(&read, 204, ""), Verdict::Final);
        assert_eq!(of(&read, 404, "<html>"), Verdict::Final);
    }

    #[test]
    fn waiting_for_the_limit_moves_the_deadline() {
        let second = Duration::from_secs(1);
        let mut time = Time::new(1_000 * second, &RetryPolicy::default(), 3_600 * second);
        assert_eq!(time.deadline, 1_300 * second);
        assert!(time.allows(1_000 * second, 900 * second, Cause::Limit));
        time.waited(900 * second);
        assert_eq!((time.deadline, time.left_to_wait), (2_200 * second, 2_700 * second));
        assert!(time.allows(1_900 * second, 30 * second, Cause::Failure));
        assert!(!time.allows(1_900 * second, 2_701 * second, Cause::Limit));
        assert!(!time.allows(2_199 * second, second, Cause::Failure));
    }

    #[test]
    fn only_what_cannot_happen_twice_is_replayed() {
        for (replay, after_unknown) in [(Replay::Safe, true), (Replay::Idempotent, true), (Replay::Never, false)] {
            assert!(may_replay(replay, Execution::DidNotRun));
            assert_eq!(may_replay(replay, Execution::Unknown), after_unknown);
        }
    }

    #[test]
    fn a_budget_runs_out_and_is_earned_back() {
        let drain = |is_timeout| {
            let mut budget = RetryBudget::new();
            let taken = std::iter::from_fn(|| budget.take(is_timeout)).count();
            (budget, taken)
        };
        assert_eq!((drain(false).1, drain(true).1), (100, 50));
        let (mut budget, _) = drain(false);
        (0..4).for_each(|_| budget.succeed(0));
        assert_eq!(budget.take(false), None);
        budget.succeed(0);
        assert_eq!((budget.take(false), budget.take(false)), (Some(5), None), "five responses earn a retry");
        budget.succeed(5);
        assert_eq!(budget.take(false), Some(5), "a retry that succeeds is paid back");
        let mut full = RetryBudget::new();
        full.succeed(10);
        assert_eq!(std::iter::from_fn(|| full.take(false)).count(), 100, "it is never more than full");
    }

    #[test]
    fn a_policy_has_its_own_number_of_attempts_for_pages() {
        let of = |policy: RetryPolicy| (policy.attempts, policy.of_further_page().attempts);
        assert_eq!(of(RetryPolicy::default()), (4, 10));
        assert_eq!(of(RetryPolicy::never()), (1, 1));
        assert_eq!(of(RetryPolicy::default().attempts(3)), (3, 3));
        assert_eq!(of(RetryPolicy::default().attempts(3).page_attempts(0)), (3, 1));
    }
}
