//! The receiver of webhooks: an event is on the disk before its sender learns that it arrived.

mod acceptance;
mod connections;
mod intake;
mod request;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{ALLOW, CONNECTION, HeaderName, HeaderValue, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures::future::{Either, select};
use thought_industries::{Clock, TokioClock};
use thought_industries_store::StoreError;
use tokio::net::TcpListener;

use crate::event::{Arrival, Source, events_of};
use crate::inbox::{Added, Inbox};

pub use acceptance::{Acceptance, InvalidAcceptance};
use connections::BoundedListener;
use intake::Intake;
use request::{check_head, is_secret_path};

/// The path that shows whether the receiver works.
const HEALTH: &str = "/health";
/// The largest body, in bytes.
const LARGEST: usize = 1 << 20;
/// How long a request may take to arrive.
const SLOWEST: Duration = Duration::from_secs(10);
/// How long the store may take. TI's tutorial asks for a response within five seconds.
const LONGEST_STORE: Duration = Duration::from_secs(4);
/// How many connections are served at once; others wait.
const CONNECTIONS: usize = 64;

/// How many requests were answered, since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiverCounts {
    /// Events that were not known.
    pub new: u64,
    /// Events that were known.
    pub known: u64,
    /// Requests whose signature was missing or wrong.
    pub unsigned: u64,
    /// Requests that were refused for another reason.
    pub refused: u64,
    /// Requests that were answered 503, because the inbox failed: their senders repeat them.
    pub failed: u64,
}

#[derive(Debug, Default)]
struct Tally {
    new: AtomicU64,
    known: AtomicU64,
    unsigned: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

/// A receiver of webhooks, which fills an inbox. It responds 200 when an event is on the disk, whether it was known or not, and
/// 503 if it cannot be kept, so that its sender repeats it. It never redirects: a sender may count that as delivered.
///
/// Refusals have no reason in their body, which would help a sender to guess. No log has a path, an address or a body.
#[derive(Clone)]
pub struct Receiver {
    inner: Arc<Inner>,
}

struct Inner {
    acceptance: Acceptance,
    inbox: Arc<Inbox>,
    clock: Arc<dyn Clock>,
    tally: Tally,
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("inbox", &self.inner.inbox).finish_non_exhaustive()
    }
}

impl Receiver {
    /// A receiver with the clock of the system.
    ///
    /// # Errors
    /// If it would accept nothing.
    pub fn new(inbox: Arc<Inbox>, acceptance: Acceptance) -> Result<Self, InvalidAcceptance> {
        Self::with_clock(inbox, acceptance, Arc::new(TokioClock::default()))
    }

    /// A receiver with another clock.
    ///
    /// # Errors
    /// If it would accept nothing.
    pub fn with_clock(
        inbox: Arc<Inbox>,
        acceptance: Acceptance,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidAcceptance> {
        acceptance.check()?;
        Ok(Self { inner: Arc::new(Inner { acceptance, inbox, clock, tally: Tally::default() }) })
    }

    /// What came of requests so far.
    pub fn counts(&self) -> ReceiverCounts {
        let tally = &self.inner.tally;
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ReceiverCounts {
            new: of(&tally.new),
            known: of(&tally.known),
            unsigned: of(&tally.unsigned),
            refused: of(&tally.refused),
            failed: of(&tally.failed),
        }
    }

    /// Serves senders until the future is dropped. Put a proxy with a certificate in front of it: events have names and
    /// addresses of users.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::Arc;
    /// use thought_industries::Secret;
    /// use thought_industries_events::{Acceptance, Inbox, Receiver};
    ///
    /// let inbox = Arc::new(Inbox::open("inbox.sqlite".as_ref())?);
    /// let receiver = Receiver::new(inbox, Acceptance::signed([Secret::from(std::env::var("TI_WEBHOOK_SECRET")?)]))?;
    /// receiver.serve(tokio::net::TcpListener::bind("127.0.0.1:8787").await?).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve(&self, listener: TcpListener) {
        let clock = Arc::clone(&self.inner.clock);
        let (intake, storing) = Intake::start(Arc::clone(&self.inner.inbox), Arc::clone(&clock));
        let receiver = self.clone();
        let routes = Router::new().fallback(move |request: Request| {
            let (receiver, intake) = (receiver.clone(), intake.clone());
            async move { receiver.respond(&intake, request).await }
        });
        let listener = BoundedListener::new(listener, CONNECTIONS, SLOWEST, clock);
        let serving = Box::pin(async move { axum::serve(listener, routes).await });
        // Neither ends by itself.
        _ = select(serving, Box::pin(storing)).await;
    }

    async fn respond(&self, intake: &Intake, request: Request) -> Response {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if is_read && request.uri().path() == HEALTH {
            return self.health().await;
        }
        let status = match self.receive(intake, request).await {
            Ok(()) => StatusCode::OK,
            Err(refusal) => {
                let tally = &self.inner.tally;
                let count = match refusal {
                    StatusCode::UNAUTHORIZED => &tally.unsigned,
                    StatusCode::SERVICE_UNAVAILABLE => &tally.failed,
                    _ => &tally.refused,
                };
                count.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(status = refusal.as_u16(), "a request was refused");
                refusal
            }
        };
        let mut response = response(status);
        match status {
            StatusCode::METHOD_NOT_ALLOWED => insert(&mut response, ALLOW, "POST"),
            StatusCode::SERVICE_UNAVAILABLE => insert(&mut response, RETRY_AFTER, "30"),
            // What is left of the body is not read.
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => insert(&mut response, CONNECTION, "close"),
            _ => {}
        }
        response
    }

    /// Whether the inbox can be used.
    async fn health(&self) -> Response {
        let counted = self.inner.inbox.blocking(Inbox::last).await;
        response(if counted.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE })
    }

    async fn receive(&self, intake: &Intake, request: Request) -> Result<(), StatusCode> {
        let Inner { acceptance, clock, tally, .. } = &*self.inner;
        let (parts, body) = request.into_parts();
        if acceptance.path_secret().is_some_and(|secret| !is_secret_path(parts.uri.path(), secret)) {
            return Err(StatusCode::NOT_FOUND);
        }
        let signature = check_head(&parts, LARGEST)?;
        let reading = Box::pin(to_bytes(body, LARGEST));
        let body = match select(reading, clock.sleep(SLOWEST)).await {
            Either::Left((read, _)) => read.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?,
            Either::Right(_) => return Err(StatusCode::REQUEST_TIMEOUT),
        };
        let is_hint = acceptance.judge(&body, signature.as_deref())?;
        let events = events_of(&body).map_err(|error| {
            tracing::warn!(%error, "a body was refused");
            StatusCode::BAD_REQUEST
        })?;
        let arrivals: Vec<_> =
            events.into_iter().map(|event| Arrival { event, source: Source::Webhook, is_hint }).collect();
        let kept = match select(Box::pin(intake.keep(arrivals)), clock.sleep(LONGEST_STORE)).await {
            Either::Left((kept, _)) => kept,
            Either::Right(_) => Err(StoreError::new("the disk took too long")),
        };
        let added = kept.map_err(|error| {
            tracing::error!(%error, "an event could not be kept");
            StatusCode::SERVICE_UNAVAILABLE
        })?;
        let new = added.iter().filter(|added| **added == Added::New).count() as u64;
        tally.new.fetch_add(new, Ordering::Relaxed);
        tally.known.fetch_add(added.len() as u64 - new, Ordering::Relaxed);
        Ok(())
    }
}

fn response(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn insert(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}
