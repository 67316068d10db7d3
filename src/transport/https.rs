//! The transport over HTTPS. The only module that knows reqwest.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};

use super::{Request, Response, Transport, TransportError};

/// The largest body that is read, decompressed, in bytes.
const LARGEST: usize = 64 << 20;

/// Why there is no whole answer.
enum Broken {
    TooLarge,
    Http(reqwest::Error),
}

impl From<reqwest::Error> for Broken {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

/// Sends over HTTPS. Follows no redirect: it would carry the key elsewhere.
#[derive(Debug)]
pub(crate) struct Https {
    client: reqwest::Client,
}

impl Https {
    pub(crate) fn new(timeout: Duration) -> Result<Self, TransportError> {
        reqwest::Client::builder()
            .user_agent(concat!("thought-industries-rs/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            // Whether a request is sent again depends on the operation, which is not known here.
            .retry(reqwest::retry::never())
            .timeout(timeout)
            .build()
            .map(|client| Self { client })
            .map_err(|error| TransportError::new("cannot set up TLS", Some(Box::new(error.without_url()))))
    }

    async fn exchange(&self, request: Request) -> Result<Response, Broken> {
        // The methods and header names of this crate are constants that are valid.
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
        let mut headers = HeaderMap::new();
        for header in &request.headers {
            if let Ok(mut value) = HeaderValue::from_str(&header.value) {
                value.set_sensitive(header.is_sensitive);
                headers.insert(HeaderName::from_static(header.name), value);
            }
        }
        let mut answer = self.client.request(method, request.url).headers(headers).body(request.body).send().await?;
        let status = answer.status().as_u16();
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_owned();
        let mut response = Response::new(status, content_type, Vec::new());
        for (name, value) in answer.headers() {
            if let Ok(value) = value.to_str() {
                response = response.with_header(name.as_str(), value);
            }
        }
        while let Some(chunk) = answer.chunk().await? {
            if response.body.len() + chunk.len() > LARGEST {
                return Err(Broken::TooLarge);
            }
            response.body.extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

impl Transport for Https {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        async move {
            self.exchange(request).await.map_err(|broken| match broken {
                Broken::TooLarge => {
                    TransportError::not_taken(format!("the answer is larger than {} MB", LARGEST >> 20))
                }
                Broken::Http(error) if error.is_timeout() => TransportError::timeout(),
                Broken::Http(error) if error.is_connect() => {
                    TransportError::not_sent("no connection to the tenant", Some(Box::new(error.without_url())))
                }
                Broken::Http(error) => TransportError::new("the connection broke", Some(Box::new(error.without_url()))),
            })
        }
        .boxed()
    }
}
