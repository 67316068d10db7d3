//! Redirects on the same host, and compressed bodies.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::forms::{LocationForm, RedirectStatus};
use super::{Redirect, Unknowns};

/// The prefix of the path that a GET of v2 is redirected to.
const MOVED: &str = "/moved";

/// Larger bodies are not compressed; faults send such bodies.
const LARGEST: u64 = 16 << 20;

/// Redirects, and compresses what is returned.
pub(crate) async fn transport(State(unknowns): State<Arc<Unknowns>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Some(redirect) = unknowns.redirects {
        if let Some(response) = redirected(redirect, &parts) {
            return response;
        }
        if let Some(uri) = arrived(&parts.uri) {
            parts.uri = uri;
        }
    }
    let accepts = parts.headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let is_compressed = unknowns.gzip && accepts.is_some_and(accepts_gzip);
    let response = next.run(Request::from_parts(parts, body)).await;
    if is_compressed { compressed(response).await } else { response }
}

fn accepts_gzip(encodings: &str) -> bool {
    encodings.split(',').any(|encoding| {
        let (name, weight) = encoding.split_once(';').unwrap_or((encoding, ""));
        let is_never = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim() == "gzip" && !is_never
    })
}

fn redirected(redirect: Redirect, parts: &Parts) -> Option<Response> {
    if parts.method != Method::GET || !parts.uri.path().starts_with("/incoming/v2/") {
        return None;
    }
    let target = format!("{MOVED}{}", parts.uri.path_and_query()?);
    let location = match redirect.location {
        LocationForm::Relative => target,
        LocationForm::Absolute => format!("http://{}{target}", parts.headers.get(header::HOST)?.to_str().ok()?),
    };
    let status = match redirect.status {
        RedirectStatus::Moved => StatusCode::MOVED_PERMANENTLY,
        RedirectStatus::Found => StatusCode::FOUND,
        RedirectStatus::Temporary => StatusCode::TEMPORARY_REDIRECT,
        RedirectStatus::Permanent => StatusCode::PERMANENT_REDIRECT,
    };
    Some((status, [(header::LOCATION, location)]).into_response())
}

/// The address that the target of a redirect answers for.
fn arrived(uri: &Uri) -> Option<Uri> {
    uri.path_and_query()?.as_str().strip_prefix(MOVED)?.parse().ok()
}

async fn compressed(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let length = body.size_hint().exact().unwrap_or(u64::MAX);
    if !(1..=LARGEST).contains(&length) || parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return Response::from_parts(parts, Body::empty()) };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let Ok(packed) = encoder.write_all(&bytes).and_then(|()| encoder.finish()) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(packed))
}
