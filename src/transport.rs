//! How requests leave the client. The default uses HTTPS; a test replaces it with its own [`Transport`] through
//! [`ClientBuilder::with_transport`](crate::ClientBuilder::with_transport).

pub(crate) mod https;

use std::error::Error as StdError;
use std::fmt;

use futures::future::BoxFuture;

/// Sends requests.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends one request and returns the complete response, whatever its status.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>>;

    /// Uses no connection again that is open now: responses on one of them may belong to other requests.
    fn discard_connections(&self) {}
}

/// A request, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The HTTP method.
    pub method: &'static str,
    /// The URL. Contains the key if the key is sent in the query string.
    pub url: String,
    /// Headers. The one with the key is marked as sensitive.
    pub headers: Vec<Header>,
    /// The body; empty for none.
    pub body: String,
}

/// A header of a request.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Whether the value is a secret.
    pub is_sensitive: bool,
}

/// A response.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The media type, without parameters; empty if the response does not specify one.
    pub content_type: String,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
}

impl HttpResponse {
    /// A response, for a test's transport.
    pub fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: content_type.into(), body: body.into(), headers: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// The response without most of its body: enough for an error to describe it.
    pub(crate) fn beginning(&self) -> Self {
        let body = self.body.get(..4_096).unwrap_or(&self.body).to_vec();
        Self { body, headers: self.headers.clone(), content_type: self.content_type.clone(), status: self.status }
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Shows the method and the URL without its query string, and nothing that may be secret or personal.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|header| header.name).collect();
        let url = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &url)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// The error for a request that got no response.
#[derive(Debug)]
pub struct TransportError {
    message: String,
    is_timeout: bool,
    is_not_sent: bool,
    is_permanent: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// No response, and the reason. The source must not print a URL.
    pub fn new(message: impl Into<String>, source: Option<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { message: message.into(), is_timeout: false, is_not_sent: false, is_permanent: false, source }
    }

    /// A response arrived but was rejected, with the reason: the same request would get it again.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { is_permanent: true, ..Self::new(message, None) }
    }

    /// The request did not reach the tenant, with the reason: there was no connection.
    pub fn not_sent(message: impl Into<String>, source: Option<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { is_not_sent: true, ..Self::new(message, source) }
    }

    /// No response in time.
    pub fn timeout() -> Self {
        Self { is_timeout: true, ..Self::new("no response in time", None) }
    }

    /// Whether the same request would fail in the same way.
    pub fn is_permanent(&self) -> bool {
        self.is_permanent
    }

    /// Whether the tenant received nothing of the request.
    pub fn is_not_sent(&self) -> bool {
        self.is_not_sent
    }

    /// Whether the time ran out.
    pub fn is_timeout(&self) -> bool {
        self.is_timeout
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
