//! Sends requests: paced by the tenant's limit, retried where that is safe, and bounded by a deadline.

mod call;
mod costs;
mod events;
mod progress;
mod redact;
mod redirect;
mod retry;
mod whole;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{self, BoxFuture};
use tracing::{Instrument as _, Span, field};

use crate::clock::Clock;
use crate::error::Kind;
use crate::execution::Execution;
use crate::profile::LimitProfile;
use crate::rate::{Permit, PermitRequest, RateLimitHeaders, RateLimiter};
use crate::runtime::Surface;
use crate::skew::Skew;
use crate::transport::{HttpResponse, Request, Transport, TransportError};
use crate::{Error, ErrorKind};

pub(crate) use call::{Call, Exchange, makes_second_record};
use costs::Costs;
pub(crate) use events::Listener;
pub use events::{CallOutcome, Event, WaitReason};
pub(crate) use progress::Progress;
pub use retry::RetryPolicy;
use retry::{Cause, Counts, RetryBudget, Time, Tokens, Verdict, classify, may_replay};

/// The request of an attempt, or a response that makes sending it unnecessary.
pub(crate) type Prepared = ControlFlow<HttpResponse, Request>;

/// Builds the request of an attempt.
pub(crate) type Prepare<'p> = dyn Fn() -> BoxFuture<'p, Result<Prepared, Error>> + Send + Sync + 'p;

/// Reads a response, and returns whether it is whole JSON: what was read once needs no other look.
pub(crate) type Read<'r> = dyn FnMut(&HttpResponse) -> bool + Send + 'r;

/// The sending state that all clones of a client share, with the retry policy of a call. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) transport: Arc<Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: RetryPolicy,
    /// The longest wait for the tenant's limit; a call that would wait longer fails at once.
    pub(crate) max_wait: Duration,
    pub(crate) listener: Arc<Listener>,
    limiter: Option<Arc<dyn RateLimiter>>,
    retries: Arc<Mutex<RetryBudget>>,
    skew: Arc<Mutex<Skew>>,
    /// What queries cost, as the tenant states it.
    pub(crate) costs: Arc<Costs>,
    /// Kept for calls with a timeout of their own.
    progress: Option<Progress>,
}

impl Sender {
    pub(crate) fn new(
        transport: Transport,
        clock: Arc<dyn Clock>,
        limiter: Option<Arc<dyn RateLimiter>>,
        policy: RetryPolicy,
        max_wait: Duration,
        listener: Listener,
    ) -> Self {
        let (transport, listener) = (Arc::new(transport), Arc::new(listener));
        let retries = Arc::new(Mutex::new(RetryBudget::new()));
        let (skew, costs) = (Arc::default(), Arc::default());
        Self { transport, clock, policy, max_wait, listener, limiter, retries, skew, costs, progress: None }
    }

    /// The same state with another retry policy.
    pub(crate) fn with_policy(&self, policy: RetryPolicy) -> Self {
        Self { policy, ..self.clone() }
    }

    /// The same state, recording whether a mutation may have run.
    pub(crate) fn with_progress(&self, progress: Progress) -> Self {
        Self { progress: Some(progress), ..self.clone() }
    }

    fn retries(&self) -> MutexGuard<'_, RetryBudget> {
        self.retries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn skew(&self) -> MutexGuard<'_, Skew> {
        self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tenant's time at a time of the client's clock, as far as responses showed the difference.
    pub(crate) fn tenant_time(&self, time: Duration) -> Duration {
        self.skew().of_tenant(time)
    }

    /// Sends one request, paced, and retried where that is safe and useful.
    pub(crate) async fn send(&self, call: &Call, request: Request) -> Result<Exchange, Error> {
        self.send_and_read(call, request, &mut |_| false).await
    }

    /// The same, and reads the response of each attempt. The last one that was read is that of the exchange.
    pub(crate) async fn send_and_read(
        &self,
        call: &Call,
        request: Request,
        read: &mut Read<'_>,
    ) -> Result<Exchange, Error> {
        self.retry(call, &|| future::ready(Ok(ControlFlow::Continue(request.clone()))).boxed(), read).await
    }

