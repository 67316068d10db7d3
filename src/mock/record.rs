//! Recordings of exchanges with a tenant.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use serde::{Deserialize, Serialize};
use tower_service::Service;
use url::form_urlencoded;

use super::MockRequest;
use crate::runtime::Surface;
use crate::transport::{BoxError, RequestBody, RequestInfo, TransportError};

/// Exchanges with a tenant, in order: JSON, to be kept in a file. The key is not in it, but what the tenant returned is,
/// so record a sandbox, or a tenant without personal data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recording {
    /// The exchanges.
    pub exchanges: Vec<RecordedExchange>,
}

/// A request and its response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedExchange {
    /// The operation, such as `users.get`.
    pub operation: String,
    /// The surface.
    pub surface: Surface,
    /// The HTTP method.
    pub method: String,
    /// Path and query, without the key.
    pub path: String,
    /// The body of the request.
    pub request: String,
    /// The HTTP status.
    pub status: u16,
    /// The media type of the response.
    pub content_type: Option<String>,
    /// The body of the response.
    pub response: String,
}

impl RecordedExchange {
    pub(super) fn is_of(&self, request: &MockRequest) -> bool {
        let MockRequest { method, path, body, .. } = request;
        (&self.method, &self.path, &self.request) == (method, path, body)
    }

    pub(super) fn response(self) -> Result<http::Response<Full<bytes::Bytes>>, TransportError> {
        response(self.status, self.content_type.as_deref(), self.response)
    }
}

/// A service that records what passes through it. Clones share the recording.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use thought_industries::Client;
/// use thought_industries::mock::{Mock, Recording, Recorder};
///
/// let recording = Recorder::recording();
/// let recorder = recording.clone();
/// let client = Client::builder()
///     .set_url("http://127.0.0.1:8080") // `ti sandbox`
///     .set_api_key("key")
///     .with_layer(move |https| Recorder::new(https, recorder))
///     .build()?;
/// client.users().get("ada@example.com").send().await?;
/// let text = serde_json::to_string_pretty(&*recording.lock().map_err(|_| "poisoned")?)?;
///
/// let recording: Recording = serde_json::from_str(&text)?;
/// let tenant = Mock::replay(&recording); // a service for `with_service`
/// # _ = tenant;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Recorder<S> {
    inner: S,
    recording: Arc<Mutex<Recording>>,
}

impl Recorder<()> {
    /// An empty recording.
    pub fn recording() -> Arc<Mutex<Recording>> {
        Arc::default()
    }
}

impl<S> Recorder<S> {
    /// Records what passes through a service.
    pub fn new(inner: S, recording: Arc<Mutex<Recording>>) -> Self {
        Self { inner, recording }
    }
}

impl<S, B> Service<http::Request<RequestBody>> for Recorder<S>
where
    S: Service<http::Request<RequestBody>, Response = http::Response<B>>,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<Full<bytes::Bytes>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
        let recording = Arc::clone(&self.recording);
        let keys = keys_of(&request);
        let info = request.extensions().get::<RequestInfo>().copied();
        let (method, path) = (request.method().to_string(), path_of(&request));
        let sent = String::from_utf8_lossy(request.body().as_bytes()).into_owned();
        let sending = self.inner.call(request);
        async move {
            let (head, body) = sending.await.map_err(Into::into)?.into_parts();
            let body = body.collect().await.map_err(Into::into)?.to_bytes();
            if let Some(info) = info {
                let text = String::from_utf8_lossy(&body).into_owned();
                let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
                let exchange = RecordedExchange {
                    operation: info.operation.to_owned(),
                    surface: info.surface,
                    method,
                    path,
                    request: sent,
                    status: head.status.as_u16(),
                    content_type: content_type.map(str::to_owned),
                    // A tenant may repeat the key in its message.
                    response: keys.iter().fold(text, |text, key| text.replace(key, "…")),
                };
                recording.lock().unwrap_or_else(PoisonError::into_inner).exchanges.push(exchange);
            }
            Ok(http::Response::from_parts(head, Full::from(body)))
        }
        .boxed()
    }
}

/// The name of the key in a query.
const KEY: &str = "apiKey";

/// The path and query of a request, without the key.
pub(super) fn path_of(request: &http::Request<RequestBody>) -> String {
    let path = request.uri().path().to_owned();
    let Some(query) = request.uri().query() else { return path };
    let others = query.split('&').filter(|pair| pair.split('=').next() != Some(KEY));
    let others = others.collect::<Vec<_>>().join("&");
    if others.is_empty() { path } else { format!("{path}?{others}") }
}

/// The key, wherever it is.
fn keys_of(request: &http::Request<RequestBody>) -> Vec<String> {
    let query = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
    let in_query = query.filter(|(name, _)| name == KEY).map(|(_, key)| key.into_owned());
    let sensitive = request.headers().values().filter(|value| value.is_sensitive());
    let in_headers = sensitive.filter_map(|value| Some(value.to_str().ok()?.trim_start_matches("Bearer ").to_owned()));
    in_query.chain(in_headers).filter(|key| !key.is_empty()).collect()
}

pub(super) fn response(
    status: u16,
    content_type: Option<&str>,
    body: String,
) -> Result<http::Response<Full<bytes::Bytes>>, TransportError> {
    let builder = http::Response::builder().status(status);
    let builder = match content_type {
        Some(content_type) => builder.header(CONTENT_TYPE, content_type),
        None => builder,
    };
    builder.body(Full::from(body)).map_err(|_| TransportError::invalid("the scripted response is not valid HTTP"))
}
