//! Requests to the REST surfaces, and the shapes of their bodies.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use futures::FutureExt as _;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::contact::{self, Contact};
use super::request::over_rest as request;
use super::{json, v1};
use crate::error::Kind;
use crate::execution::Execution;
use crate::profile::{BodyShape, Presence, ResponseForm};
use crate::runtime::{KeyPlacement, OperationKind, OperationSpec, Replay, RestRoute, Surface};
use crate::send::{Call, Exchange, Prepared, Read};
use crate::tenant::Tenant;
use crate::transport::HttpResponse;
use crate::{Error, GraphQlError, routes};

/// The result of a request: the body of its response, or the response itself.
pub(crate) enum Fetched<B = Body> {
    Body(B),
    /// The surface is absent. A 404 in JSON comes from a surface that exists but did not find what the path names.
    Absent {
        reason: String,
        is_json: bool,
    },
    /// The surface refuses the key. Nothing ran.
    Closed(Error),
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

/// Sends a request, with the arguments placed as the route defines. Returns `Absent` if the tenant does not have the
/// surface, or does not know the path.
pub(crate) async fn fetch(
    tenant: &Tenant,
    spec: &OperationSpec,
    surface: Surface,
    arguments: &Value,
) -> Result<Fetched, Error> {
    Ok(match exchange(tenant, spec, surface, arguments, &mut |_| false).await? {
        Fetched::Body(exchange) => Fetched::Body(content(tenant, spec, surface, arguments, exchange).await?),
        Fetched::Absent { reason, is_json } => Fetched::Absent { reason, is_json },
        Fetched::Closed(error) => Fetched::Closed(error),
    })
}

/// Sends a request, and reads its response. A 404 proves that the tenant does not know the path only if the path names no
/// record that may be missing.
pub(super) async fn exchange(
    tenant: &Tenant,
    spec: &OperationSpec,
    surface: Surface,
    arguments: &Value,
    read: &mut Read<'_>,
) -> Result<Fetched<Exchange>, Error> {
    let fail = |error: Error| error.with_operation(spec.name).with_surface(surface);
    let Some(route) = spec.rest(surface) else {
        return Ok(Fetched::Absent { reason: "it does not have the endpoint".to_owned(), is_json: false });
    };
    let Some(endpoint) = tenant.endpoint(surface) else { return Ok(absent(tenant, surface)) };
    let mut answered = None;
    if endpoint.presence == Presence::Unknown {
        match contact::rest(tenant, spec, surface, arguments).await.map_err(fail)? {
            Contact::Response(exchange) => answered = Some(exchange),
            Contact::Refused(error) => return Ok(Fetched::Closed(fail(error))),
            Contact::Known if tenant.endpoint(surface).is_none() => return Ok(absent(tenant, surface)),
            Contact::Known => {}
        }
    }
    let exchange = match answered {
        Some(exchange) => exchange,
        None => send(tenant, spec, route, surface, arguments, read).await.map_err(fail)?,
    };
    let status = exchange.response.status;
    // If the path names no record that may be missing, a 404 means that the path is absent; 405 means that the method
    // is.
    let is_whole_path = !route.path.contains('{');
    let is_json = || json::text(&exchange.response).is_ok();
    let is_absent = match status {
        // The record that a mutation names may also be missing: the API reports that in JSON, a gateway does not.
        404 => is_whole_path && (spec.kind == OperationKind::Query || !is_json()),
        status => status == 405,
    };
    // After an attempt that may have run, the next surface could carry out the write again.
    if is_absent && exchange.execution == Execution::DidNotRun {
        let reason = format!("it responds with {status} to {}", route.path);
        return Ok(Fetched::Absent { reason, is_json: is_json() });
    }
    Ok(Fetched::Body(exchange))
}

/// What a response holds, or the reason that it holds nothing.
pub(super) async fn content(
    tenant: &Tenant,
    spec: &OperationSpec,
    surface: Surface,
    arguments: &Value,
    exchange: Exchange,
) -> Result<Body, Error> {
    let fail = |error: Error| error.with_operation(spec.name).with_surface(surface);
    let route = spec.rest(surface).ok_or_else(|| fail(nothing(None)))?;
    let page = arguments.get("page").and_then(Value::as_u64).unwrap_or(1);
    match unwrap(&exchange, route) {
        Ok(unwrapped) => {
            learn_shape(tenant, surface, &unwrapped);
            let Unwrapped { json, errors, .. } = unwrapped;
            Ok(Body { surface, page, json, errors, exchange: exchange.beginning() })
        }
        Err(error) if error.is_not_found() => Err(fail(error)),
        Err(_) if super::absent::over_rest(tenant, spec, surface, route, arguments, &exchange).await => {
            Err(fail(nothing(Some(route)).with_response(&exchange.response)))
        }
        Err(error) => {
            learn_refusal(tenant, spec, surface, &exchange);
            Err(fail(error))
        }
    }
}

/// The surface is absent, for the reason that its first responses showed.
fn absent(tenant: &Tenant, surface: Surface) -> Fetched<Exchange> {
    let known = tenant.known();
    let reason = known.profile().endpoints(surface).find_map(|endpoint| endpoint.reason.clone());
    let reason = reason.map_or("no endpoint".to_owned(), |reason| format!("it responds with {reason}"));
    Fetched::Absent { reason, is_json: false }
}

/// Records how the bodies of a surface are wrapped.
fn learn_shape(tenant: &Tenant, surface: Surface, unwrapped: &Unwrapped) {
    let Some(endpoint) = tenant.endpoint(surface) else { return };
    let shape = if unwrapped.is_wrapped { BodyShape::Envelope } else { BodyShape::Flat };
    if endpoint.body != Some(shape) {
        tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.body = Some(shape));
    }
}

