//! The HTTPS transport. The only module that uses reqwest.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::{HttpResponse, Request, Transport, TransportError};

/// The largest body that is read, decompressed, in bytes.
const LARGEST: usize = 64 << 20;

/// Why the response is incomplete.
enum Broken {
    TooLarge,
    TooSlow,
    Http(reqwest::Error),
}

impl From<Elapsed> for Broken {
    fn from(_: Elapsed) -> Self {
        Self::TooSlow
    }
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

/// The time limits of an exchange, and the number of idle connections.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// Until the connection is established.
    pub(crate) connect: Duration,
    /// From sending until the response headers arrive.
    pub(crate) first_byte: Duration,
    /// Between two chunks of the body.
    pub(crate) idle: Duration,
    /// The entire exchange.
    pub(crate) total: Duration,
    /// The maximum number of idle connections.
    pub(crate) kept: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(45),
            idle: Duration::from_secs(15),
            total: Duration::from_secs(60),
            kept: 8,
        }
    }
}

/// Sends over HTTPS. Does not follow redirects: whether that is safe depends on where they lead.
#[derive(Debug)]
pub(crate) struct Https {
    client: RwLock<reqwest::Client>,
    bounds: Bounds,
}

impl Https {
    pub(crate) fn new(bounds: Bounds) -> Result<Self, TransportError> {
        let client = pool(&bounds)
            .map_err(|error| TransportError::new("cannot set up TLS", Some(Box::new(error.without_url()))))?;
        Ok(Self { client: RwLock::new(client), bounds })
    }

    async fn exchange(&self, request: Request) -> Result<HttpResponse, Broken> {
        // The methods and header names of this crate are valid constants.
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
        let mut headers = HeaderMap::new();
        for header in &request.headers {
            if let Ok(mut value) = HeaderValue::from_str(&header.value) {
                value.set_sensitive(header.is_sensitive);
                headers.insert(HeaderName::from_static(header.name), value);
            }
        }
        // A clone shares the connections, and the lock is not held while the request is on its way.
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        let sending = client.request(method, request.url).headers(headers).body(request.body).send();
        let mut answer = timeout(self.bounds.first_byte, sending).await??;
        let status = answer.status().as_u16();
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_owned();
        let mut response = HttpResponse::new(status, content_type, Vec::new());
        for (name, value) in answer.headers() {
            if let Ok(value) = value.to_str() {
                response = response.with_header(name.as_str(), value);
            }
        }
        while let Some(chunk) = timeout(self.bounds.idle, answer.chunk()).await?? {
            // Counted as it arrives, because `Content-Length` does not bound the decompressed size.
            if response.body.len() + chunk.len() > LARGEST {
                return Err(Broken::TooLarge);
            }
            response.body.extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

/// A client with a pool of connections of its own.
fn pool(bounds: &Bounds) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(concat!("thought-industries-rs/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        // Whether to retry depends on the operation, which is not known here.
        .retry(reqwest::retry::never())
        .connect_timeout(bounds.connect)
        .timeout(bounds.total)
        .pool_max_idle_per_host(bounds.kept)
        .build()
}

impl Transport for Https {
    fn discard_connections(&self) {
        // The old pool lives on until its requests in flight have ended.
        if let Ok(fresh) = pool(&self.bounds) {
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }

    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            // reqwest's errors lose their URL, which may contain the key or an e-mail address.
            self.exchange(request).await.map_err(|broken| match broken {
                Broken::TooLarge => {
                    TransportError::permanent(format!("the response is larger than {} MB", LARGEST >> 20))
                }
                Broken::TooSlow => TransportError::timeout(),
                // Checked before `is_timeout`, which also holds for a slow connect:
                // nothing was sent then, and a write may be retried.
                Broken::Http(error) if error.is_connect() => {
                    TransportError::not_sent("no connection to the tenant", Some(Box::new(error.without_url())))
                }
                Broken::Http(error) if error.is_timeout() => TransportError::timeout(),
                Broken::Http(error) => TransportError::new("the connection broke", Some(Box::new(error.without_url()))),
            })
        }
        .boxed()
    }
}
