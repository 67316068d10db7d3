//! A tenant for the unit tests of a program: scripted responses by operation, and recordings to replay. With the feature
//! `test-util`; nothing here uses a network.
//!
//! ```
//! use thought_industries::mock::Mock;
//! use thought_industries::Surface;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), thought_industries::Error> {
//! let tenant = Mock::new();
//! tenant.on("users.get", 200, r#"{"id":"u-1","email":"ada@example.com","firstName":"Ada"}"#);
//! let client = tenant.builder(Surface::RestV2).build()?;
//!
//! let user = client.users().get("ada@example.com").record_only().send().await?;
//! assert_eq!(user.first_name.as_deref(), Some("Ada"));
//! assert_eq!(tenant.requests()[0].path, "/incoming/v2/users/ada@example.com");
//! # Ok(())
//! # }
//! ```

mod record;

use std::collections::{BTreeMap, VecDeque};
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::Full;
use tower_service::Service;

use crate::profile::{Presence, TenantProfile};
use crate::runtime::Surface;
use crate::transport::{RequestBody, RequestInfo, TransportError};
use crate::{Client, ClientBuilder, Clock, Dialect};

pub use record::{RecordedExchange, Recorder, Recording};

/// A tenant that responds from a script. Clones share the script.
///
/// Responses are given by operation, in the order of the calls to [`on`](Self::on) and [`fail`](Self::fail); the last one
/// of an operation is repeated. A request of an operation without a response is an
/// [`ErrorKind::Transport`](crate::ErrorKind::Transport) that names the operation.
#[derive(Debug, Clone, Default)]
pub struct Mock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    scripted: BTreeMap<String, VecDeque<Scripted>>,
    /// Exchanges that are returned once, in order.
    recorded: Vec<RecordedExchange>,
    requests: Vec<MockRequest>,
}

#[derive(Debug, Clone)]
enum Scripted {
    Response { status: u16, body: String },
    Failure(Failure),
}

/// How a request of a [`Mock`] fails without a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// There was no connection: nothing was sent, and a write is retried as well.
    NotSent,
    /// The connection broke: a write may have been carried out.
    Broken,
    /// No response in time: a write may have been carried out.
    Timeout,
}

/// A request that a [`Mock`] received.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockRequest {
    /// The operation, such as `users.get`.
    pub operation: &'static str,
    /// The surface.
    pub surface: Surface,
    /// The HTTP method.
    pub method: String,
    /// Path and query, without the key.
    pub path: String,
    /// The body; empty for none.
    pub body: String,
}

impl Mock {
    /// A tenant without responses.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tenant that responds as in a recording: each request with the method, path, query and body of a recorded one
    /// gets its response, once, in the recorded order. Other requests are errors, unless [`on`](Self::on) covers them.
    pub fn replay(recording: &Recording) -> Self {
        let mock = Self::new();
        mock.state().recorded.clone_from(&recording.exchanges);
        mock
    }

    /// Adds a JSON response to requests of this operation, in the form of the surface that it is sent to. For GraphQL that
    /// is an object with `data` or `errors`.
    pub fn on(&self, operation: &str, status: u16, body: impl Into<String>) -> &Self {
        self.push(operation, Scripted::Response { status, body: body.into() })
    }

    /// Adds a failure without a response to requests of this operation.
    pub fn fail(&self, operation: &str, failure: Failure) -> &Self {
        self.push(operation, Scripted::Failure(failure))
    }

    /// A builder for a client of this tenant, of which it is known that it has this one surface. Limits are off, and
    /// waits take no time.
    pub fn builder(&self, surface: Surface) -> ClientBuilder {
        let mut profile = TenantProfile::of(Dialect::default());
        for endpoint in &mut profile.endpoints {
            endpoint.presence = if endpoint.surface == surface { Presence::Present } else { Presence::Absent };
        }
        let builder = Client::builder().set_subdomain("mock").set_api_key("mock-key").with_profile(profile);
        builder
            .with_learner_roles(["student"])
            .without_limits()
            .with_clock(NoWaits::default())
            .with_service(self.clone())
    }

    /// The requests so far, in order.
    pub fn requests(&self) -> Vec<MockRequest> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, operation: &str, scripted: Scripted) -> &Self {
        self.state().scripted.entry(operation.to_owned()).or_default().push_back(scripted);
        self
    }

    fn respond(
        &self,
        request: &http::Request<RequestBody>,
    ) -> Result<http::Response<Full<bytes::Bytes>>, TransportError> {
        let Some(info) = request.extensions().get::<RequestInfo>() else {
            return Err(TransportError::invalid("the request is not from a client of this crate"));
        };
        let received = MockRequest {
            operation: info.operation,
            surface: info.surface,
            method: request.method().to_string(),
            path: record::path_of(request),
            body: String::from_utf8_lossy(request.body().as_bytes()).into_owned(),
        };
        let mut state = self.state();
        state.requests.push(received.clone());
        if let Some(place) = state.recorded.iter().position(|recorded| recorded.is_of(&received)) {
            return state.recorded.remove(place).response();
        }
        let unscripted = || {
            let (operation, surface, MockRequest { method, path, .. }) = (info.operation, info.surface, &received);
            TransportError::invalid(format!("the mock has no response for {operation} over {surface}: {method} {path}"))
        };
        let queue = state.scripted.get_mut(info.operation).ok_or_else(unscripted)?;
        let next = if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() };
        match next.ok_or_else(unscripted)? {
            Scripted::Response { status, body } => record::response(status, Some("application/json"), body),
            Scripted::Failure(Failure::NotSent) => Err(TransportError::not_sent("no connection to the tenant", None)),
            Scripted::Failure(Failure::Broken) => Err(TransportError::new("the connection broke", None)),
            Scripted::Failure(Failure::Timeout) => Err(TransportError::timeout()),
        }
    }
}

impl Service<http::Request<RequestBody>> for Mock {
    type Response = http::Response<Full<bytes::Bytes>>;
    type Error = TransportError;
    type Future = Ready<Result<Self::Response, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
        ready(self.respond(&request))
    }
}

/// A clock on which waiting takes no time. It needs no runtime.
#[derive(Debug, Default)]
struct NoWaits(Mutex<Duration>);

/// A wait of this length is a deadline, which a response comes before.
const DEADLINE: Duration = Duration::from_secs(60);

impl NoWaits {
    fn passed(&self) -> MutexGuard<'_, Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for NoWaits {
    fn now(&self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default() + *self.passed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        if duration > DEADLINE {
            return futures::future::pending().boxed();
        }
        *self.passed() += duration;
        ready(()).boxed()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}