    /// Sends the request that `prepare` builds for each attempt.
    pub(crate) async fn send_with(&self, call: &Call, prepare: &Prepare<'_>) -> Result<Exchange, Error> {
        self.retry(call, prepare, &mut |_| false).await
    }

    async fn retry(&self, call: &Call, prepare: &Prepare<'_>, read: &mut Read<'_>) -> Result<Exchange, Error> {
        let mut time = Time::new(self.clock.now(), &self.policy, self.max_wait);
        // What is known about the attempts so far.
        let mut execution = Execution::DidNotRun;
        let mut counts = Counts::default();
        let mut redirected = None;
        loop {
            // This attempt was not sent if building it or pacing fails, but an earlier one may have run.
            let fail = |error: Error| error.with_execution(of_mutation(call, execution));
            let request = match redirected.take() {
                Some(request) => request,
                None => match prepare().await.map_err(fail)? {
                    ControlFlow::Continue(request) => request,
                    ControlFlow::Break(response) => return Ok(Exchange::new(call, response, execution)),
                },
            };
            let permit = self.permit(call, &mut time).await.map_err(fail)?;
            let attempt = counts.attempt();
            self.listener.emit(&Event::Attempt { operation: call.operation, surface: call.surface, attempt });
            whole::count_attempt();
            let before = self.progress.as_ref().map(|progress| progress.begin(call.is_mutation()));
            let mut result = self.attempt(call, request.clone(), permit, attempt, time.deadline).await;
            if let Ok(response) = &mut result {
                redact::redact(&request, response);
            }
            let follow = result.as_ref().ok().and_then(|response| redirect::follow(&request, response));
            if let Some(next) = follow.filter(|_| counts.redirects < redirect::MOST) {
                counts.redirects += 1;
                redirected = Some(next);
                continue;
            }
            let is_read = result.as_ref().is_ok_and(&mut *read);
            let (own, cause) = match classify(call, &result, is_read) {
                Verdict::Final => {
                    if result.is_ok() {
                        self.retries().succeed(counts.spent);
                    }
                    // A permanent transport error rejects a response that did arrive, so a write may have run, unless the
                    // request was never sent.
                    let is_not_sent = matches!(&result, Err(error) if error.is_not_sent());
                    let own = if is_not_sent { Execution::DidNotRun } else { Execution::Unknown };
                    return finish(call, result, execution, own);
                }
                Verdict::Transient(own, cause) => (own, cause),
            };
            if let (Some(progress), Some(before)) = (&self.progress, before) {
                progress.end(before, own);
            }
            let now = self.clock.now();
            // Computed even if this call gives up, because it also blocks the limiters for all other calls.
            let pause = self.pause(call, &result, &counts, now);
            let may_go_on = time.allows(now, pause, cause)
                && self.policy.attempts > 1
                && may_replay(call.replay, execution.and(own));
            // The budget is asked last, because asking spends a retry.
            if !may_go_on || !self.affords(call, &mut counts, cause, &result) {
                return finish(call, result, execution, own);
            }
            execution = execution.and(own);
            let reason = if cause == Cause::Limit { WaitReason::RateLimited } else { WaitReason::Backoff };
            self.report_wait(call, pause, reason);
            self.clock.sleep(pause).await;
            counts.count(cause);
            if cause == Cause::Limit {
                time.waited(self.clock.now().saturating_sub(now));
            }
        }
    }

    /// Whether another attempt is within the policy and the budget of retries.
    fn affords(
        &self,
        call: &Call,
        counts: &mut Counts,
        cause: Cause,
        result: &Result<HttpResponse, TransportError>,
    ) -> bool {
        // An endpoint that was never used may be absent in any way, so little is spent on its failures.
        let is_probe = call.is_first_contact && result.is_ok();
        let most = if is_probe { self.policy.attempts.min(2) } else { self.policy.attempts };
        match cause {
            // Waiting for the limit is not a failure and costs the tenant nothing; the longest wait bounds it.
            Cause::Limit => true,
            // The tenant works, so the budget, which protects one that is down, is not asked.
            Cause::Body => counts.failures + 1 < most,
            Cause::Failure => {
                let is_timeout = matches!(result, Err(error) if error.is_timeout());
                counts.failures + 1 < most
                    && self.spend(is_timeout).is_some_and(|cost| {
                        counts.spent = cost;
                        true
                    })
            }
        }
    }

