//! First contact: a surface is used once it has responded as what it should be. Until then, whatever it responds may
//! mean that the tenant does not have it, and a refused key may only be in the wrong place.

use serde_json::{Value, json};

use super::document::call_of;
use super::{json as bodies, request};
use crate::Error;
use crate::profile::{EndpointProfile, Presence};
use crate::routes;
use crate::runtime::{KeyPlacement, OperationKind, OperationSpec, Surface};
use crate::send::{Call, Exchange};
use crate::tenant::Tenant;
use crate::transport::HttpResponse;

/// What came of trying an endpoint for the first time.
pub(super) enum Contact {
    /// It has responded to the call as what it should be.
    Response(Exchange),
    /// It is known now, and the call is still to be sent.
    Known,
    /// It refused the key in every place. Nothing ran.
    Refused(Error),
}

/// What a response to the first request with the key in one place shows.
pub(crate) enum Verdict {
    Proof,
    /// It may be a response of the surface, or not.
    Unclear,
    KeyRefused,
    Other,
}

/// The smallest query that any GraphQL endpoint executes.
pub(crate) const TYPENAME: &str = r#"{"query":"{ __typename }"}"#;

/// Tries a GraphQL endpoint with a query. A mutation is not sent before the endpoint is known.
pub(super) async fn graphql(tenant: &Tenant, call: &Call, body: &str) -> Result<Contact, Error> {
    let _turn = tenant.first_contact().await;
    let Some(endpoint) = unknown(tenant, Surface::GraphQl) else { return Ok(Contact::Known) };
    let mut refused = None;
    for placement in endpoint.placements() {
        let send = |body: &str, call: Call| {
            let request = request::over_graphql(tenant, &endpoint.path, placement, body);
            async move { tenant.sender().send(&call, request).await }
        };
        let own = if call.is_mutation() { None } else { Some(send(body, call.first_contact()).await?) };
        let mut verdict = own.as_ref().map_or(Verdict::Unclear, |exchange| of_graphql(&exchange.response));
        let mut shown = own.as_ref().map(|exchange| exchange.response.clone());
        if let Verdict::Unclear = verdict {
            let probe = send(TYPENAME, call_of(call.operation, TYPENAME).first_contact()).await?;
            verdict = of_typename(&probe.response);
            shown.get_or_insert(probe.response);
        }
        match verdict {
            Verdict::Proof => {
                tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.is_there(placement, Some(tenant.now())));
                return Ok(own.map_or(Contact::Known, Contact::Response));
            }
            Verdict::KeyRefused => refused = shown,
            Verdict::Unclear | Verdict::Other => {
                let reason = shown.as_ref().map(describe).unwrap_or_default();
                not_there(tenant, &endpoint, &reason, shown.as_ref());
                return Ok(Contact::Known);
            }
        }
    }
    Ok(key_refused(tenant, &endpoint, refused.as_ref()))
}

/// Tries a REST version with a query. A mutation is not sent before the version is known.
pub(super) async fn rest(
    tenant: &Tenant,
    spec: &OperationSpec,
    surface: Surface,
    arguments: &Value,
) -> Result<Contact, Error> {
    let _turn = tenant.first_contact().await;
    let Some(endpoint) = unknown(tenant, surface) else { return Ok(Contact::Known) };
    let (mut refused, mut forbidden) = (None, Vec::new());
    for placement in endpoint.placements() {
        let mut own = None;
        if spec.kind == OperationKind::Query {
            let exchange = ask(tenant, spec, surface, placement, arguments).await?;
            if is_key_refused(&exchange.response) {
                refused = Some(exchange.response.clone());
                if exchange.response.status == 403 {
                    forbidden.push((placement, exchange));
                }
                continue;
            }
            if proves_rest(&exchange.response) {
                tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.is_there(placement, Some(tenant.now())));
                return Ok(Contact::Response(exchange));
            }
            own = Some(exchange);
        }
        match probe(tenant, surface, placement, "").await? {
            (Verdict::KeyRefused, response) => refused = Some(response),
            (Verdict::Proof, _) => {
                tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.is_there(placement, Some(tenant.now())));
                // A page in place of the response, or a failure, is asked for again.
                let own = own.filter(|own| own.response.status < 500 && (!is_success(&own.response) || is_json(own)));
                return Ok(own.map_or(Contact::Known, Contact::Response));
            }
            (_, response) => {
                let shown = own.map_or(response, |own| own.response);
                not_there(tenant, &endpoint, &describe(&shown), Some(&shown));
                return Ok(Contact::Known);
            }
        }
    }
    // A key that is accepted may still lack the permission for this.
    for (placement, exchange) in forbidden {
        let own = spec.rest(surface).map_or("", |route| route.path);
        if let (Verdict::Proof, _) = probe(tenant, surface, placement, own).await? {
            tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.is_there(placement, Some(tenant.now())));
            return Ok(Contact::Response(exchange));
        }
    }
    Ok(key_refused(tenant, &endpoint, refused.as_ref()))
}

