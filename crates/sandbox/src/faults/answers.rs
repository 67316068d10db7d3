//! Faults that replace the response.

use std::io::Write as _;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt as _, stream};
use serde_json::json;

use super::Fault;
use crate::reply::json as reply;

/// Longer than a client waits.
const SLOW: Duration = Duration::from_secs(120);

/// The response sent instead of processing the request.
pub(super) async fn instead(fault: Fault) -> Response {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let page = |status: StatusCode, text: &'static str| {
        (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
    };
    let with = |mut response: Response, name: &'static str, value: u64| {
        response.headers_mut().insert(name, value.into());
        response
    };
    let limited = || reply(StatusCode::TOO_MANY_REQUESTS, &json!({ "error": "rate_limit_exceeded" }));
    match fault {
        Fault::TooManyRequests => with(limited(), "retry-after", 1),
        Fault::TooManyRequestsWithoutWait => limited(),
        Fault::TooManyRequestsContradicting => with(with(limited(), "retry-after", 1), "x-ratelimit-reset", now + 3),
        Fault::InternalError => {
            reply(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "errors": [{ "message": "Internal server error" }] }))
        }
        Fault::BadGateway => page(StatusCode::BAD_GATEWAY, "<html><h1>502 Bad Gateway</h1></html>"),
        Fault::Unavailable => with(StatusCode::SERVICE_UNAVAILABLE.into_response(), "retry-after", 1),
        Fault::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT.into_response(),
        Fault::LoginPage => page(StatusCode::OK, "<!doctype html><title>Log in</title>"),
        Fault::MessageOnly => reply(StatusCode::OK, &json!({ "message": "Please try again later" })),
        Fault::ErrorsAndNoData => {
            reply(StatusCode::OK, &json!({ "data": null, "errors": [{ "message": "Something went wrong" }] }))
        }
        Fault::TruncatedBody => {
            let half = r#"{"data":{"users":[{"id":"#;
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], half).into_response()
        }
        Fault::BrokenBody => {
            let pieces = [Ok(r#"{"data":{"#), Err(std::io::Error::other("cut off"))];
            let body = Body::from_stream(stream::iter(pieces));
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Fault::RedirectElsewhere => {
            (StatusCode::FOUND, [(header::LOCATION, "https://elsewhere.example/")]).into_response()
        }
        Fault::OversizedBody => {
            let pieces = stream::iter((0..80).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 20])));
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
        }
        Fault::GzipBomb => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "gzip")];
            (StatusCode::OK, headers, BOMB.as_slice()).into_response()
        }
        Fault::DeepBody => {
            let depth = 100_000;
            let body = format!("{{\"data\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Fault::SlowFirstByte => {
            tokio::time::sleep(SLOW).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Fault::SlowBody => {
            let pieces = stream::once(async { Ok::<_, std::io::Error>(r#"{"data":{"#) }).chain(stream::once(async {
                tokio::time::sleep(SLOW).await;
                Ok("}}")
            }));
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
        }
        Fault::FieldRefused => {
            let error = json!({
                "message": "Cannot query field \"firstName\" on type \"User\".",
                "extensions": { "code": "GRAPHQL_VALIDATION_FAILED" },
            });
            reply(StatusCode::BAD_REQUEST, &json!({ "errors": [error] }))
        }
        // The other faults let the request pass, and change its response.
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}

/// 80 MB of spaces, compressed.
pub(super) static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let megabyte = vec![b' '; 1 << 20];
    // Writing to memory cannot fail.
    (0..80).for_each(|_| _ = encoder.write_all(&megabyte));
    encoder.finish().unwrap_or_default()
});
