//! Requests to the REST surfaces, and the shapes of their answers.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{json, v1};
use crate::error::Kind;
use crate::runtime::{OperationKind, OperationSpec, Replay, RestRoute, Surface};
use crate::send::{self, Call};
use crate::transport::{Header, Request, Response};
use crate::{Client, Error, GraphQlError, routes};

/// What a request came to.
pub(crate) enum Fetched {
    Body(Body),
    /// The surface is not there. A 404 that talks JSON comes from one that is, and knows no such thing.
    Absent {
        reason: String,
        talks_json: bool,
    },
}

/// The body of an answer: the JSON of what was asked for, out of its envelope.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) surface: Surface,
    /// The page that was asked for; 1 if none was.
    pub(crate) page: u64,
    pub(crate) json: String,
    /// Errors that came with it.
    pub(crate) errors: Vec<GraphQlError>,
    /// The answer, for errors to tell about.
    pub(crate) response: Response,
}

/// Sends a request: arguments go where the route says. `Absent` if the tenant does not know the path, which
/// a 404 proves only where the path names nothing that may be missing.
pub(crate) async fn fetch(
    client: &Client,
    spec: &OperationSpec,
    surface: Surface,
    arguments: &Value,
) -> Result<Fetched, Error> {
    let fail = |error: Error| error.with_operation(spec.name).with_surface(surface);
    let Some(route) = spec.rest(surface) else {
        return Ok(Fetched::Absent { reason: "it has no such endpoint".to_owned(), talks_json: false });
    };
    let mut call = Call::of(spec, surface);
    if send::is_once(arguments) {
        call.replay = Replay::Never;
    }
    let response = if route.replaces {
        replace(client, spec, route, &Call { is_single: true, replay: Replay::Never, ..call }, arguments).await?
    } else {
        let request = request(client, route, surface, arguments).map_err(fail)?;
        send::send(client, &call, request).await.map_err(fail)?
    };
    // A path that names nothing that may be missing is not there itself; neither is one without this method.
    let is_whole_path = !route.path.contains('{');
    // What a mutation names may be missing as well; the API says so in JSON, and a gateway does not.
    let is_mute = json::text(&response).is_err();
    let is_doubtful = spec.kind == OperationKind::Mutation && response.outcome_unknown;
    let is_nowhere = match response.status {
        404 if is_whole_path => spec.kind == OperationKind::Query || is_mute,
        404 if is_mute && !is_doubtful => !is_there(client, surface).await,
        status => status == 405,
    };
    if is_nowhere && !is_doubtful {
        let reason = format!("it answers {} to {}", response.status, route.path);
        return Ok(Fetched::Absent { reason, talks_json: json::text(&response).is_ok() });
    }
    let page = arguments.get("page").and_then(Value::as_u64).unwrap_or(1);
    let (json, errors) = unwrap(&response, route).map_err(fail)?;
    Ok(Fetched::Body(Body { surface, page, json, errors, response: response.beginning() }))
}

/// Whether a tenant has a surface at all: asked once, of an endpoint that every tenant with that surface has. As long as
/// nothing proves the contrary, it has.
async fn is_there(client: &Client, surface: Surface) -> bool {
    if let Some(known) = client.capabilities().is_there(surface) {
        return known;
    }
    let (spec, arguments) = match surface {
        Surface::RestV1 => (&routes::USERS_FIND_BY_EMAIL, json!({ "email": "nobody@example.invalid" })),
        _ => (&routes::TENANT_PING, json!({})),
    };
    let Some(Ok(request)) = spec.rest(surface).map(|route| request(client, route, surface, &arguments)) else {
        return true;
    };
    let Ok(response) = send::send(client, &Call::of(spec, surface), request).await else { return true };
    // A guide's scenario answers 404, with a message, where nobody has an address.
    let is_there = response.status != 404 || json::text(&response).is_ok();
    if !is_there || response.status < 300 {
        client.learn(|known| known.surface_is(surface, is_there));
    }
    is_there
}

