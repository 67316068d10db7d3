//! The way to the tenant, as a service below the client: late, lossy, and worse.

use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::Full;
use thought_industries::transport::{RequestBody, TransportError};
use tokio::sync::oneshot;
use tokio::time::sleep;
use tower_service::Service;

use crate::history::{Author, What};
use crate::message::{Reply, Request};
use crate::setup::FaultKind;
use crate::world::World;

tokio::task_local! {
    /// The call of a script that a request belongs to.
    pub(crate) static CALL: u32;
}

/// The network of a process.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    world: World,
    process: usize,
}

/// What a connection brings back: a response, or how it failed.
type Outcome = Result<Reply, TransportError>;

impl Network {
    pub(crate) fn new(world: &World, process: usize) -> Self {
        Self { world: world.clone(), process }
    }
}

impl Service<http::Request<RequestBody>> for Network {
    type Response = http::Response<Full<Bytes>>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Self::Response, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
        let request = Request::of(&request);
        let call = CALL.try_with(|call| *call).ok();
        let line = format!("{} {}", request.method, shown(&request.target));
        let number = self.world.number(self.process, line);
        let exchange = Exchange { world: self.world.clone(), process: self.process, number, call, request };
        if exchange.world.sends_too_much(self.process) {
            return futures::future::pending().boxed();
        }
        // The request is on its way, whether or not the client still waits for it.
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(async move { _ = sender.send(exchange.run().await) });
        let outcome = async move { receiver.await.unwrap_or_else(|_| Err(TransportError::timeout())) };
        outcome.map(|outcome| outcome.map(Reply::into_http)).boxed()
    }
}

/// The path and the query, without the key.
fn shown(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let query: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("apiKey=")).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// A request on its way.
struct Exchange {
    world: World,
    process: usize,
    number: u32,
    call: Option<u32>,
    request: Request,
}

impl Exchange {
    async fn run(self) -> Outcome {
        // Each request has luck of its own, so that leaving out one fault leaves the others.
        let own = (self.process as u64) << 32 | u64::from(self.number);
        let mut rng = Rng::with_seed(self.world.setup.seed ^ own.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (least, most) = self.world.setup.network.latency;
        let (there, back) = (rng.u64(least..most), rng.u64(least..most));
        let fault = self.fault(&mut rng);
        if let Some(kind) = fault {
            self.world.record(Some(self.process), What::Fault { request: self.number, kind });
        }
        let outcome = self.carried(fault, Duration::from_millis(there), &mut rng).await;
        sleep(Duration::from_millis(back)).await;
        if let Ok(reply) = &outcome {
            let (request, status) = (self.number, reply.status);
            self.world.record(Some(self.process), What::Responded { request, status });
        }
        outcome
    }

    /// What goes wrong with this request.
    fn fault(&self, rng: &mut Rng) -> Option<FaultKind> {
        let faults = &self.world.setup.network.faults;
        let drawn = faults.iter().filter(|(_, rate)| rng.u32(..1_000) < *rate).map(|(kind, _)| *kind);
        // All of them are drawn, so that each has its rate whatever the others are.
        let drawn: Vec<FaultKind> = drawn.collect();
        let may_have = |kind: &FaultKind| {
            self.request.is_get() || !matches!(kind, FaultKind::Redirect | FaultKind::Cached | FaultKind::Page)
        };
        let fault = drawn.into_iter().find(may_have);
        fault.filter(|_| self.world.has_fault(self.process, self.number))
    }

    async fn carried(&self, fault: Option<FaultKind>, there: Duration, rng: &mut Rng) -> Outcome {
        let broken = || Err(TransportError::new("the connection broke", None));
        sleep(there).await;
        match fault {
            Some(FaultKind::Refused) => Err(TransportError::not_sent("no connection to the tenant", None)),
            Some(FaultKind::LostRequest) => broken(),
            Some(FaultKind::LostResponse) => {
                self.arrive();
                broken()
            }
            Some(FaultKind::SilentRequest) => silence().await,
            Some(FaultKind::SilentResponse) => {
                self.arrive();
                silence().await
            }
            Some(FaultKind::Twice) => {
                let first = self.arrive();
                sleep(Duration::from_millis(rng.u64(1..3_000))).await;
                let second = self.arrive();
                Ok(if rng.bool() { first } else { second })
            }
            Some(FaultKind::Stray) => {
                let other = self.world.last_reply(self.process);
                let own = self.arrive();
                // A refusal says nothing of what it refuses: the stray response to a write is one that accepts.
                let is_telling = |other: &Reply| self.request.is_get() || other.status < 300;
                Ok(other.filter(is_telling).unwrap_or(own))
            }
            Some(FaultKind::Cut) => {
                let mut reply = self.arrive();
                reply.body.truncate(reply.body.len() / 2);
                Ok(reply)
            }
            Some(FaultKind::Redirect) => {
                Ok(Reply::empty(307).with_header("location", &format!("/moved{}", shown(&self.request.target))))
            }
            Some(FaultKind::Cached) => {
                Ok(self.world.cached(self.process, &self.request.target).unwrap_or_else(|| self.arrive()))
            }
            Some(FaultKind::Unavailable) => Ok(Reply::page(503, "Service unavailable")),
            Some(FaultKind::BadGateway) => {
                self.arrive();
                Ok(Reply::page(502, "Bad gateway"))
            }
            Some(FaultKind::Burst) => {
                let reply = Reply::json(429, &serde_json::json!({ "error": "rate_limit_exceeded" }));
                Ok(if rng.bool() { reply.with_header("retry-after", &1) } else { reply })
            }
            Some(FaultKind::Page) => Ok(Reply::page(200, "Welcome")),
            Some(FaultKind::Slow) => {
                sleep(Duration::from_secs(30)).await;
                Ok(self.arrive())
            }
            Some(FaultKind::Forged) => {
                let mut reply = self.arrive();
                reply.body = String::from_utf8_lossy(&reply.body).replace("Last", "Forged").into_bytes();
                Ok(reply)
            }
            Some(FaultKind::Denied) if !self.request.is_get() => {
                self.arrive();
                Ok(Reply::json(400, &serde_json::json!({ "errors": ["no"] })))
            }
            None | Some(FaultKind::Denied) => Ok(self.arrive()),
        }
    }

    /// The request arrives at the tenant.
    fn arrive(&self) -> Reply {
        let Self { process, number, call, .. } = *self;
        let mut request = self.request.clone();
        while let Some(target) = request.target.strip_prefix("/moved") {
            request.target = target.to_owned();
        }
        let author = Author::Process { process, request: number, call };
        let reply = self.world.arrive(&request, author);
        let target = self.request.is_get().then_some(self.request.target.as_str());
        self.world.keep(process, target, &reply);
        reply
    }
}

/// Longer than any client waits.
async fn silence() -> Outcome {
    sleep(Duration::from_secs(3_600)).await;
    Err(TransportError::timeout())
}
