//! Sending a request: when the tenant's limit has room, again where that is safe, and never for ever.

mod events;
mod limits;
mod points;
mod retry;
mod window;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;

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
use window::{Budget, Window};

/// What is known of a request beside its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) surface: Surface,
    pub(crate) kind: OperationKind,
    pub(crate) replay: Replay,
    /// What the query costs; nothing over REST.
    pub(crate) points: u32,
}

impl Call {
    pub(crate) fn of(spec: &OperationSpec, surface: Surface) -> Self {
        Self { operation: spec.name, surface, kind: spec.kind, replay: spec.replay, points: 0 }
    }
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

/// The tenant's limits, one for each surface, and one for writes over REST.
#[derive(Debug)]
struct Pace {
    graphql: Lane,
    rest: Lane,
    rest_writes: Lane,
}

/// A window, and the queue before it: callers take their turn in the order in which they came.
#[derive(Debug)]
struct Lane {
    turn: tokio::sync::Mutex<()>,
    window: Mutex<Window>,
}

impl Lane {
    fn new(points: u32, requests: u32, length: Duration, share: u32) -> Self {
        let window = Window::new(Budget { points, requests }, length, share);
        Self { turn: tokio::sync::Mutex::new(()), window: Mutex::new(window) }
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was taken for a request. Dropped before it was sent, it is given back.
struct Taken<'l> {
    lane: &'l Lane,
    points: u32,
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
            self.lane.window().give_back(self.points);
        }
    }
}

/// A request on its way. However that ends, even if nobody waits for it any more, the tenant's window has begun.
struct Flight<'l> {
    lanes: Vec<&'l Lane>,
    clock: &'l dyn Clock,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let now = self.clock.now();
        for lane in &self.lanes {
            lane.window().ended(now);
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
            rest_writes: Lane::new(u32::MAX, limits.rest_writes, limits.window, share),
        });
        Self { transport, clock, policy, max_wait, listener, pace, retries: Mutex::new(retry::Budget::new()) }
    }

    fn retries(&self) -> MutexGuard<'_, retry::Budget> {
        self.retries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The limits that a call counts against.
    fn lanes(&self, call: &Call) -> Vec<&Lane> {
        let Some(pace) = &self.pace else { return Vec::new() };
        match (call.surface, call.kind) {
            (Surface::GraphQl, _) => vec![&pace.graphql],
            (_, OperationKind::Query) => vec![&pace.rest],
            (_, OperationKind::Mutation) => vec![&pace.rest, &pace.rest_writes],
        }
    }

    /// Sends a request, in its turn and as often as that is safe and of use.
    async fn send(&self, call: &Call, request: &Request) -> Result<Response, Error> {
        let deadline = self.clock.now() + self.policy.deadline;
        let mut attempt = 1;
        loop {
            let taken = self.take(call, deadline).await?;
            self.listener.tell(&Event::Attempt { operation: call.operation, surface: call.surface, attempt });
            let result = self.attempt(call, request, taken, deadline).await;
            let now = self.clock.now();
            let told = result.as_ref().map(|response| limits::told(response, now)).unwrap_or_default();
            let was_refused = matches!(&result, Ok(response) if response.status == 429);
            for lane in self.lanes(call) {
                lane.window().correct(now, &told, call.points, !was_refused);
            }
            let Verdict::Transient { proves_nothing_ran } = classify(&result) else {
                self.retries().earn();
                return give_up(call, result, false);
            };
            let pause = self.pause(call, &result, &told, attempt, now);
            let may_go_on = now + pause < deadline && may_replay(call.replay, proves_nothing_ran);
            // Waiting for the limit is no failure of the tenant, and costs it nothing.
            let is_affordable = || {
                if was_refused {
                    attempt < MOST_LIMITED
                } else {
                    attempt < self.policy.attempts && self.retries().take()
                }
            };
            if !may_go_on || self.policy.attempts == 1 || !is_affordable() {
                return give_up(call, result, proves_nothing_ran);
            }
            let reason = if was_refused { WaitReason::RateLimited } else { WaitReason::Backoff };
            self.wait(call, pause, reason).await;
            attempt += 1;
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
        taken.into_iter().for_each(Taken::sent);
        let _flight = Flight { lanes: self.lanes(call), clock: &*self.clock };
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
        told: &window::Told,
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
                lane.window().block(now + held);
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
        let patience = self.max_wait.map_or(deadline, |most| deadline.min(self.clock.now() + most));
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
            loop {
                let now = self.clock.now();
                let taken = lane.window().take(now, call.points);
                let Err(wait) = taken else { break };
                if now + wait > patience {
                    return Err(too_long());
                }
                self.wait(call, wait, WaitReason::Pace).await;
            }
            drop(turn);
            all.push(Taken { lane, points: call.points, is_sent: false });
        }
        Ok(all)
    }
}

/// The last word of a call: the answer or error as it is, and whether a write may have happened.
fn give_up(call: &Call, result: Result<Response, TransportError>, proves_nothing_ran: bool) -> Result<Response, Error> {
    let unknown = call.kind == OperationKind::Mutation && !proves_nothing_ran;
    match result {
        Ok(mut response) => {
            // A refusal says that nothing ran, and an answer that something did, unless it cannot be read.
            response.outcome_unknown = unknown && !(300..500).contains(&response.status);
            Ok(response)
        }
        Err(error) => {
            let error = Error::new(Kind::Transport(error));
            Err(if unknown { error.with_outcome_unknown() } else { error })
        }
    }
}

/// Sends a request of a client.
pub(crate) async fn send(client: &Client, call: &Call, request: Request) -> Result<Response, Error> {
    client.inner.sender.send(call, &request).await
}
