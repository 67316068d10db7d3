//! Records received requests.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::auth::Unauthorized;
use crate::received::{Log, Received};

/// Larger bodies are rejected; the API has no request of nearly this size.
const BODY_LIMIT: usize = 4 << 20;

const KEPT_OF_A_BODY: usize = 64 << 10;

pub(crate) async fn record(State(log): State<Arc<Log>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut headers: Vec<String> = parts.headers.keys().map(|name| name.as_str().to_owned()).collect();
    headers.sort();
    let number = log.arrived(Received {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: without_key(parts.uri.query().unwrap_or_default()),
        headers,
        body: String::new(),
        status: 0,
        at: 0,
    });
    let kept = body.slice(..body.len().min(KEPT_OF_A_BODY));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let is_known =
        response.status() != StatusCode::UNAUTHORIZED && response.extensions().get::<Unauthorized>().is_none();
    let body = if is_known { String::from_utf8_lossy(&kept).into_owned() } else { String::new() };
    log.answered(number, response.status().as_u16(), body);
    response
}

fn without_key(query: &str) -> String {
    query.split('&').filter(|pair| !pair.starts_with("apiKey=")).collect::<Vec<_>>().join("&")
}
