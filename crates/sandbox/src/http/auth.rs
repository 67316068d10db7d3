//! Keys: each surface accepts them where its documents specify, and nowhere else.

use axum::extract::Request;
use axum::http::{StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// The key that a sandbox takes.
pub(crate) const API_KEY: &str = "sandbox-key-for-loopback-only";

/// Finds the key in a request, in the places that a surface documents.
pub(crate) type Accepts = fn(&Parts) -> Option<String>;

/// Passes requests with the key. Responds to all others with 401 and an empty body, as the v2 landing page states.
pub(crate) async fn require(accepts: Accepts, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if accepts(&parts).as_deref() == Some(API_KEY) {
        next.run(Request::from_parts(parts, body)).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

pub(crate) fn bearer(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

pub(crate) fn header_or_query(parts: &Parts) -> Option<String> {
    let header = parts.headers.get("x-api-key").and_then(|value| value.to_str().ok());
    header.map(str::to_owned).or_else(|| query(parts))
}

pub(crate) fn bearer_or_query(parts: &Parts) -> Option<String> {
    bearer(parts).or_else(|| query(parts))
}

fn query(parts: &Parts) -> Option<String> {
    let query = parts.uri.query()?;
    query.split('&').find_map(|pair| pair.strip_prefix("apiKey=")).map(str::to_owned)
}
