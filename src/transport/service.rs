//! The service below the client, whatever its types are.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use futures::future::BoxFuture;
use futures::{FutureExt as _, TryFutureExt as _};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use tower_service::Service;

use super::TransportError;
use crate::runtime::Surface;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// A response whose body is not read yet.
pub(crate) type Streamed = http::Response<UnsyncBoxBody<Bytes, BoxError>>;

/// Sends requests. Time, size, and redirects are bounded above it.
pub(crate) trait Connection: Send + Sync + fmt::Debug {
    fn call(&self, request: http::Request<RequestBody>) -> BoxFuture<'static, Result<Streamed, BoxError>>;

    /// Uses no connection again that is open now.
    fn discard(&self) {}

    /// Whether it works only within a Tokio runtime.
    fn needs_tokio(&self) -> bool {
        false
    }
}

/// The body of a request: complete, and cheap to clone. It is JSON, or empty.
///
/// ```
/// use thought_industries::transport::RequestBody;
///
/// let body = RequestBody::from(r#"{"query":"{ ping }"}"#.to_owned());
/// assert_eq!(body.as_bytes().len(), 20);
/// assert_eq!(format!("{body:?}"), "RequestBody(20 bytes)", "it may hold personal data");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RequestBody(Bytes);

impl RequestBody {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, without a copy.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<String> for RequestBody {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut self.get_mut().0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestBody({} bytes)", self.0.len())
    }
}

/// What a request is for: an extension of each `http::Request` that a service gets, for mocks, metrics and routing.
///
/// ```
/// use thought_industries::transport::{RequestBody, RequestInfo};
///
/// fn operation(request: &http::Request<RequestBody>) -> Option<&'static str> {
///     request.extensions().get::<RequestInfo>().map(|info| info.operation)
/// }
/// # _ = operation;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestInfo {
    /// The operation, such as `users.get`.
    pub operation: &'static str,
    /// The surface that it is sent to.
    pub surface: Surface,
    /// Starts at 1.
    pub attempt: u32,
    /// How often the client has seen a response that may belong to another request. A service with connections of its own
    /// should not use one again that it opened under a smaller number; the built-in service does so.
    pub generation: u32,
}

/// The service below a layer: the built-in one, or the one of
/// [`with_service`](crate::ClientBuilder::with_service). Cloning is cheap.
#[derive(Debug, Clone)]
pub struct BaseService(Arc<dyn Connection>);

impl Service<http::Request<RequestBody>> for BaseService {
    type Response = http::Response<ResponseBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
        self.0.call(request).map_ok(|response| response.map(ResponseBody)).boxed()
    }
}

/// The body of a response of [`BaseService`]: its bytes as they arrive.
pub struct ResponseBody(UnsyncBoxBody<Bytes, BoxError>);

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.get_mut().0).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseBody")
    }
}

/// A service on top of another one.
#[derive(Debug)]
pub(crate) struct Layered {
    upper: Arc<dyn Connection>,
    base: Arc<dyn Connection>,
}

impl Layered {
    pub(crate) fn new(base: Arc<dyn Connection>, layer: impl FnOnce(BaseService) -> Arc<dyn Connection>) -> Self {
        Self { upper: layer(BaseService(Arc::clone(&base))), base }
    }
}

impl Connection for Layered {
    fn call(&self, request: http::Request<RequestBody>) -> BoxFuture<'static, Result<Streamed, BoxError>> {
        self.upper.call(request)
    }

    fn discard(&self) {
        self.base.discard();
    }

    fn needs_tokio(&self) -> bool {
        self.base.needs_tokio()
    }
}

/// A service that is cloned for each request, as its `poll_ready` belongs to one.
pub(crate) struct Adapter<S>(Mutex<S>);

impl<S> Adapter<S> {
    pub(crate) fn new(service: S) -> Self {
        // Behind a mutex, because the boxed services of tower are not `Sync`.
        Self(Mutex::new(service))
    }
}

impl<S> fmt::Debug for Adapter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service")
    }
}

impl<S, B> Connection for Adapter<S>
where
    S: Service<http::Request<RequestBody>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn call(&self, request: http::Request<RequestBody>) -> BoxFuture<'static, Result<Streamed, BoxError>> {
        let mut service = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        async move {
            poll_fn(|context| service.poll_ready(context)).await.map_err(|error| not_ready(error.into()))?;
            let response = service.call(request).await.map_err(Into::into)?;
            Ok(response.map(erase))
        }
        .boxed()
    }
}

/// A service that is not ready has not sent anything.
fn not_ready(error: BoxError) -> BoxError {
    match error.downcast::<TransportError>() {
        Ok(own) => own,
        Err(error) => Box::new(TransportError::not_sent("the service is not ready", Some(error))),
    }
}

/// A body whose types do not show.
pub(super) fn erase<B>(body: B) -> UnsyncBoxBody<Bytes, BoxError>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let to_bytes = |frame: Frame<B::Data>| frame.map_data(|mut data| data.copy_to_bytes(data.remaining()));
    body.map_frame(to_bytes).map_err(Into::into).boxed_unsync()
}
