//! Introspection: the requests to send, and the schema that the answer describes.
//!
//! cynic-introspection finds out what the endpoint can tell and builds the query. Two things its query leaves out
//! are added here, the schema's own description and deprecated input fields, and its types are not used to read the
//! answer, since they drop both and the `@specifiedBy` of a scalar.

mod load;
mod request;

pub use load::load;
pub use request::{Detected, Specification, detect, detection_request, introspection_request};

use crate::{LoadError, Schema, sdl};

/// What an endpoint said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Introspected {
    /// The schema, in the order of names.
    pub schema: Schema,
    /// The edition of the specification whose introspection the endpoint offers.
    pub specification: Specification,
}

/// Why an endpoint could not be introspected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntrospectError<E: std::error::Error + 'static> {
    /// The request did not get through.
    #[error("the introspection query did not get through")]
    Send(#[source] E),
    /// The answer is none.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Introspects an endpoint in two requests. `send` takes the JSON body of a GraphQL request and returns the bytes of
/// the answer's body.
///
/// # Errors
/// If sending fails, an answer is no introspection result, or what it describes is no valid schema; nothing of it is
/// handed over then.
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
