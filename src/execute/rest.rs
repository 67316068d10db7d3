//! Requests to the REST surfaces, and the shapes of their bodies.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use futures::FutureExt as _;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{json, v1};
use crate::error::Kind;
use crate::execution::Execution;
use crate::runtime::{OperationKind, OperationSpec, Replay, RestRoute, Surface};
use crate::send::{Call, Exchange, Prepared};
use crate::tenant::Tenant;
use crate::transport::{Header, HttpResponse, Request};
use crate::{Error, GraphQlError, routes};

/// The result of a request.
pub(crate) enum Fetched {
    Body(Body),
    /// The surface is absent. A 404 in JSON comes from a surface that exists but did not find what the path names.
    Absent {
        reason: String,
        is_json: bool,
    },
}

/// The body of a response: the requested JSON, without its envelope.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) surface: Surface,
    /// The requested page; 1 if none was requested.
    pub(crate) page: u64,
    pub(crate) json: String,
    /// Errors that accompany it.
    pub(crate) errors: Vec<GraphQlError>,
    /// The response, for errors to describe.
    pub(crate) exchange: Exchange,
}

/// Sends a request, with the arguments placed as the route defines. Returns `Absent` if the tenant does not know the
/// path. A 404 proves that only if the path names no record that may be missing.
pub(crate) async fn fetch(
    tenant: &Tenant,
    spec: &OperationSpec,
    surface: Surface,
    arguments: &Value,
) -> Result<Fetched, Error> {
    let fail = |error: Error| error.with_operation(spec.name).with_surface(surface);
    let Some(route) = spec.rest(surface) else {
        return Ok(Fetched::Absent { reason: "it does not have the endpoint".to_owned(), is_json: false });
    };
    let exchange = send(tenant, spec, route, surface, arguments).await.map_err(fail)?;
    let status = exchange.response.status;
    // If the path names no record that may be missing, a 404 means that the path is absent; 405 means that the method
    // is.
    let is_whole_path = !route.path.contains('{');
    let is_json = json::text(&exchange.response).is_ok();
    let is_absent = match status {
        // The record that a mutation names may also be missing: the API reports that in JSON, a gateway does not.
        404 if is_whole_path => spec.kind == OperationKind::Query || !is_json,
        404 if !is_json && exchange.execution == Execution::DidNotRun => !is_there(tenant, surface).await,
        status => status == 405,
    };
    // After an attempt that may have run, the next surface could carry out the write again.
    if is_absent && exchange.execution == Execution::DidNotRun {
        return Ok(Fetched::Absent { reason: format!("it responds with {status} to {}", route.path), is_json });
    }
    let page = arguments.get("page").and_then(Value::as_u64).unwrap_or(1);
    let (json, errors) = unwrap(&exchange, route).map_err(fail)?;
    Ok(Fetched::Body(Body { surface, page, json, errors, exchange: exchange.beginning() }))
}

async fn send(
    tenant: &Tenant,
    spec: &OperationSpec,
    route: &RestRoute,
    surface: Surface,
    arguments: &Value,
) -> Result<Exchange, Error> {
    let call = Call::of(spec, surface, arguments);
    if !route.replaces {
        return tenant.sender().send(&call, request(tenant, route, surface, arguments)?).await;
    }
    // The object is read again before each attempt, because it may have changed while the call waited. An attempt that
    // may have run is not repeated: the second one would revert what others wrote in between.
    let call = Call { replay: Replay::Never, ..call };
    let prepare = || prepare_replacement(tenant, route, surface, arguments).boxed();
    tenant.sender().send_with(&call, &prepare).await
}

/// The request that replaces an object, built from its current state.
async fn prepare_replacement(
    tenant: &Tenant,
    route: &RestRoute,
    surface: Surface,
    arguments: &Value,
) -> Result<Prepared, Error> {
    Ok(match whole_object(tenant, surface, arguments).await? {
        ControlFlow::Continue(whole) => ControlFlow::Continue(request(tenant, route, surface, &whole)?),
        ControlFlow::Break(absent) => ControlFlow::Break(absent),
    })
}

