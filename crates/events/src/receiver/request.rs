//! What a request must look like before its body is read.

use super::acceptance::PathSecret;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};

/// The header with the signature.
const SIGNATURE: &str = "x-ti-signature";

/// Refuses what is no event by its head, and returns its signature.
pub(super) fn check_head(parts: &Parts, largest: usize) -> Result<Option<String>, StatusCode> {
    if parts.method != Method::POST {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    // A signature is that of the bytes as sent, and no document says which those are of a body that is compressed.
    if parts.headers.contains_key(CONTENT_ENCODING) || !parts.headers.get_all(CONTENT_TYPE).iter().all(is_json) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > largest as u64) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let mut signatures = parts.headers.get_all(SIGNATURE).iter();
    match (signatures.next(), signatures.next()) {
        (None, _) => Ok(None),
        // A value that is no text is a signature all the same, and a wrong one.
        (Some(one), None) => Ok(Some(one.to_str().unwrap_or("?").to_owned())),
        (Some(_), Some(_)) => Err(StatusCode::UNAUTHORIZED),
    }
}

/// Whether a type is JSON. A request without a type may be.
fn is_json(value: &axum::http::HeaderValue) -> bool {
    let Ok(value) = value.to_str() else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Whether the last segment of a path is the secret.
pub(super) fn is_secret_path(path: &str, secret: &PathSecret) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    secret.is(path.rsplit('/').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn checked(method: &str, headers: &[(&str, &str)]) -> Result<Option<String>, u16> {
        let request = headers
            .iter()
            .fold(Request::builder().method(method), |request, (name, value)| request.header(*name, value.as_bytes()));
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        check_head(&parts, 100).map_err(|status| status.as_u16())
    }

    #[test]
    fn a_head_is_judged_before_the_body() {
        let json = ("content-type", "application/json");
        assert_eq!(checked("POST", &[json]), Ok(None));
        assert_eq!(checked("POST", &[("x-ti-signature", "ab")]), Ok(Some("ab".to_owned())));
        assert_eq!(checked("POST", &[("content-type", "Application/JSON; charset=utf-8")]), Ok(None));
        assert_eq!(checked("POST", &[("content-type", "application/cloudevents+json")]), Ok(None));
        assert_eq!(checked("POST", &[json, ("content-length", "100")]), Ok(None));
        for (method, headers, status) in [
            ("PUT", vec![json], 405),
            ("GET", vec![], 405),
            ("POST", vec![("content-type", "text/plain")], 415),
            ("POST", vec![json, ("content-type", "text/plain")], 415),
            ("POST", vec![json, ("content-encoding", "gzip")], 415),
            ("POST", vec![json, ("content-encoding", "identity")], 415),
            ("POST", vec![json, ("content-length", "101")], 413),
            ("POST", vec![json, ("x-ti-signature", "ab"), ("x-ti-signature", "cd")], 401),
        ] {
            assert_eq!(checked(method, &headers), Err(status), "{method} {headers:?}");
        }
        assert_eq!(checked("POST", &[("x-ti-signature", "\u{e9}")]), Ok(Some("?".to_owned())));
    }

    #[test]
    fn only_the_whole_last_segment_is_the_secret() {
        let secret = PathSecret::parse("0123456789abcdef0123456789abcdef").expect("a secret");
        let is_path = |path: &str| is_secret_path(path, &secret);
        assert!(is_path("/0123456789abcdef0123456789abcdef") && is_path("/ti/0123456789abcdef0123456789abcdef/"));
        for path in
            ["/", "", "/0123456789abcdef0123456789abcde", "/0123456789abcdef0123456789abcdef/x", "/x0123456789abcdef"]
        {
            assert!(!is_path(path), "{path}");
        }
    }
}