    /// Takes a retry from the budget. If none is left, the error of the call names that.
    fn spend(&self, is_timeout: bool) -> Option<Tokens> {
        let cost = self.retries().take(is_timeout);
        if cost.is_none() {
            whole::note_spent_budget();
        }
        cost
    }

    /// Takes a permit. Waiting for it does not count against the deadline, only against the longest wait.
    async fn permit(&self, call: &Call, time: &mut Time) -> Result<Option<Box<dyn Permit + '_>>, Error> {
        let Some(limiter) = &self.limiter else { return Ok(None) };
        let (begun, clock) = (self.clock.now(), &*self.clock);
        let patience = begun.saturating_add(time.left_to_wait);
        let Call { surface, kind, points, .. } = *call;
        let own = *call;
        let on_wait = Box::new(move |wait| self.report_wait(&own, wait, WaitReason::Pace));
        let request = PermitRequest { surface, kind, points, patience, clock, on_wait };
        let permit = limiter.acquire(request).await.ok_or_else(|| Error::new(Kind::Paced(self.max_wait)))?;
        time.waited(self.clock.now().saturating_sub(begun));
        Ok(Some(permit))
    }

    /// Makes one attempt, bounded by the deadline.
    async fn attempt(
        &self,
        call: &Call,
        request: Request,
        mut permit: Option<Box<dyn Permit + '_>>,
        attempt: u32,
        deadline: Duration,
    ) -> Result<HttpResponse, TransportError> {
        // From here on, the permit stays spent even if the future is dropped: the tenant may have counted the request.
        if let Some(permit) = &mut permit {
            permit.start();
        }
        let span = attempt_span(call, &request, attempt);
        let started = self.clock.now();
        let left = deadline.saturating_sub(started);
        let sending = self.transport.send(request, call.operation, call.surface, attempt);
        let mut sending = std::pin::pin!(sending.instrument(span.clone()).fuse());
        let result = match (&mut sending).now_or_never() {
            // Most scripted responses are ready before a timer needs to start.
            Some(result) => result,
            None => futures::select_biased! {
                result = sending => result,
                () = self.clock.sleep(left).fuse() => Err(TransportError::timeout()),
            },
        };
        match &result {
            Ok(response) => _ = span.record("http.response.status_code", response.status),
            Err(error) => _ = span.record("error.type", if error.is_timeout() { "timeout" } else { "connection" }),
        }
        let now = self.clock.now();
        if let Ok(response) = &result {
            self.skew().learn(response, started, now);
        }
        let headers = result.as_ref().map(|response| self.headers(response, now)).unwrap_or_default();
        let is_refused = matches!(&result, Ok(response) if response.status == 429);
        if let (Some(cost), Ok(200)) = (headers.cost, result.as_ref().map(|response| response.status)) {
            self.costs.learn(call.operation, cost, call.points);
        }
        if let Some(permit) = permit {
            permit.end(&headers, is_refused);
        }
        self.report_result(call, &result, &headers, now.saturating_sub(started));
        result
    }

    fn headers(&self, response: &HttpResponse, now: Duration) -> RateLimitHeaders {
        RateLimitHeaders::of(response, now, &self.skew())
    }

    fn report_result(
        &self,
        call: &Call,
        result: &Result<HttpResponse, TransportError>,
        headers: &RateLimitHeaders,
        duration: Duration,
    ) {
        let Call { operation, surface, .. } = *call;
        self.listener.emit(&match result {
            Ok(response) => {
                let (bytes, points) = (response.body.len(), headers.cost.unwrap_or(call.points));
                Event::Response { operation, surface, status: response.status, duration, bytes, points }
            }
            Err(error) => {
                let cause = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Transport };
                Event::NoResponse { operation, surface, cause, duration }
            }
        });
    }

    /// How long to wait before the next attempt. A tenant's own delay takes precedence and holds up all calls.
    fn pause(
        &self,
        call: &Call,
        result: &Result<HttpResponse, TransportError>,
        counts: &Counts,
        now: Duration,
    ) -> Duration {
        let own = self.policy.pause(counts.attempt(), self.clock.chance());
        let Ok(response) = result else { return own };
        let headers = self.headers(response, now);
        let is_limited = response.status == 429;
        let until_reset = headers.reset.filter(|_| is_limited).map(|reset| reset.saturating_sub(now));
        // If the two contradict each other, the longer one is safe.
        let asked = headers.retry_after.max(until_reset);
        // Without a delay from the tenant, a failure need not concern other calls, so only this one waits.
        if !is_limited && headers.retry_after.is_none() {
            return own;
        }
        // The random pause may be almost zero, so a 429 without a delay waits for at least one backoff, and longer each
        // time: the window may last for minutes.
        let least = self.policy.backoff.saturating_mul(counts.limited + 1).min(self.policy.longest_backoff);
        let held = match asked {
            Some(asked) if counts.limited == 0 => asked,
            asked => asked.unwrap_or(own).max(least),
        };
        if let Some(limiter) = &self.limiter {
            limiter.pause(call.surface, call.kind, now.saturating_add(held), is_limited);
        }
        held.max(own)
    }

    /// Whether all surfaces may be tried again after this many rounds.
    pub(crate) fn may_try_again(&self, round: u32) -> bool {
        round < self.policy.attempts && self.spend(false).is_some()
    }

    /// Waits before all surfaces are tried again.
    pub(crate) async fn pause_after(&self, round: u32) {
        self.clock.sleep(self.policy.pause(round, self.clock.chance())).await;
    }

    /// The limits that the tenant reported.
    pub(crate) fn reported_limits(&self) -> BTreeMap<Surface, LimitProfile> {
        self.limiter.as_ref().map(|limiter| limiter.reported()).unwrap_or_default()
    }

    fn report_wait(&self, call: &Call, duration: Duration, reason: WaitReason) {
        self.listener.emit(&Event::Wait { operation: call.operation, surface: call.surface, duration, reason });
    }
}

