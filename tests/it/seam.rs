//! A network as a function of a request, as a service that a client takes.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::Full;
use thought_industries::transport::{RequestBody, RequestInfo, TransportError};
use tower_service::Service;

/// A request, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    /// Names and values, without the user agent.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    #[allow(dead_code, reason = "not every test crate reads it")]
    pub(crate) info: RequestInfo,
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

impl HttpResponse {
    pub(crate) fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: content_type.into(), body: body.into(), headers: Vec::new() }
    }

    #[allow(dead_code, reason = "not every test crate has headers")]
    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn into_http(self) -> http::Response<Full<bytes::Bytes>> {
        let mut response = http::Response::builder().status(self.status);
        if !self.content_type.is_empty() {
            response = response.header("content-type", self.content_type);
        }
        // Whatever a tenant sends: a value that no response can have is left out.
        for (name, value) in self.headers {
            if let Ok(value) = http::HeaderValue::from_str(&value) {
                response = response.header(name, value);
            }
        }
        response.body(Full::from(self.body)).expect("a response")
    }
}

/// A network.
pub(crate) trait Transport: Send + Sync + 'static {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;
}

/// The service of a network.
#[derive(Debug)]
pub(crate) struct Over<T>(Arc<T>);

impl<T> Over<T> {
    pub(crate) fn new(network: T) -> Self {
        Self(Arc::new(network))
    }
}

impl<T> Clone for Over<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Transport> Service<http::Request<RequestBody>> for Over<T> {
    type Response = http::Response<Full<bytes::Bytes>>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Self::Response, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
        let headers = request.headers().iter().filter(|(name, _)| *name != http::header::USER_AGENT);
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()));
        let request = Request {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: headers.collect(),
            body: String::from_utf8(request.body().as_bytes().to_vec()).expect("text"),
            info: *request.extensions().get().expect("what it is for"),
        };
        let network = Arc::clone(&self.0);
        async move { network.send(request).await.map(HttpResponse::into_http) }.boxed()
    }
}
