//! The endpoint for directories: authentication, bounds, and SCIM's form of every answer.

mod limit;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{
    ALLOW, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value};

use crate::connection::Connection;
use crate::error::{ScimError, ScimType};
use crate::gateway::{Answer, Gateway};
use crate::query::{MOST, list_response, of_body, of_url, pairs};
use crate::route::{Route, route};
use crate::schema::{ResourceKind, resource_type, resource_types, schema, schemas, service_provider_config};
use crate::store::{AuditRow, Token, read, write};
use crate::token;

use limit::RequestLimits;

/// The largest body, in bytes.
const LARGEST: usize = 1 << 20;
/// How long a body may take to arrive.
const SLOWEST: Duration = Duration::from_secs(30);
/// How often the use of a token is recorded, in milliseconds.
const TOUCH: i64 = 60_000;

/// The endpoint, to be served by axum.
///
/// ```no_run
/// # async fn run(gateway: thought_industries_scim::Gateway) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// axum::serve(listener, thought_industries_scim::router(gateway)).await
/// # }
/// ```
pub fn router(gateway: Gateway) -> Router {
    let settings = &gateway.inner.settings;
    let limits = Arc::new(Mutex::new(RequestLimits::new(settings.requests_per_second, settings.hold)));
    Router::new().fallback(move |request: Request| {
        let (gateway, limits) = (gateway.clone(), Arc::clone(&limits));
        async move { respond(&gateway, &limits, request).await }
    })
}

/// What is known of a request when it is answered.
struct Asked {
    connection: Connection,
    parts: Parts,
    route: Route,
    query: String,
}

async fn respond(gateway: &Gateway, limits: &Mutex<RequestLimits>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (route, query) = route(parts.uri.path(), parts.uri.query().unwrap_or_default());
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let none_match = header(&parts, &IF_NONE_MATCH);
    let id = request_id();
    let begun = gateway.now();
    let (mut known, mut audited) = (None, None);
    let answered = async {
        let connection = authenticated(gateway, &parts).await?;
        known = Some(connection.name.clone());
        let now = gateway.now();
        let turn = limits.lock().unwrap_or_else(PoisonError::into_inner).take(&connection.name, now);
        match turn {
            Ok(Duration::ZERO) => {}
            Ok(wait) => gateway.inner.client.pause(wait).await,
            Err(wait) => {
                let detail = "this connection makes more requests a second than the gateway takes, and those that wait fill \
                              the time that requests are held";
                let seconds = wait.as_secs().saturating_sub(gateway.inner.settings.hold.as_secs()).max(1);
                return Err(ScimError { retry_after: Some(seconds), ..ScimError::new(429, detail) });
            }
        }
        let asked = Asked { connection, parts, route: route.clone(), query };
        let is_write = matches!(method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
            && !matches!(route, Route::Search(_));
        audited = is_write.then(|| (asked.connection.name.clone(), Vec::new()));
        check_method(&asked.route, &method)?;
        let body = body_of(gateway, &method, body).await?;
        if let (Some((_, fields)), Some(body)) = (&mut audited, &body) {
            *fields = body.keys().cloned().collect();
        }
        dispatch(gateway, asked, &method, body).await
    };
    let answered = answered.await;
    let status = match &answered {
        Ok(answer) => answer.status,
        Err(error) => error.status,
    };
    let took = Duration::from_millis(u64::try_from(gateway.now() - begun).unwrap_or_default());
    gateway.inner.counters.count_request(known.as_deref(), method.as_str(), status, took);
    if let Some((connection, fields)) = audited {
        let row = AuditRow {
            at: gateway.now(),
            connection,
            request: id.clone(),
            method: method.to_string(),
            path,
            status,
            fields,
        };
        let kept = gateway.blocking(move |gateway| write(gateway.store(), |tables| Ok(tables.add_audit(&row)?))).await;
        if let Err(error) = kept {
            tracing::error!(%error, "a request was not recorded");
        }
    }
    let mut response = match answered {
        Ok(answer) => response_of(answer, none_match.as_deref(), method == Method::HEAD),
        Err(error) => response_of_error(&error, &route),
    };
    insert(&mut response, HeaderName::from_static("x-request-id"), &id);
    response
}

/// The connection whose token a request has.
async fn authenticated(gateway: &Gateway, parts: &Parts) -> Result<Connection, ScimError> {
    let unauthorized = || ScimError::new(401, "send a token of the gateway: `Authorization: Bearer TOKEN`");
    let header = header(parts, &AUTHORIZATION).ok_or_else(unauthorized)?;
    let given = token::of_header(&header).ok_or_else(unauthorized)?.to_owned();
    gateway
        .blocking(move |gateway| {
            let now = gateway.now();
            let (found, connection) = read(gateway.store(), |tables| {
                let tokens: Vec<Token> = tables.tokens()?;
                let found = token::find(&tokens, &given).cloned().ok_or_else(unauthorized)?;
                let mut connections = tables.connections()?.into_iter();
                let connection = connections.find(|own| own.name == found.connection).ok_or_else(unauthorized)?;
                Ok((found, connection))
            })?;
            if found.used.is_none_or(|used| now - used > TOUCH) {
                write(gateway.store(), |tables| Ok(tables.touch_token(&found.hash, now)?))?;
            }
            Ok(connection)
        })
        .await
}

fn header(parts: &Parts, name: &HeaderName) -> Option<String> {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The body of a request, if its method has one.
async fn body_of(gateway: &Gateway, method: &Method, body: Body) -> Result<Option<Map<String, Value>>, ScimError> {
    if !matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
        return Ok(None);
    }
    let reading = Box::pin(to_bytes(body, LARGEST));
    let bytes = match futures::future::select(reading, gateway.inner.client.pause(SLOWEST)).await {
        futures::future::Either::Left((Ok(bytes), _)) => bytes,
        futures::future::Either::Left((Err(_), _)) => {
            return Err(ScimError::new(413, format!("the body is larger than {LARGEST} bytes, or was cut off")));
        }
        futures::future::Either::Right(_) => return Err(ScimError::new(408, "the body did not arrive in time")),
    };
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => Ok(Some(fields)),
        Ok(_) => Err(ScimError::bad_request(ScimType::InvalidSyntax, "the body is not a JSON object")),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            Err(ScimError::bad_request(ScimType::InvalidSyntax, format!("the body is not JSON: {place}")))
        }
    }
}

