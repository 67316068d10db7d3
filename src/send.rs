//! Sending a request: when the tenant's limit has room, again where that is safe, and never for ever.

mod events;
mod limits;
mod points;
mod retry;
mod window;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use tracing::{Instrument as _, Span, field};

use crate::clock::Clock;
use crate::error::Kind;
use crate::runtime::{OperationKind, OperationSpec, Replay, Surface};
use crate::transport::{Request, Response, Transport, TransportError};
use crate::{Client, Error};

pub(crate) use events::Listener;
pub use events::{Event, WaitReason};
pub use limits::Limits;
pub(crate) use points::{is_mutation, points};
pub use retry::RetryPolicy;
use retry::{MOST_LIMITED, Verdict, classify, may_replay};
use window::{Budget, Told, Window};

/// What is known of a request beside its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) surface: Surface,
    pub(crate) kind: OperationKind,
    pub(crate) replay: Replay,
    /// What the query costs; nothing over REST.
    pub(crate) points: u32,
    /// Whether there is one attempt and no more, since another would be another request.
    pub(crate) is_single: bool,
}

impl Call {
    pub(crate) fn of(spec: &OperationSpec, surface: Surface) -> Self {
        Self { operation: spec.name, surface, kind: spec.kind, replay: spec.replay, points: 0, is_single: false }
    }
}

/// Whether arguments make twice other than once, whatever the operation is: a second record is made.
pub(crate) fn is_once(arguments: &serde_json::Value) -> bool {
    arguments.get("dualRole").and_then(serde_json::Value::as_bool).unwrap_or(false)
}

/// What all clones of a client share in sending.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) transport: Box<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: RetryPolicy,
    /// The longest that a call waits for the limit; it is refused at once if it would have to wait longer.
    pub(crate) max_wait: Option<Duration>,
    pub(crate) listener: Listener,
    pace: Option<Pace>,
    retries: Mutex<retry::Budget>,
}

/// The tenant's limits: one for each surface, and over REST one for writes and one for each second.
#[derive(Debug)]
struct Pace {
    graphql: Lane,
    rest: Lane,
    rest_writes: Lane,
    rest_burst: Lane,
}

/// A window, and the queue before it: callers take their turn in the order in which they came.
#[derive(Debug)]
struct Lane {
    turn: tokio::sync::Mutex<()>,
    window: Mutex<Window>,
    /// Whether headers tell of this limit: of a second, and of writes, they say nothing.
    is_told: bool,
}

impl Lane {
    fn new(points: u32, requests: u32, length: Duration, share: u32) -> Self {
        let window = Window::new(Budget { points, requests }, length, share);
        Self { turn: tokio::sync::Mutex::new(()), window: Mutex::new(window), is_told: true }
    }

    /// A limit of its own for each second, or for as much of a shorter window.
    fn burst(requests: u32, length: Duration, share: u32) -> Self {
        Self { is_told: false, ..Self::new(u32::MAX, requests, length.min(Duration::from_secs(60)) / 60, share) }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was taken for a request. Dropped before it was sent, it is given back.
struct Taken<'l> {
    lane: &'l Lane,
    points: u32,
    /// The window that it was taken from.
    epoch: u64,
    is_sent: bool,
}

impl Taken<'_> {
    /// Notes that the request is on its way: what it costs is spent.
    fn sent(mut self) {
        self.is_sent = true;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.is_sent {
            self.lane.window().give_back(self.points, self.epoch);
        }
    }
}

/// A request on its way. However that ends, even if nobody waits for it any more, the tenant's window has begun.
struct Flight<'l> {
    /// Each with the window that it was taken from.
    lanes: Vec<(&'l Lane, u64)>,
    points: u32,
    clock: &'l dyn Clock,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let now = self.clock.now();
        for (lane, epoch) in &self.lanes {
            lane.window().ended(now, self.points, *epoch);
        }
    }
}

impl Sender {
    pub(crate) fn new(
        transport: Box<dyn Transport>,
        clock: Arc<dyn Clock>,
        limits: Option<Limits>,
        share: u32,
        policy: RetryPolicy,
        max_wait: Option<Duration>,
        listener: Listener,
    ) -> Self {
        let pace = limits.map(|limits| Pace {
            graphql: Lane::new(limits.graphql_points, limits.graphql_requests, limits.window, share),
            rest: Lane::new(u32::MAX, limits.rest_requests, limits.window, share),
            rest_writes: Lane { is_told: false, ..Lane::new(u32::MAX, limits.rest_writes, limits.window, share) },
            rest_burst: Lane::burst(limits.rest_burst, limits.window, share),
        });
        Self { transport, clock, policy, max_wait, listener, pace, retries: Mutex::new(retry::Budget::new()) }
    }