/// Finds out whether a tenant has a REST version, if that is not known yet.
pub(crate) async fn settle(tenant: &Tenant, surface: Surface) -> Result<(), Error> {
    if unknown(tenant, surface).is_some() {
        rest(tenant, &routes::USERS_BASIC, surface, &json!({ "page": 1 })).await?;
    }
    Ok(())
}

/// What every tenant with a REST version has. The ping is documented, but a list is what production clients are known to
/// read.
pub(crate) fn probes(surface: Surface) -> Vec<(&'static OperationSpec, Value)> {
    let page = json!({ "page": 1 });
    match surface {
        Surface::RestV1 => vec![(&routes::USERS_BASIC, page)],
        _ => vec![(&routes::TENANT_PING, json!({})), (&routes::USERS_LIST, page)],
    }
}

/// Asks a REST version for something that every tenant with that version has, except at a path that has responded.
async fn probe(
    tenant: &Tenant,
    surface: Surface,
    placement: KeyPlacement,
    except: &str,
) -> Result<(Verdict, HttpResponse), Error> {
    let mut last = HttpResponse::new(404, "", "");
    let open = |spec: &OperationSpec| spec.rest(surface).is_some_and(|route| route.path != except);
    for (spec, arguments) in probes(surface).into_iter().filter(|(spec, _)| open(spec)) {
        last = ask(tenant, spec, surface, placement, &arguments).await?.response;
        if proves_rest(&last) {
            return Ok((Verdict::Proof, last));
        }
    }
    // A tenant without the first one may refuse the key there, so the last one decides.
    let verdict = if is_key_refused(&last) { Verdict::KeyRefused } else { Verdict::Other };
    Ok((verdict, last))
}

pub(crate) async fn ask(
    tenant: &Tenant,
    spec: &OperationSpec,
    surface: Surface,
    placement: KeyPlacement,
    arguments: &Value,
) -> Result<Exchange, Error> {
    let Some(route) = spec.rest(surface) else {
        return Err(Error::invalid_argument(format!("{surface} does not have {}", spec.name)));
    };
    let request = request::over_rest(tenant, route, surface, placement, arguments)?;
    tenant.sender().send(&Call::of(spec, surface, arguments).first_contact(), request).await
}

/// The endpoint of a surface that is next, if it was never used.
fn unknown(tenant: &Tenant, surface: Surface) -> Option<EndpointProfile> {
    tenant.endpoint(surface).filter(|endpoint| endpoint.presence == Presence::Unknown)
}

/// The status of a response, if it is one of a failure that may pass: a tenant that is down for a moment responds so as
/// well.
pub(crate) fn doubt(response: &HttpResponse) -> Option<u16> {
    let passes = |status: &u16| matches!(status, 408 | 425 | 429 | 500 | 502..);
    Some(response.status).filter(passes)
}

fn not_there(tenant: &Tenant, endpoint: &EndpointProfile, reason: &str, response: Option<&HttpResponse>) {
    let doubt = response.and_then(doubt);
    tracing::debug!(path = endpoint.path, reason, "no such endpoint");
    tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.is_absent(reason, doubt, Some(tenant.now())));
}

fn key_refused(tenant: &Tenant, endpoint: &EndpointProfile, response: Option<&HttpResponse>) -> Contact {
    let Some(response) = response else { return Contact::Known };
    let error = bodies::refusal(response);
    tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.refuses_key(&describe(response), Some(tenant.now())));
    Contact::Refused(error)
}

fn is_success(response: &HttpResponse) -> bool {
    (200..300).contains(&response.status)
}

fn is_json(exchange: &Exchange) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(&exchange.response.body).is_ok()
}

pub(crate) fn is_key_refused(response: &HttpResponse) -> bool {
    matches!(response.status, 401 | 403)
}