/// Records the form in which a surface refuses a write.
fn learn_refusal(tenant: &Tenant, spec: &OperationSpec, surface: Surface, exchange: &Exchange) {
    let is_refusal = matches!(exchange.response.status, 200..=299 | 400 | 409 | 422);
    if let Some(endpoint) = tenant.endpoint(surface).filter(|_| spec.kind == OperationKind::Mutation && is_refusal) {
        // The message may be about a user, and is not needed to recognize the form.
        let form = ResponseForm { message: None, ..ResponseForm::of(&exchange.response, "") };
        tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.refused_write = Some(form));
    }
}

async fn send(
    tenant: &Tenant,
    spec: &OperationSpec,
    route: &RestRoute,
    surface: Surface,
    arguments: &Value,
    read: &mut Read<'_>,
) -> Result<Exchange, Error> {
    let call = Call::of(spec, surface, arguments);
    if !route.replaces {
        let request = request(tenant, route, surface, placement(tenant, surface), arguments)?;
        return tenant.sender().send_and_read(&call, request, read).await;
    }
    // The object is read again before each attempt, because it may have changed while the call waited. An attempt that
    // may have run is not repeated: the second one would revert what others wrote in between.
    let call = Call { replay: Replay::Never, ..call };
    let prepare = || prepare_replacement(tenant, route, surface, arguments).boxed();
    tenant.sender().send_with(&call, &prepare).await
}

/// Where a surface takes the key.
fn placement(tenant: &Tenant, surface: Surface) -> KeyPlacement {
    let endpoint = tenant.endpoint(surface);
    endpoint.and_then(|endpoint| endpoint.placements().first().copied()).unwrap_or(KeyPlacement::Bearer)
}

/// The request that replaces an object, built from its current state.
async fn prepare_replacement(
    tenant: &Tenant,
    route: &RestRoute,
    surface: Surface,
    arguments: &Value,
) -> Result<Prepared, Error> {
    Ok(match whole_object(tenant, surface, arguments).await? {
        ControlFlow::Continue(whole) => {
            ControlFlow::Continue(request(tenant, route, surface, placement(tenant, surface), &whole)?)
        }
        ControlFlow::Break(absent) => ControlFlow::Break(absent),
    })
}