async fn dispatch(
    gateway: &Gateway,
    asked: Asked,
    method: &Method,
    body: Option<Map<String, Value>>,
) -> Result<Answer, ScimError> {
    let Asked { connection, parts, route, query } = asked;
    let if_match = header(&parts, &IF_MATCH);
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let base = gateway.base();
    if matches!(route, Route::All(_) | Route::One(..) | Route::Search(_) | Route::Root) {
        gateway.check_ready()?;
    }
    match (route, body) {
        (Route::ServiceProviderConfig, _) if is_read => found(service_provider_config(base, MOST)),
        (Route::ResourceTypes(None), _) if is_read => all(&query, &resource_types(base)),
        (Route::ResourceTypes(Some(id)), _) if is_read => {
            found(resource_type(base, &id).ok_or_else(|| ScimError::not_found("ResourceType", &id))?)
        }
        (Route::Schemas(None), _) if is_read => all(&query, &schemas(base)),
        (Route::Schemas(Some(id)), _) if is_read => {
            found(schema(base, &id).ok_or_else(|| ScimError::not_found("Schema", &id))?)
        }
        (Route::Root, _) if is_read => gateway.list_all(&connection, of_url(&query)?).await,
        (Route::All(kind), _) if is_read => gateway.list(&connection, kind, of_url(&query)?).await,
        (Route::One(ResourceKind::User, id), _) if is_read => {
            gateway.read_user(&connection, &id, of_url(&query)?).await
        }
        (Route::One(ResourceKind::Group, id), _) if is_read => {
            gateway.read_group(&connection, &id, of_url(&query)?).await
        }
        (Route::Search(Some(kind)), Some(body)) if *method == Method::POST => {
            gateway.list(&connection, kind, of_body(&body)?).await
        }
        (Route::Search(None), Some(body)) if *method == Method::POST => {
            gateway.list_all(&connection, of_body(&body)?).await
        }
        (Route::All(kind), Some(body)) if *method == Method::POST => {
            let query = of_url(&query)?;
            let created = match kind {
                ResourceKind::User => gateway.create_user(&connection, body).await?,
                ResourceKind::Group => gateway.create_group(&connection, body).await?,
            };
            Ok(projected(created, &query.projection, kind))
        }
        (Route::One(kind, id), Some(body)) if matches!(*method, Method::PUT | Method::PATCH) => {
            let (query, is_patch) = (of_url(&query)?, *method == Method::PATCH);
            let changed = match kind {
                ResourceKind::User => gateway.change_user(&connection, &id, body, is_patch, if_match).await?,
                ResourceKind::Group => gateway.change_group(&connection, &id, body, is_patch, if_match).await?,
            };
            Ok(projected(changed, &query.projection, kind))
        }
        (Route::One(ResourceKind::User, id), _) if *method == Method::DELETE => {
            gateway.delete_user(&connection, &id, if_match).await
        }
        (Route::One(ResourceKind::Group, id), _) if *method == Method::DELETE => {
            gateway.delete_group(&connection, &id, if_match).await
        }
        _ => Err(ScimError::internal()),
    }
}