/// Whether a response can only come from a GraphQL endpoint.
pub(crate) fn of_graphql(response: &HttpResponse) -> Verdict {
    if is_key_refused(response) {
        return Verdict::KeyRefused;
    }
    let body = serde_json::from_slice::<Value>(&response.body).unwrap_or_default();
    let body = body.get(0).unwrap_or(&body);
    if is_success(response) && body.get("data").is_some_and(Value::is_object) {
        return Verdict::Proof;
    }
    let Some(errors) = body.get("errors").and_then(Value::as_array) else {
        return Verdict::Other;
    };
    // Only GraphQL reports where in a document an error is, or an error code among extensions.
    let is_of_graphql = |error: &Value| ["locations", "path", "extensions"].iter().any(|key| error.get(key).is_some());
    if errors.iter().any(is_of_graphql) { Verdict::Proof } else { Verdict::Unclear }
}

/// Whether a response is the one to [`TYPENAME`].
pub(crate) fn of_typename(response: &HttpResponse) -> Verdict {
    let body = serde_json::from_slice::<Value>(&response.body).unwrap_or_default();
    let data = body.get(0).unwrap_or(&body).get("data");
    match data.and_then(|data| data.get("__typename")) {
        Some(Value::String(_)) if is_success(response) => Verdict::Proof,
        _ => match of_graphql(response) {
            Verdict::Unclear => Verdict::Other,
            verdict => verdict,
        },
    }
}

/// Whether a response can only come from the REST API: a record, a list, or the response to a ping.
pub(crate) fn proves_rest(response: &HttpResponse) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(&response.body) else { return false };
    is_success(response) && [Some(content(&body)), body.get("user")].into_iter().flatten().any(is_of_api)
}

/// The content of a body, whether it is wrapped as `data.<Operation>` or flat.
fn content(body: &Value) -> &Value {
    let inner = body.get("data").and_then(Value::as_object).and_then(|data| data.values().next());
    inner.unwrap_or(body)
}

/// Whether a response shows the record with an id.
pub(crate) fn shows(response: &HttpResponse, id: &str) -> bool {
    let body = serde_json::from_slice::<Value>(&response.body).unwrap_or_default();
    is_success(response) && has_id(content(&body), id)
}

/// Whether a record has an id, which some tenants show as a number.
pub(crate) fn has_id(record: &Value, id: &str) -> bool {
    match record.get("id") {
        Some(Value::String(shown)) => shown.eq_ignore_ascii_case(id),
        Some(Value::Number(shown)) => shown.to_string().as_str() == id,
        _ => false,
    }
}

/// The id of the first record of a list.
pub(crate) fn first_id(response: &HttpResponse) -> Option<String> {
    let body = serde_json::from_slice::<Value>(&response.body).unwrap_or_default();
    let list = content(&body);
    let first = LISTS.iter().find_map(|name| list.get(*name)?.as_array()?.first())?;
    match first.get("id")? {
        Value::String(id) => Some(id.clone()),
        id => Some(id.to_string()),
    }
}

/// The keys of the lists that are read.
pub(super) const LISTS: [&str; 11] = [
    "users",
    "clients",
    "licenses",
    "enrollments",
    "events",
    "contentItems",
    "courseGroups",
    "assessmentAttempts",
    "meetings",
    "coupons",
    "redemptionCodeGroups",
];

fn is_of_api(value: &Value) -> bool {
    let Some(fields) = value.as_object() else { return false };
    fields.get("id").is_some_and(|id| id.is_string() || id.is_number())
        || fields.get("valid").is_some_and(Value::is_boolean)
        || LISTS.iter().any(|name| fields.get(*name).is_some_and(Value::is_array))
}

/// A response in a few words: its status and what its body is.
pub(crate) fn describe(response: &HttpResponse) -> String {
    let body = response.body.trim_ascii();
    let what = match body.first() {
        None => "an empty body",
        Some(b'<') => "a page",
        Some(b'{' | b'[') if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err() => "malformed JSON",
        Some(b'{' | b'[') => "JSON",
        Some(_) => "text",
    };
    match response.header("location") {
        Some(to) if (300..400).contains(&response.status) && to.contains("//") => {
            format!("{} to another address", response.status)
        }
        Some(_) if (300..400).contains(&response.status) => format!("{} to another page", response.status),
        _ => format!("{} with {what}", response.status),
    }
}