/// Whether a tenant has a surface at all. It is checked once, at an endpoint that every tenant with that surface has.
/// The surface is assumed to exist until a response proves otherwise.
async fn is_there(tenant: &Tenant, surface: Surface) -> bool {
    if let Some(known) = tenant.capabilities().is_there(surface) {
        return known;
    }
    let (spec, arguments) = match surface {
        // `.invalid` is a reserved domain, so the probe never shows a real user.
        Surface::RestV1 => (&routes::USERS_FIND_BY_EMAIL, json!({ "email": "no-user@example.invalid" })),
        _ => (&routes::TENANT_PING, json!({})),
    };
    let Some(Ok(request)) = spec.rest(surface).map(|route| request(tenant, route, surface, &arguments)) else {
        return true;
    };
    let call = Call::of(spec, surface, &arguments);
    let Ok(Exchange { response, .. }) = tenant.sender().send(&call, request).await else { return true };
    // In a scenario of the API guide, v1 returns 404 with a message if no user has an address.
    let is_there = response.status != 404 || json::text(&response).is_ok();
    // Any other status, such as 401 or 500, is not conclusive, so it is not remembered.
    if !is_there || response.status < 300 {
        tenant.learn(|known| known.surface_is(surface, is_there));
    }
    is_there
}

fn request(tenant: &Tenant, route: &RestRoute, surface: Surface, arguments: &Value) -> Result<Request, Error> {
    let mut url = tenant.base().clone();
    let text = |name: &str| match arguments.get(name) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear();
        for segment in route.path.trim_start_matches('/').split('/') {
            match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
                // An empty or dot segment would change the path, and the request would reach another endpoint.
                Some(name) => match text(name).filter(|value| !matches!(value.as_str(), "" | "." | "..")) {
                    Some(value) => segments.push(&value),
                    None => return Err(Error::invalid_argument(format!("`{name}` is empty or not a valid id"))),
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
    let key = tenant.key().reveal();
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

/// The arguments that go into the body; empty if the route has no body.
fn body(route: &RestRoute, surface: Surface, arguments: &Value) -> String {
    if route.body.is_empty() {
        return String::new();
    }
    let given = arguments.as_object().into_iter().flatten();
    let fields = given.filter(|(name, _)| route.body.contains(&name.as_str()) || route.replaces);
    let fields = fields.filter(|(name, _)| !route.path.contains(&format!("{{{name}}}")));
    let mut fields: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    // An empty list revokes nothing from a new user.
    if fields.get("upsert") != Some(&Value::Bool(true)) {
        for name in route.always_sent {
            fields.entry(*name).or_insert_with(|| json!([]));
        }
    }
    match surface {
        Surface::RestV1 => v1::body(fields),
        _ => Value::Object(fields),
    }
    .to_string()
}

/// The arguments of a call whose body replaces the whole object: the current object, changed by the arguments. If the
/// object is not fully known, nothing is sent. Breaks with the response if that is a bare 404.
async fn whole_object(
    tenant: &Tenant,
    surface: Surface,
    arguments: &Value,
) -> Result<ControlFlow<HttpResponse, Value>, Error> {
    let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
    let route = routes::USERS_GET.rest(surface).ok_or_else(|| nothing(None))?;
    let key = json!({ "id": id });
    let request = request(tenant, route, surface, &key)?;
    let exchange = tenant.sender().send(&Call::of(&routes::USERS_GET, surface, &key), request).await?;
    if exchange.response.status == 404 && json::text(&exchange.response).is_err() {
        // It counts as the response to the write, so that `fetch` checks whether the surface is absent.
        return Ok(ControlFlow::Break(exchange.response));
    }
    let (current, errors) = unwrap(&exchange, route)?;
    // A read with errors may lack values, and the write would then clear them.
    if !errors.is_empty() {
        return Err(Error::new(Kind::GraphQl(errors)).with_response(&exchange.response));
    }
    let mut whole = v1::writable(&current, id).map_err(|error| error.with_response(&exchange.response))?;
    for (name, value) in arguments.as_object().into_iter().flatten() {
        match (whole.get_mut(name), value) {
            // Custom fields are merged, as on the other surfaces.
            (Some(Value::Object(own)), Value::Object(given)) if name == "customFields" => own.extend(given.clone()),
            _ => _ = whole.insert(name.clone(), value.clone()),
        }
    }
    Ok(ControlFlow::Continue(Value::Object(whole)))
}

/// The body of a successful response: flat, or wrapped as `data.<operation>`.
#[derive(Deserialize)]
struct Envelope {
    data: Option<Box<RawValue>>,
    #[serde(default)]
    errors: Value,
    /// Bulk calls count the records that they changed, and report errors of single records separately.
    #[serde(rename = "updatedRecordCount", alias = "grantedCount")]
    counted: Option<IgnoredAny>,
    /// v1 reports whether a write succeeded.
    success: Option<bool>,
}

/// The requested JSON and the errors that accompany it, or the tenant's message as an error.
fn unwrap(exchange: &Exchange, route: &RestRoute) -> Result<(String, Vec<GraphQlError>), Error> {
    let response = &exchange.response;
    if !(200..300).contains(&response.status) {
        return Err(exchange.unconfirmed(json::refusal(response)));
    }
    let body = response.body.trim_ascii();
    // The response to a write may be an empty 204, and a call may return `true` without an envelope.
    match body {
        b"" if exchange.execution.may_have_run() => return Ok(("{}".to_owned(), Vec::new())),
        b"true" => return Ok(("true".to_owned(), Vec::new())),
        _ => {}
    }
    let text = json::text(response).map_err(|error| exchange.unconfirmed(error))?;
    let Ok(Envelope { data, errors, counted, success }) = serde_json::from_str::<Envelope>(text) else {
        // A list or malformed JSON: decoding reports what is wrong with it.
        return Ok((text.to_owned(), Vec::new()));
    };
    // Business errors come with a success status, and mean that nothing was done.
    let refusal = || exchange.refused(json::refusal(response));
    let has_errors =
        counted.is_none() && !errors.is_null() && errors.as_array().is_none_or(|errors| !errors.is_empty());
    let Some(data) = data else {
        if has_errors || success == Some(false) {
            return Err(refusal());
        }
        // A bare message does not prove whether a write was carried out.
        if exchange.execution.may_have_run() && success.is_none() && is_mere_message(text) {
            return Err(exchange.unconfirmed(json::refusal(response)));
        }
        return Ok((text.to_owned(), Vec::new()));
    };
    // The only key below `data` is the name of an operation, which the route does not specify.
    let operations: BTreeMap<String, Option<Box<RawValue>>> =
        json::decode(data.get()).map_err(|error| exchange.unconfirmed(error))?;
    match operations.into_values().next() {
        Some(Some(value)) => {
            let errors = if has_errors { to_errors(errors) } else { Vec::new() };
            Ok((value.get().to_owned(), errors))
        }
        _ if has_errors => Err(refusal()),
        _ if exchange.execution.may_have_run() => Err(exchange.unconfirmed(nothing(None))),
        _ => Err(exchange.unconfirmed(nothing(Some(route)))),
    }
}

/// Whether a body has a message and nothing else.
fn is_mere_message(text: &str) -> bool {
    let fields: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    !fields.is_empty() && fields.keys().all(|name| matches!(name.as_str(), "message" | "error" | "code"))
}

/// The meaning of null: not found, if the path names a record. A list is never null.
pub(crate) fn nothing(route: Option<&RestRoute>) -> Error {
    if route.is_some_and(|route| route.path.contains('{')) {
        Error::new(Kind::NotFound("not found".to_owned()))
    } else {
        Error::new(Kind::Refused("the response is null".to_owned()))
    }
}

/// Parses errors in any of their shapes.
fn to_errors(errors: Value) -> Vec<GraphQlError> {
    let message = json::message(&json!({ "errors": errors })).unwrap_or_default();
    serde_json::from_value(errors).unwrap_or_else(|_| vec![GraphQlError::from_message(message)])
}
