//! JSON bodies: recognizes them among everything else that a tenant returns, and decodes them with the path of a
//! failure.

mod locate;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;
use crate::error::Kind;
use crate::runtime::in_page;
use crate::transport::HttpResponse;

/// The body as text, if it can be JSON at all.
pub(crate) fn text(response: &HttpResponse) -> Result<&str, Error> {
    let trimmed = response.body.trim_ascii();
    let Some(first) = trimmed.first() else { return Err(Error::new(Kind::Empty).with_response(response)) };
    // The first byte decides, because the content type may be missing.
    if !matches!(first, b'{' | b'[') && trimmed != b"null" {
        let what = match (response.content_type.as_str(), first) {
            ("", b'<') => "a page".to_owned(),
            ("", _) => "a body without a content type".to_owned(),
            (media_type, _) => media_type.to_owned(),
        };
        return Err(Error::new(Kind::NotJson(what)).with_response(response));
    }
    std::str::from_utf8(trimmed)
        .map_err(|_| Error::new(Kind::NotJson("bytes that are not UTF-8".to_owned())).with_response(response))
}

/// Decodes JSON.
pub(crate) fn decode<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    in_page(|| serde_json::from_str(json)).map_err(|source| undecodable(json, source))
}

/// The error of JSON that does not decode, with the path of the value that is the reason.
fn undecodable(json: &str, source: serde_json::Error) -> Error {
    let path = locate::path_at(json, source.line(), source.column());
    Error::new(Kind::Decode { path, source: source.into() })
}

/// An error for a response that refuses: its status, and the message in the body in any of the known shapes.
pub(crate) fn refusal(response: &HttpResponse) -> Error {
    let body = text(response).ok().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let message = body.as_ref().and_then(message).unwrap_or_default();
    Error::new(Kind::Refused(message)).with_response(response)
}

/// The message of a body: `errors[].message`, `errors[]`, `message`, `error.message` or `error`.
pub(crate) fn message(body: &Value) -> Option<String> {
    let own = |value: &Value| value.as_str().or_else(|| value.get("message")?.as_str()).map(str::to_owned);
    let listed = body.get("errors").and_then(|errors| match errors {
        Value::Array(errors) => errors.iter().find_map(own),
        other => own(other).or_else(|| (!other.is_null()).then(|| "the response lists errors".to_owned())),
    });
    listed.or_else(|| body.get("message").and_then(own)).or_else(|| body.get("error").and_then(own))
}

/// An error for a body with a success status that lacks the requested data: its message, or what is missing.
pub(crate) fn without(body: &str, wanted: &str) -> Error {
    let message = serde_json::from_str::<Value>(body).ok().as_ref().and_then(message);
    Error::new(message.map_or_else(|| Kind::Lacks(wanted.to_owned()), Kind::Refused))
}
