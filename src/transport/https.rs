//! The transport over HTTPS. The only module that knows reqwest.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};

use super::{Request, Response, Transport, TransportError};

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
            .timeout(timeout)
            .build()
            .map(|client| Self { client })
            .map_err(|error| TransportError::new("cannot set up TLS", Some(Box::new(error.without_url()))))
    }

    async fn exchange(&self, request: Request) -> Result<Response, reqwest::Error> {
        // The methods and header names of this crate are constants that are valid.
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
        let mut headers = HeaderMap::new();
        for header in &request.headers {
            if let Ok(mut value) = HeaderValue::from_str(&header.value) {
                value.set_sensitive(header.is_sensitive);
                headers.insert(HeaderName::from_static(header.name), value);
            }
        }
        let answer = self.client.request(method, request.url).headers(headers).body(request.body).send().await?;
        let status = answer.status().as_u16();
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_owned();
        Ok(Response { status, content_type, body: answer.bytes().await?.to_vec() })
    }
}

impl Transport for Https {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        async move {
            self.exchange(request).await.map_err(|error| {
                if error.is_timeout() {
                    TransportError::timeout()
                } else if error.is_connect() {
                    TransportError::new("no connection to the tenant", Some(Box::new(error.without_url())))
                } else {
                    TransportError::new("the connection broke", Some(Box::new(error.without_url())))
                }
            })
        }
        .boxed()
    }
}