/// The result of a call: its last response or error, and what is known about whether the call was carried out. `own` is
/// what is known about an attempt without a response.
fn finish(
    call: &Call,
    result: Result<HttpResponse, TransportError>,
    earlier: Execution,
    own: Execution,
) -> Result<Exchange, Error> {
    match result {
        Ok(response) => match response.age().filter(|_| !call.is_mutation()) {
            Some(age) => Err(Error::new(Kind::Cached(age)).with_response(&response)),
            None => Ok(Exchange::new(call, response, earlier)),
        },
        Err(error) => {
            let execution = of_mutation(call, earlier.and(own));
            Err(Error::new(Kind::Transport(error)).with_execution(execution))
        }
    }
}

/// A query changes nothing, whatever its result.
fn of_mutation(call: &Call, execution: Execution) -> Execution {
    if call.is_mutation() { execution } else { Execution::DidNotRun }
}

/// The span of an attempt, with OpenTelemetry's names for HTTP clients. The path is omitted because it may contain an
/// e-mail address.
fn attempt_span(call: &Call, request: &Request, attempt: u32) -> Span {
    let host = request.url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    tracing::info_span!(
        "attempt",
        otel.name = request.method,
        otel.kind = "client",
        graphql.operation.name = call.operation,
        graphql.operation.r#type = call.kind_name(),
        surface = %call.surface,
        http.request.method = request.method,
        http.request.resend_count = attempt - 1,
        server.address = host,
        http.response.status_code = field::Empty,
        error.r#type = field::Empty,
    )
}