/// Refuses what an endpoint does not take, before its body is read.
fn check_method(route: &Route, method: &Method) -> Result<(), ScimError> {
    let name = if *method == Method::HEAD { "GET" } else { method.as_str() };
    match route {
        Route::Unknown => Err(ScimError::new(404, "there is no such endpoint; the base is the path of the gateway")),
        Route::Me => Err(ScimError::new(501, "`/Me` is not supported: a token belongs to a directory, not to a user")),
        Route::Bulk => Err(ScimError::new(501, "bulk requests are not supported")),
        route if route.methods().split(", ").any(|own| own == name) => Ok(()),
        route => Err(ScimError::new(405, format!("this endpoint takes {}", route.methods()))),
    }
}

fn projected(answer: Answer, projection: &crate::projection::Projection, kind: ResourceKind) -> Answer {
    Answer { body: answer.body.map(|body| projection.apply(body, kind)), ..answer }
}

fn found(message: Value) -> Result<Answer, ScimError> {
    match message {
        Value::Object(message) => Ok(Answer::new(200, message)),
        _ => Err(ScimError::internal()),
    }
}

/// All resources of a discovery endpoint. These cannot be filtered (RFC 7644, section 4).
fn all(query: &str, resources: &[Value]) -> Result<Answer, ScimError> {
    if pairs(query).iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return Err(ScimError::new(403, "this endpoint cannot be filtered"));
    }
    let total = resources.len() as u64;
    Ok(Answer::new(200, list_response(resources, total, 1)))
}

fn response_of(answer: Answer, none_match: Option<&str>, is_head: bool) -> Response {
    let meta = |name: &str| {
        let meta = answer.body.as_ref()?.get("meta")?;
        meta.get(name)?.as_str().map(str::to_owned)
    };
    let (version, location) = (meta("version"), meta("location"));
    let is_known = answer.status == 200
        && none_match.is_some_and(|known| {
            known.trim() == "*" || version.as_ref().is_some_and(|own| known.split(',').any(|known| known.trim() == own))
        });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(version) = version {
        insert(&mut response, ETAG, &version);
    }
    if let (Some(location), 201) = (location, answer.status) {
        insert(&mut response, LOCATION, &location);
    }
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else if let Some(body) = answer.body {
        insert(&mut response, CONTENT_TYPE, MEDIA_TYPE);
        if !is_head {
            *response.body_mut() = Body::from(Value::Object(body).to_string());
        }
    }
    response
}

/// The media type of SCIM.
const MEDIA_TYPE: &str = "application/scim+json";

fn response_of_error(error: &ScimError, route: &Route) -> Response {
    let mut response = Response::new(Body::from(error.to_json().to_string()));
    *response.status_mut() = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    insert(&mut response, CONTENT_TYPE, MEDIA_TYPE);
    match error.status {
        401 => insert(&mut response, WWW_AUTHENTICATE, "Bearer"),
        405 => insert(&mut response, ALLOW, route.methods()),
        _ => {}
    }
    if let Some(seconds) = error.retry_after {
        insert(&mut response, RETRY_AFTER, &seconds.to_string());
    }
    response
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// An id for the answer and the audit.
fn request_id() -> String {
    let mut bytes = [0; 8];
    // Without random numbers, the id is the same for all: nothing depends on it.
    _ = getrandom::fill(&mut bytes);
    crate::hex::hex(&bytes)
}