fn request(client: &Client, route: &RestRoute, surface: Surface, arguments: &Value) -> Result<Request, Error> {
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
                Some(name) => match text(name).filter(|value| !matches!(value.as_str(), "" | "." | "..")) {
                    Some(value) => segments.push(&value),
                    None => return Err(Error::settings(format!("`{name}` is empty, or no name"))),
                },
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
    let body = body(route, surface, arguments);
    let key = inner.key.reveal();
    let key = match surface {
        Surface::RestV1 => Header { name: "x-api-key", value: key.to_owned(), is_sensitive: true },
        _ => Header { name: "authorization", value: format!("Bearer {key}"), is_sensitive: true },
    };
    let accept = Header { name: "accept", value: "application/json".to_owned(), is_sensitive: false };
    let mut headers = vec![accept, key];
    if !body.is_empty() {
        headers.push(Header { name: "content-type", value: "application/json".to_owned(), is_sensitive: false });
    }
    Ok(Request { method: route.method, url: url.to_string(), headers, body })
}

/// The arguments that go into the body; no body where none can.
fn body(route: &RestRoute, surface: Surface, arguments: &Value) -> String {
    if route.body.is_empty() {
        return String::new();
    }
    let given = arguments.as_object().into_iter().flatten();
    let fields = given.filter(|(name, _)| route.body.contains(&name.as_str()) || route.replaces);
    let fields = fields.filter(|(name, _)| !route.path.contains(&format!("{{{name}}}")));
    let mut fields: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    // Empty, they take nothing away from somebody who is new.
    if fields.get("upsert") != Some(&Value::Bool(true)) {
        for name in route.demanded {
            fields.entry(*name).or_insert_with(|| json!([]));
        }
    }
    match surface {
        Surface::RestV1 => v1::body(fields),
        _ => Value::Object(fields),
    }
    .to_string()
}

/// Sends a body that replaces the whole object. Before another attempt, which only a refusal for the limit allows, what is
/// there is read again: it may have changed while the call waited.
async fn replace(
    client: &Client,
    spec: &OperationSpec,
    route: &RestRoute,
    call: &Call,
    arguments: &Value,
) -> Result<Response, Error> {
    let fail = |error: Error| error.with_operation(spec.name).with_surface(call.surface);
    let mut tries = 0;
    loop {
        let whole = match whole_object(client, spec, call.surface, arguments).await? {
            ControlFlow::Continue(whole) => whole,
            ControlFlow::Break(nowhere) => return Ok(nowhere),
        };
        let request = request(client, route, call.surface, &whole).map_err(fail)?;
        let response = send::send(client, call, request).await.map_err(fail)?;
        tries += 1;
        let most = client.inner.sender.policy.attempts.min(MOST_REPLACEMENTS);
        if response.status != 429 || response.outcome_unknown || tries >= most {
            return Ok(response);
        }
    }
}

/// How often a body that replaces the whole object is made anew, after refusals for the limit.
const MOST_REPLACEMENTS: u32 = 5;

/// The arguments of a call whose body replaces the whole object: what is there now, with what is given put over it. If
/// that is not known as a whole, nothing is sent. Breaks off with an answer that says nothing but 404.
async fn whole_object(
    client: &Client,
    spec: &OperationSpec,
    surface: Surface,
    arguments: &Value,
) -> Result<ControlFlow<Response, Value>, Error> {
    let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
    let fail = |error: Error| error.with_operation(spec.name).with_surface(surface);
    let route = routes::USERS_GET.rest(surface).ok_or_else(|| fail(nothing(None)))?;
    let request = request(client, route, surface, &json!({ "id": id })).map_err(fail)?;
    let response = send::send(client, &Call::of(&routes::USERS_GET, surface), request).await.map_err(fail)?;
    if response.status == 404 && json::text(&response).is_err() {
        return Ok(ControlFlow::Break(response));
    }
    let (current, errors) = unwrap(&response, route).map_err(fail)?;
    if !errors.is_empty() {
        return Err(fail(Error::new(Kind::GraphQl(errors)).with_response(&response)));
    }
    let mut whole = v1::writable(&current, id).map_err(|error| fail(error.with_response(&response)))?;
    for (name, value) in arguments.as_object().into_iter().flatten() {
        match (whole.get_mut(name), value) {
            // Custom fields are merged, as the other surfaces do it.
            (Some(Value::Object(own)), Value::Object(given)) if name == "customFields" => own.extend(given.clone()),
            _ => _ = whole.insert(name.clone(), value.clone()),
        }
    }
    Ok(ControlFlow::Continue(Value::Object(whole)))
}

