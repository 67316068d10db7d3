//! Introspection: the requests to send, and the schema that the response describes.
//!
//! cynic-introspection detects what the endpoint supports and builds the query. This module adds two things that the
//! query omits: the schema's own description and deprecated input fields. It does not read the response into
//! cynic-introspection's types, since they drop both and the `@specifiedBy` of a scalar.

mod load;
mod request;

pub use load::load;
pub use request::{Detected, Specification, detect, detection_request, introspection_request};

use crate::{LoadError, Schema, sdl};

/// The result of introspecting an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Introspected {
    /// The schema, sorted by name.
    pub schema: Schema,
    /// The edition of the specification whose introspection the endpoint supports.
    pub specification: Specification,
}

/// Why an endpoint could not be introspected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectError<E: std::error::Error + 'static> {
    /// The request failed.
    #[error("the introspection request failed")]
    Send(#[source] E),
    /// The response is not a valid introspection result.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Introspects an endpoint in two requests. `send` takes the JSON body of a GraphQL request and returns the bytes of
/// the response body.
///
/// # Errors
/// If sending fails, a response is not an introspection result, or the schema is invalid. No partial schema is
/// returned.
pub async fn introspect<E: std::error::Error + 'static>(
    send: impl AsyncFn(String) -> Result<Vec<u8>, E>,
) -> Result<Introspected, IntrospectError<E>> {
    let answer = send(detection_request()).await.map_err(IntrospectError::Send)?;
    let detected = detect(&answer)?;
    let answer = send(introspection_request(detected)).await.map_err(IntrospectError::Send)?;
    let schema = load(&answer)?;
    sdl::check(&schema)?;
    Ok(Introspected { schema, specification: detected.specification() })
}
