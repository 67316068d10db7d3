//! How requests leave the client: over the built-in HTTPS service, or over any service of the `http` crate's types that
//! [`ClientBuilder::with_service`](crate::ClientBuilder::with_service) is given.
//!
//! A service is a [`tower_service::Service`] from `http::Request<RequestBody>` to `http::Response` with any
//! `http_body::Body`. Layers of tower and tower-http, mocks, and recorders fit without an adapter. Whatever the service,
//! the client bounds the time of an exchange and the size of a response, follows redirects itself, and keeps the key out of
//! errors.

mod cleaned;
mod error;
mod exchange;
pub(crate) mod https;
mod message;
mod problem;
mod service;
#[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring"))]
mod tls;

pub use error::TransportError;
pub(crate) use exchange::{Bounds, Transport};
pub(crate) use message::{Header, HttpResponse, Request};
pub use problem::ConnectionProblem;
pub(crate) use service::{Adapter, BoxError, Connection, Layered};
pub use service::{BaseService, RequestBody, RequestInfo, ResponseBody};