/// The body of an answer that succeeded: flat, or wrapped as `data.<operation>`.
#[derive(Deserialize)]
struct Envelope {
    data: Option<Box<RawValue>>,
    #[serde(default)]
    errors: Value,
    /// Calls for several records count those that they changed, and tell errors of single ones beside.
    #[serde(rename = "updatedRecordCount", alias = "grantedCount")]
    counted: Option<IgnoredAny>,
    /// v1 says so of writes.
    success: Option<bool>,
}

/// The JSON of what was asked for and the errors beside it, or what the tenant says instead.
fn unwrap(response: &Response, route: &RestRoute) -> Result<(String, Vec<GraphQlError>), Error> {
    if !(200..300).contains(&response.status) {
        return Err(json::refusal(response));
    }
    // A write that was answered with success and nothing that can be understood may have been carried out.
    let unclear = |error: Error| {
        let error = error.with_response(response);
        if response.outcome_unknown { error.with_outcome_unknown() } else { error }
    };
    if response.body.trim_ascii().is_empty() && response.outcome_unknown {
        // A write may be answered with 204 and nothing.
        return Ok(("{}".to_owned(), Vec::new()));
    }
    if response.body.trim_ascii() == b"true" {
        // An answer that says no more than that it is done, without its envelope.
        return Ok(("true".to_owned(), Vec::new()));
    }
    let text = json::text(response).map_err(unclear)?;
    let Ok(Envelope { data, errors, counted, success }) = serde_json::from_str::<Envelope>(text) else {
        // A list or broken JSON: decoding says what is wrong with it.
        return Ok((text.to_owned(), Vec::new()));
    };
    // Business errors come with a status of success, and say that nothing was done.
    let refusal = || {
        let error = json::refusal(response);
        if response.is_doubtful { error } else { error.with_outcome_known() }
    };
    let has_errors =
        counted.is_none() && !errors.is_null() && errors.as_array().is_none_or(|errors| !errors.is_empty());
    let Some(data) = data else {
        if has_errors || success == Some(false) {
            return Err(refusal());
        }
        // Nothing but a message says neither that a write was done nor that it was not.
        if response.outcome_unknown && success.is_none() && is_mere_message(text) {
            return Err(json::refusal(response));
        }
        return Ok((text.to_owned(), Vec::new()));
    };
    // The key below `data` is the name of an operation, which cannot be told from the path; there is one.
    let operations: BTreeMap<String, Option<Box<RawValue>>> = json::decode(data.get()).map_err(unclear)?;
    match operations.into_values().next() {
        Some(Some(value)) => {
            let errors = if has_errors { told(errors) } else { Vec::new() };
            Ok((value.get().to_owned(), errors))
        }
        _ if has_errors => Err(refusal()),
        _ if response.outcome_unknown => Err(unclear(nothing(None))),
        _ => Err(unclear(nothing(Some(route)))),
    }
}

/// Whether a body has a message and nothing else.
fn is_mere_message(text: &str) -> bool {
    let fields: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    !fields.is_empty() && fields.keys().all(|name| matches!(name.as_str(), "message" | "error" | "code"))
}

/// What null means: that there is no such thing, where the path names one; a list is never null.
pub(crate) fn nothing(route: Option<&RestRoute>) -> Error {
    if route.is_some_and(|route| route.path.contains('{')) {
        Error::new(Kind::NotFound("there is no such thing".to_owned()))
    } else {
        Error::new(Kind::Refused("its answer is null".to_owned()))
    }
}

/// Errors in whichever shape they come.
fn told(errors: Value) -> Vec<GraphQlError> {
    let message = json::message(&json!({ "errors": errors })).unwrap_or_default();
    serde_json::from_value(errors).unwrap_or_else(|_| vec![GraphQlError::told(message)])
}

/// What a body of success says if it is not what was asked for: a message, or nothing that is known.
pub(crate) fn no_such_body(body: &str, wanted: &str) -> Error {
    let told = serde_json::from_str::<Value>(body).ok().as_ref().and_then(json::message);
    Error::new(Kind::Refused(told.unwrap_or_else(|| format!("its answer has no `{wanted}`"))))
}
