//! Keys: each surface accepts them where its documents specify, and nowhere else.

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{StatusCode, header::AUTHORIZATION};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use crate::reply::{html, json as reply};
use crate::unknowns::{KeyPlace, KeyRefusal};

/// The key that a sandbox takes.
pub(crate) const API_KEY: &str = "sandbox-key-for-loopback-only";

/// Finds the key in a request, in the places that a surface documents.
pub(crate) type Accepts = fn(&Parts) -> Option<String>;

/// Marks the response to a request without the key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unauthorized;

/// Passes requests with the key. By default, responds to all others with 401 and an empty body, as the v2 landing page
/// states.
pub(crate) async fn require(accepts: Accepts, refusal: KeyRefusal, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if accepts(&parts).as_deref() == Some(API_KEY) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let errors = |message: &str| json!({ "errors": [{ "message": message }] });
    let mut response = match refusal {
        KeyRefusal::Empty401 => StatusCode::UNAUTHORIZED.into_response(),
        KeyRefusal::Json401 => reply(StatusCode::UNAUTHORIZED, &errors("Unauthorized")),
        KeyRefusal::Json403 => reply(StatusCode::FORBIDDEN, &errors("Forbidden")),
        KeyRefusal::Html403 => html(StatusCode::FORBIDDEN, "<!doctype html><title>Forbidden</title>"),
    };
    response.extensions_mut().insert(Unauthorized);
    response
}

/// The one place that is set, or the places that the dialect documents.
pub(crate) fn placed(place: KeyPlace, documented: Accepts) -> Accepts {
    match place {
        KeyPlace::OfDialect => documented,
        KeyPlace::Bearer => bearer,
        KeyPlace::XApiKey => header,
        KeyPlace::Query => query,
    }
}

pub(crate) fn bearer(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

pub(crate) fn header_or_query(parts: &Parts) -> Option<String> {
    header(parts).or_else(|| query(parts))
}

fn header(parts: &Parts) -> Option<String> {
    parts.headers.get("x-api-key").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

pub(crate) fn query(parts: &Parts) -> Option<String> {
    let query = parts.uri.query()?;
    query.split('&').find_map(|pair| pair.strip_prefix("apiKey=")).map(str::to_owned)
}