    fn retries(&self) -> MutexGuard<'_, retry::Budget> {
        self.retries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The limits that a call counts against. That of the second is the last: what was taken of it while waiting for
    /// another would be of a second that is over.
    fn lanes(&self, call: &Call) -> Vec<&Lane> {
        let Some(pace) = &self.pace else { return Vec::new() };
        match (call.surface, call.kind) {
            (Surface::GraphQl, _) => vec![&pace.graphql],
            (_, OperationKind::Query) => vec![&pace.rest, &pace.rest_burst],
            (_, OperationKind::Mutation) => vec![&pace.rest_writes, &pace.rest, &pace.rest_burst],
        }
    }

    /// Sends a request, in its turn and as often as that is safe and of use.
    async fn send(&self, call: &Call, request: &Request) -> Result<Response, Error> {
        let deadline = self.clock.now().saturating_add(self.policy.deadline);
        let mut attempt = 1;
        // How often it was refused for the limit, which is no failure.
        let mut limited = 0;
        // Whether an attempt that failed may have been carried out all the same.
        let mut is_doubtful = false;
        loop {
            let taken = match self.take(call, deadline).await {
                Ok(taken) => taken,
                Err(error) => return Err(told_of(call, error, is_doubtful)),
            };
            self.listener.tell(&Event::Attempt { operation: call.operation, surface: call.surface, attempt });
            let lanes: Vec<(&Lane, u64)> = taken.iter().map(|taken| (taken.lane, taken.epoch)).collect();
            let span = attempt_span(request, attempt);
            let result = self.attempt(call, request, taken, deadline).instrument(span.clone()).await;
            match &result {
                Ok(response) => _ = span.record("http.response.status_code", response.status),
                Err(error) => _ = span.record("error.type", if error.is_timeout() { "timeout" } else { "connection" }),
            }
            let now = self.clock.now();
            let told = result.as_ref().map(|response| limits::told(response, now)).unwrap_or_default();
            let was_refused = matches!(&result, Ok(response) if response.status == 429);
            for (lane, epoch) in lanes {
                let told = if lane.is_told { told } else { Told::default() };
                lane.window().correct(now, &told, call.points, !was_refused, epoch);
            }
            let Verdict::Transient { proves_nothing_ran } = classify(&result) else {
                self.retries().earn();
                return give_up(call, result, true, is_doubtful);
            };
            is_doubtful |= !proves_nothing_ran;
            let pause = self.pause(call, &result, &told, attempt, now);
            let may_go_on = now.saturating_add(pause) < deadline && may_replay(call.replay, proves_nothing_ran);
            // Waiting for the limit is no failure of the tenant, and costs it nothing.
            let is_affordable = || {
                if was_refused {
                    limited + 1 < MOST_LIMITED
                } else {
                    attempt - limited < self.policy.attempts && self.retries().take()
                }
            };
            let is_last = self.policy.attempts == 1;
            if call.is_single && was_refused && may_go_on && !is_last {
                // Whoever called makes the next attempt, and it is to come no sooner.
                self.wait(call, pause, WaitReason::RateLimited).await;
            }
            if !may_go_on || is_last || call.is_single || !is_affordable() {
                return give_up(call, result, false, is_doubtful);
            }
            let reason = if was_refused { WaitReason::RateLimited } else { WaitReason::Backoff };
            self.wait(call, pause, reason).await;
            attempt += 1;
            limited += u32::from(was_refused);
        }
    }

    /// One attempt, no longer than until the deadline.
    async fn attempt(
        &self,
        call: &Call,
        request: &Request,
        taken: Vec<Taken<'_>>,
        deadline: Duration,
    ) -> Result<Response, TransportError> {
        let lanes = taken.iter().map(|taken| (taken.lane, taken.epoch)).collect();
        taken.into_iter().for_each(Taken::sent);
        let _flight = Flight { lanes, points: call.points, clock: &*self.clock };
        let left = deadline.saturating_sub(self.clock.now());
        let mut sending = self.transport.send(request.clone()).fuse();
        // Most answers are there before anything has to be timed.
        if let Some(result) = (&mut sending).now_or_never() {
            return result;
        }
        futures::select_biased! {
            result = sending => result,
            () = self.clock.sleep(left).fuse() => Err(TransportError::timeout()),
        }
    }

