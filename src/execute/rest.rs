//! Requests to the REST surfaces, and the shapes of their answers.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::json;
use crate::error::Kind;
use crate::runtime::{OperationSpec, RestRoute, Surface};
use crate::transport::{Header, Request, Response};
use crate::{Client, Error};

/// What a request came to.
pub(crate) enum Fetched {
    Body(Body),
    /// The surface is not there.
    Absent(String),
}

/// The body of an answer: the JSON of what was asked for, out of its envelope.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) surface: Surface,
    /// The page that was asked for; 1 if none was.
    pub(crate) page: u64,
    pub(crate) json: String,
}

/// Sends a reading request: arguments go where the route says. `Absent` if the tenant does not know the path, which
/// a 404 proves only where the path names nothing that may be missing.
pub(crate) async fn fetch(
    client: &Client,
    spec: &OperationSpec,
    surface: Surface,
    arguments: &Value,
) -> Result<Fetched, Error> {
    let Some(route) = spec.rest(surface) else { return Ok(Fetched::Absent("it has no such endpoint".to_owned())) };
    let request = request(client, route, surface, arguments);
    tracing::debug!(operation = spec.name, %surface, path = route.path, "REST request");
    let sent = client.inner.transport.send(request).await;
    let response = sent.map_err(|error| Error::new(Kind::Transport(error)))?;
    if response.status == 404 && !route.path.contains('{') {
        return Ok(Fetched::Absent(format!("it answers 404 to {}", route.path)));
    }
    let page = arguments.get("page").and_then(Value::as_u64).unwrap_or(1);
    let body = unwrap(&response).map(|json| Fetched::Body(Body { surface, page, json }));
    body.map_err(|error| error.with_operation(spec.name).with_surface(surface))
}

fn request(client: &Client, route: &RestRoute, surface: Surface, arguments: &Value) -> Request {
    let inner = &client.inner;
    let mut url = inner.base.clone();
    let text = |name: &str| match arguments.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear();
        for segment in route.path.trim_start_matches('/').split('/') {
            match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
                Some(name) => segments.push(&text(name).unwrap_or_default()),
                None => segments.push(segment),
            };
        }
    }
    let query: Vec<(&str, String)> = route
        .query
        .iter()
        .filter_map(|name| Some((*name, text(name)?)))
        .chain(route.fixed.iter().map(|(name, value)| (*name, (*value).to_owned())))
        .collect();
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let key = inner.key.reveal();
    let key = match surface {
        Surface::RestV1 => Header { name: "x-api-key", value: key.to_owned(), is_sensitive: true },
        _ => Header { name: "authorization", value: format!("Bearer {key}"), is_sensitive: true },
    };
    let accept = Header { name: "accept", value: "application/json".to_owned(), is_sensitive: false };
    Request { method: route.method, url: url.to_string(), headers: vec![accept, key], body: String::new() }
}

/// What may stand around or instead of an answer: `data` in wrapped bodies, and whatever says that something failed.
#[derive(Deserialize)]
struct Envelope {
    data: Option<Box<RawValue>>,
    errors: Option<Vec<Failure>>,
    error: Option<Value>,
    message: Option<Value>,
}

#[derive(Deserialize)]
struct Failure {
    message: Option<String>,
}

impl Envelope {
    fn message(&self) -> Option<String> {
        let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
        let first = self.errors.as_ref().and_then(|errors| errors.iter().find_map(|error| error.message.clone()));
        first.or_else(|| text(&self.message)).or_else(|| text(&self.error))
    }
}

/// The JSON of what was asked for, or what the tenant says instead.
fn unwrap(response: &Response) -> Result<String, Error> {
    let status = response.status;
    let text = json::text(response);
    let envelope = text.as_ref().ok().and_then(|text| serde_json::from_str::<Envelope>(text).ok());
    if !(200..300).contains(&status) {
        let message = envelope.and_then(|envelope| envelope.message()).unwrap_or_default();
        return Err(Error::new(Kind::Refused(message)).with_status(status));
    }
    let text = text?;
    let Some(envelope) = envelope else {
        // A list or broken JSON: decoding says what is wrong with it.
        return Ok(text.to_owned());
    };
    // Business errors come with a status of success.
    if envelope.errors.as_ref().is_some_and(|errors| !errors.is_empty()) && envelope.data.is_none() {
        let message = envelope.message().unwrap_or_default();
        return Err(Error::new(Kind::Refused(message)).with_status(status));
    }
    let Some(data) = envelope.data else {
        return match envelope.message.as_ref().and_then(Value::as_str) {
            // An object of nothing but a message is a refusal.
            Some(message) if is_only_message(text) => {
                Err(Error::new(Kind::Refused(message.to_owned())).with_status(status))
            }
            _ => Ok(text.to_owned()),
        };
    };
    // The key below `data` is the name of an operation, which cannot be told from the path; there is one.
    let operations: std::collections::BTreeMap<String, Option<Box<RawValue>>> = json::decode(data.get())?;
    match operations.into_values().next() {
        Some(Some(value)) => Ok(value.get().to_owned()),
        _ => Err(Error::new(Kind::NotFound(
            envelope
                .errors
                .and_then(|errors| errors.into_iter().find_map(|error| error.message))
                .unwrap_or_else(|| "nothing there has this id".to_owned()),
        ))
        .with_status(status)),
    }
}

fn is_only_message(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| value.as_object().is_some_and(|fields| fields.len() == 1))
}
