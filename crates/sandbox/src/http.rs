//! The surfaces of a tenant over HTTP.

mod auth;
mod graphql;
mod record;
mod v1;
mod v2;

pub(crate) use auth::API_KEY;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;

use crate::Dialect;
use crate::faults::{self, Faults};
use crate::limits::{self, Limiter};
use crate::received::Log;
use crate::reply::json;
use crate::tenant::Tenant;
use crate::writes::{Fields, Refusal};

/// State shared by the handlers.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) dialect: Dialect,
    pub(crate) limiter: Option<Arc<Limiter>>,
    pub(crate) faults: Option<Arc<Faults>>,
}

/// The surfaces of a dialect. Paths that a dialect does not have return 404.
pub(crate) fn router(site: &Site, log: Arc<Log>) -> Router {
    let dialect = site.dialect;
    let surfaces = match dialect {
        Dialect::Documented => v2(site.clone()).merge(v1(site.clone())).merge(graphql(site, auth::header_or_query)),
        Dialect::Observed => v2(site.clone()).merge(graphql(site, auth::bearer_or_query)),
    };
    surfaces.fallback(|| async { StatusCode::NOT_FOUND }).layer(from_fn_with_state(log, record::record))
}

fn graphql(site: &Site, accepts: auth::Accepts) -> Router {
    Router::new()
        .route(site.dialect.graphql_path(), post(graphql::endpoint))
        .route_layer(from_fn_with_state(site.faults.clone(), faults::inject))
        .route_layer(from_fn(move |request, next| auth::require(accepts, request, next)))
        .with_state(site.clone())
}

/// The v2 landing page: every endpoint takes the key as `Authorization: Bearer`.
fn v2(site: Site) -> Router {
    v2::routes()
        .route_layer(from_fn_with_state(site.limiter.clone(), limits::rest))
        .route_layer(from_fn_with_state(site.faults.clone(), faults::inject))
        .route_layer(from_fn(|request, next| auth::require(auth::bearer, request, next)))
        .with_state(site)
}

/// Seed 000: the key goes into the query or into `X-API-Key`.
fn v1(site: Site) -> Router {
    v1::routes()
        .route_layer(from_fn_with_state(site.limiter.clone(), limits::rest))
        .route_layer(from_fn_with_state(site.faults.clone(), faults::inject))
        .route_layer(from_fn(|request, next| auth::require(auth::header_or_query, request, next)))
        .with_state(site)
}

/// The arguments of a write: a JSON object, or empty.
fn arguments(body: &Bytes) -> Result<Fields, Refusal> {
    if body.trim_ascii().is_empty() {
        return Ok(Fields::new());
    }
    serde_json::from_slice(body)
        .map_err(|error| Refusal { status: 400, message: format!("The body is not a JSON object: {error}") })
}

/// Responds with the reason why a body could not be read.
fn unreadable(why: crate::graphql::Unreadable) -> Response {
    let (status, message) = match why {
        crate::graphql::Unreadable::Refused(message) => (StatusCode::BAD_REQUEST, message),
        crate::graphql::Unreadable::Broken(message) => (StatusCode::INTERNAL_SERVER_ERROR, message),
    };
    json(status, &serde_json::json!({ "errors": [{ "message": message }] }))
}

/// Runs slow work off the threads that serve connections.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StatusCode> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
