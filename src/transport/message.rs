//! Requests and responses as the rest of the library sees them: complete, with text instead of bytes where it is text.

use std::fmt;

use super::{RequestBody, RequestInfo, TransportError};

/// A request, ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// The HTTP method.
    pub(crate) method: &'static str,
    /// The URL. Contains the key if the key is sent in the query string.
    pub(crate) url: String,
    /// Headers. The one with the key is marked as sensitive.
    pub(crate) headers: Vec<Header>,
    /// The body; empty for none.
    pub(crate) body: String,
}

/// A header of a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Its name, in lower case.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) value: String,
    /// Whether the value is a secret.
    pub(crate) is_sensitive: bool,
}

/// A response.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HttpResponse {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The media type, without parameters; empty if the response does not specify one.
    pub(crate) content_type: String,
    /// The body, decompressed.
    pub(crate) body: Vec<u8>,
    /// Names in lower case, and values.
    pub(crate) headers: Vec<(String, String)>,
}

const USER_AGENT: &str = concat!("thought-industries-rs/", env!("CARGO_PKG_VERSION"));

impl Request {
    /// The request as a service takes it.
    pub(super) fn into_http(self, info: RequestInfo) -> Result<http::Request<RequestBody>, TransportError> {
        let mut builder = http::Request::builder().method(self.method).uri(self.url);
        builder = builder.header(http::header::USER_AGENT, USER_AGENT);
        if self.method == "GET" {
            builder = builder.header(http::header::CACHE_CONTROL, "no-cache");
        }
        for header in self.headers {
            // Neither the URL nor a value is repeated: both may hold the key.
            let mut value = http::HeaderValue::from_str(&header.value)
                .map_err(|_| TransportError::invalid(format!("the header `{}` is not valid", header.name)))?;
            value.set_sensitive(header.is_sensitive);
            builder = builder.header(header.name, value);
        }
        let request = builder.extension(info).body(RequestBody::from(self.body));
        request.map_err(|_| TransportError::invalid("the request has no valid URL"))
    }
}

impl HttpResponse {
    /// A response with a media type and a body.
    pub(crate) fn new(status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type: content_type.into(), body: body.into(), headers: Vec::new() }
    }

    /// Adds a header.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// The head of a response, whose body is read next.
    pub(super) fn from_head<B>(response: &http::Response<B>) -> Self {
        let content_type = response.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_owned();
        let headers = response.headers().iter();
        let headers = headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
        let headers = headers.collect();
        Self { status: response.status().as_u16(), content_type, body: Vec::new(), headers }
    }

    /// The response without most of its body: enough for an error to describe it.
    pub(crate) fn beginning(&self) -> Self {
        let body = self.body.get(..4_096).unwrap_or(&self.body).to_vec();
        Self { body, headers: self.headers.clone(), content_type: self.content_type.clone(), status: self.status }
    }

    /// How many seconds ago a cache on the way got it from the tenant (RFC 9111, 5.1); `None` if it comes from the tenant
    /// itself.
    pub(crate) fn age(&self) -> Option<u64> {
        self.header("age")?.trim().parse().ok().filter(|age| *age > 0)
    }

    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
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
