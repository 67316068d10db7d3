//! Whether to retry. Three questions in three places: is the failure transient, may the operation be replayed, is there
//! budget.

use std::time::Duration;

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
    /// The upper bound of the first pause, doubled after each attempt: half a second. The actual pause is random, up to
    /// that bound.
    pub backoff: Duration,
    /// The longest pause that the client chooses; the tenant may ask for a longer one: 30 seconds.
    pub longest_backoff: Duration,
    /// The maximum duration of a request with all its attempts and pauses: 5 minutes.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            backoff: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(30),
            deadline: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// A policy with a single attempt.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The maximum number of attempts of one request.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// The maximum duration of a request with all its attempts and pauses.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
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
    Transient(Execution),
}

/// Whether an attempt failed transiently.
pub(super) fn classify(result: &Result<HttpResponse, TransportError>) -> Verdict {
    match result {
        Err(error) if error.is_permanent() => Verdict::Final,
        Err(error) if error.is_not_sent() => Verdict::Transient(Execution::DidNotRun),
        Err(_) => Verdict::Transient(Execution::Unknown),
        Ok(response) => match response.status {
            // A tenant checks its limit before it does anything.
            429 => Verdict::Transient(Execution::DidNotRun),
            // 501 is final: what a server does not support now, it does not support a moment later.
            408 | 500 | 502..=504 => Verdict::Transient(Execution::Unknown),
            _ => Verdict::Final,
        },
    }
}

/// The maximum number of times that a call waits for the limit.
pub(super) const MOST_LIMITED: u32 = 20;

/// Whether an operation may be retried after an attempt with this execution.
pub(super) fn may_replay(replay: Replay, execution: Execution) -> bool {
    !execution.may_have_run() || replay != Replay::Never
}

/// The retries that all calls of a client share, so that a tenant that is down gets little traffic.
#[derive(Debug)]
pub(super) struct RetryBudget {
    /// In tenths of a retry.
    tenths: u32,
}

impl RetryBudget {
    const FULL: u32 = 200;
    const RETRY: u32 = 10;

    pub(super) fn new() -> Self {
        Self { tenths: Self::FULL }
    }

    /// Takes a retry, if one is left.
    pub(super) fn take(&mut self) -> bool {
        let left = self.tenths.checked_sub(Self::RETRY);
        self.tenths = left.unwrap_or(self.tenths);
        left.is_some()
    }

    /// Ten responses earn a retry.
    pub(super) fn earn(&mut self) {
        self.tenths = (self.tenths + 1).min(Self::FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_are_random_below_it() {
        let policy = RetryPolicy::default();
        let at_most: Vec<u128> = (1..=9).map(|attempt| policy.pause(attempt, 1.0).as_millis()).collect();
        assert_eq!(at_most, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(policy.pause(3, 0.25), Duration::from_millis(500));
        assert_eq!(policy.pause(u32::MAX, 1.0), policy.longest_backoff);
    }

    #[test]
    fn transient_failures_are_distinguished_from_permanent_ones() {
        let status = |status| classify(&Ok(HttpResponse::new(status, "", "")));
        for last in [200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 501] {
            assert_eq!(status(last), Verdict::Final, "{last}");
        }
        assert_eq!(status(429), Verdict::Transient(Execution::DidNotRun));
        for unknown in [408, 500, 502, 503, 504] {
            assert_eq!(status(unknown), Verdict::Transient(Execution::Unknown), "{unknown}");
        }
        assert_eq!(classify(&Err(TransportError::permanent("too large"))), Verdict::Final);
        let not_sent = classify(&Err(TransportError::not_sent("no connection", None)));
        assert_eq!(not_sent, Verdict::Transient(Execution::DidNotRun));
        assert_eq!(classify(&Err(TransportError::timeout())), Verdict::Transient(Execution::Unknown));
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
        let mut budget = RetryBudget::new();
        assert_eq!((0..100).filter(|_| budget.take()).count(), 20);
        (0..9).for_each(|_| budget.earn());
        assert!(!budget.take());
        budget.earn();
        assert!(budget.take() && !budget.take());
    }
}