    /// How long to wait before the next attempt. A tenant that says how long is believed, and holds up all calls.
    fn pause(
        &self,
        call: &Call,
        result: &Result<Response, TransportError>,
        told: &Told,
        attempt: u32,
        now: Duration,
    ) -> Duration {
        let own = self.policy.pause(attempt, self.clock.chance());
        let Ok(response) = result else { return own };
        let until_reset = told.reset.filter(|_| response.status == 429).map(|reset| reset.saturating_sub(now));
        // Where the two disagree, the longer one is safe.
        let asked = told.retry_after.max(until_reset);
        if response.status == 429 || told.retry_after.is_some() {
            let held = asked.unwrap_or(own.max(self.policy.backoff));
            for lane in self.lanes(call) {
                // How much it takes is told of the whole limit alone.
                lane.window().block(now.saturating_add(held), response.status == 429 && lane.is_told);
            }
            return held.max(own);
        }
        own
    }

    async fn wait(&self, call: &Call, duration: Duration, reason: WaitReason) {
        self.listener.tell(&Event::Wait { operation: call.operation, surface: call.surface, duration, reason });
        self.clock.sleep(duration).await;
    }

    /// Takes what the call costs from each limit that it counts against, waiting for its turn.
    async fn take(&self, call: &Call, deadline: Duration) -> Result<Vec<Taken<'_>>, Error> {
        let mut all = Vec::new();
        let patience = self.max_wait.map_or(deadline, |most| deadline.min(self.clock.now().saturating_add(most)));
        for lane in self.lanes(call) {
            let too_long = || Error::new(Kind::Paced(self.max_wait.unwrap_or(self.policy.deadline)));
            let turn = match lane.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => {
                    let left = patience.saturating_sub(self.clock.now());
                    futures::select_biased! {
                        turn = lane.turn.lock().fuse() => turn,
                        () = self.clock.sleep(left).fuse() => return Err(too_long()),
                    }
                }
            };
            let epoch = loop {
                let now = self.clock.now();
                let wait = match lane.window().take(now, call.points) {
                    Ok(epoch) => break epoch,
                    Err(wait) => wait,
                };
                if now.saturating_add(wait) > patience {
                    return Err(too_long());
                }
                self.wait(call, wait, WaitReason::Pace).await;
            };
            drop(turn);
            all.push(Taken { lane, points: call.points, epoch, is_sent: false });
        }
        Ok(all)
    }
}

/// The last word of a call: the answer or error as it is, and whether a write may have happened. `is_doubtful` says
/// whether one of its attempts may have been carried out.
fn give_up(
    call: &Call,
    result: Result<Response, TransportError>,
    is_final: bool,
    is_doubtful: bool,
) -> Result<Response, Error> {
    match result {
        Ok(mut response) => {
            // A refusal says that nothing ran, and an answer that something did, unless it cannot be read.
            let refuses = (300..500).contains(&response.status) && response.status != 408;
            let is_unclear = is_final && !refuses;
            let is_mutation = call.kind == OperationKind::Mutation;
            response.outcome_unknown = is_mutation && (is_doubtful || is_unclear);
            response.is_doubtful = is_mutation && is_doubtful;
            Ok(response)
        }
        Err(error) => Err(told_of(call, Error::new(Kind::Transport(error)), is_doubtful || is_final)),
    }
}

/// An error of a call, and whether a write may have happened.
fn told_of(call: &Call, error: Error, is_doubtful: bool) -> Error {
    if call.kind == OperationKind::Mutation && is_doubtful { error.with_outcome_unknown() } else { error }
}

/// Sends a request of a client.
pub(crate) async fn send(client: &Client, call: &Call, request: Request) -> Result<Response, Error> {
    let kind = match call.kind {
        OperationKind::Query => "query",
        OperationKind::Mutation => "mutation",
    };
    let span = tracing::info_span!(
        "operation",
        otel.name = call.operation,
        otel.kind = "internal",
        graphql.operation.r#type = kind,
        surface = %call.surface,
    );
    client.inner.sender.send(call, &request).instrument(span).await
}

/// The span of an attempt, with the names that OpenTelemetry gives to those of HTTP clients. A path may hold an address,
/// so that it is left out.
fn attempt_span(request: &Request, attempt: u32) -> Span {
    let host = request.url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    tracing::info_span!(
        "attempt",
        otel.name = request.method,
        otel.kind = "client",
        http.request.method = request.method,
        http.request.resend_count = attempt - 1,
        server.address = host,
        http.response.status_code = field::Empty,
        error.r#type = field::Empty,
    )
}