/// The arguments of a call whose body replaces the whole object: the current object, changed by the arguments. If the
/// object is not fully known, nothing is sent. Breaks with the response, as that to the write, if it is a bare 404.
async fn whole_object(
    tenant: &Tenant,
    surface: Surface,
    arguments: &Value,
) -> Result<ControlFlow<HttpResponse, Value>, Error> {
    let id = arguments.get("id").and_then(Value::as_str).unwrap_or_default();
    let route = routes::USERS_GET.rest(surface).ok_or_else(|| nothing(None))?;
    let key = json!({ "id": id });
    let read = || async {
        let request = request(tenant, route, surface, placement(tenant, surface), &key)?;
        tenant.sender().send(&Call::of(&routes::USERS_GET, surface, &key), request).await
    };
    let mut exchange = read().await?;
    if !v1::shows(&exchange.response.body, id) && exchange.response.status == 200 {
        // Another user, or no user at all: something on the way mixes up responses.
        tenant.sender().transport.discard_connections();
        exchange = read().await?;
    }
    if exchange.response.status == 404 && json::text(&exchange.response).is_err() {
        return Ok(ControlFlow::Break(exchange.response));
    }
    let Unwrapped { json: current, errors, .. } = unwrap(&exchange, route)?;
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
    /// A flat list.
    #[serde(rename = "pageInfo")]
    page_info: Option<IgnoredAny>,
    /// A flat record, or one of v1.
    id: Option<IgnoredAny>,
    user: Option<IgnoredAny>,
}

/// The content of a body.
struct Unwrapped {
    /// The requested JSON.
    json: String,
    /// The errors that accompany it.
    errors: Vec<GraphQlError>,
    /// Whether it was wrapped as `data.<operation>`.
    is_wrapped: bool,
}

impl Unwrapped {
    fn flat(json: impl Into<String>) -> Self {
        Self { json: json.into(), errors: Vec::new(), is_wrapped: false }
    }
}

/// The content of a successful response, or the tenant's message as an error.
fn unwrap(exchange: &Exchange, route: &RestRoute) -> Result<Unwrapped, Error> {
    let response = &exchange.response;
    if !(200..300).contains(&response.status) {
        return Err(exchange.unconfirmed(json::refusal(response)));
    }
    let body = response.body.trim_ascii();
    // The response to a write may be an empty 204, and a call may return `true` without an envelope.
    match body {
        b"" if exchange.execution.may_have_run() => return Ok(Unwrapped::flat("{}")),
        b"true" => return Ok(Unwrapped::flat("true")),
        // A bare null is no record, or nothing about a write.
        b"null" if exchange.execution.may_have_run() => return Err(exchange.unconfirmed(nothing(None))),
        b"null" => return Err(exchange.unconfirmed(nothing(Some(route)))),
        _ => {}
    }
    let text = json::text(response).map_err(|error| exchange.unconfirmed(error))?;
    let Ok(Envelope { data, errors, counted, success, page_info, id, user }) = serde_json::from_str::<Envelope>(text)
    else {
        // A list or malformed JSON: decoding reports what is wrong with it.
        return Ok(Unwrapped::flat(text));
    };
    // Business errors come with a success status, and mean that nothing was done.
    let refusal = || exchange.refused(json::refusal(response));
    let is_nothing = match &errors {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(errors) => errors.is_empty(),
        Value::Object(errors) => errors.is_empty(),
        _ => false,
    };
    let has_errors = counted.is_none() && !is_nothing;
    // A log has its entries under the name of the envelope, and its position beside them.
    let data = data.filter(|data| page_info.is_none() || !data.get().starts_with('['));
    let Some(data) = data else {
        // Errors beside a record do not prove that nothing was done.
        if has_errors && (id.is_some() || user.is_some()) && exchange.execution.may_have_run() {
            return Err(exchange.unconfirmed(json::refusal(response)));
        }
        if has_errors || success == Some(false) {
            return Err(refusal());
        }
        // A bare message does not prove whether a write was carried out.
        if exchange.execution.may_have_run() && success.is_none() && is_mere_message(text) {
            return Err(exchange.unconfirmed(json::refusal(response)));
        }
        return Ok(Unwrapped::flat(text));
    };
    // The only key below `data` is the name of an operation, which the route does not specify.
    let operations: BTreeMap<String, Option<Box<RawValue>>> =
        json::decode(data.get()).map_err(|error| exchange.unconfirmed(error))?;
    match operations.into_values().next() {
        Some(Some(value)) => {
            let errors = if has_errors { to_errors(errors) } else { Vec::new() };
            Ok(Unwrapped { json: value.get().to_owned(), errors, is_wrapped: true })
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
