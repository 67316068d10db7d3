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
use axum::routing::{get, post, put};

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
    Router::new()
        .route("/incoming/v2/ping", get(v2::ping))
        .route("/incoming/v2/users", get(v2::users).post(v2::writes::create))
        .route("/incoming/v2/users/{id}", get(v2::user).put(v2::writes::update))
        .route("/incoming/v2/users/{id}/updateStatus", put(v2::writes::update_status))
        .route("/incoming/v2/users/{id}/makeDualRole", put(v2::writes::make_dual_role))
        .route("/incoming/v2/users/bulkRemoveDualRoleManager", put(v2::writes::remove_dual_role))
        .route("/incoming/v2/users/bulkImport", post(v2::writes::bulk_import))
        .route("/incoming/v2/users/bulkClientLicenseAssignment", post(v2::writes::bulk_assign_licenses))
        .route("/incoming/v2/users/bulkContentAssignment", post(v2::writes::bulk_assign_content))
        .route("/incoming/v2/users/bulkContentRemoveAccess", post(v2::writes::bulk_remove_content))
        .route("/incoming/v2/users/{id}/certify", post(v2::writes::certify))
        .route("/incoming/v2/users/{id}/recertify", post(v2::writes::recertify))
        .route("/incoming/v2/users/certify/bulk", post(v2::writes::certify_all))
        .route("/incoming/v2/licenses", post(v2::writes::create_license))
        .route("/incoming/v2/licenses/{id}", put(v2::writes::update_license).delete(v2::writes::delete_license))
        .route("/incoming/v2/clients/{id}/updateStatus", put(v2::writes::update_client_status))
        .route("/incoming/v2/webhooks", post(v2::writes::create_webhook))
        .route("/incoming/v2/clients", get(v2::clients))
        .route("/incoming/v2/clients/{id}", get(v2::client))
        .route("/incoming/v2/clients/{id}/licenses", get(v2::licenses))
        .route("/incoming/v2/jobs/{id}", get(v2::job))
        .route_layer(from_fn_with_state(site.limiter.clone(), limits::rest))
        .route_layer(from_fn_with_state(site.faults.clone(), faults::inject))
        .route_layer(from_fn(|request, next| auth::require(auth::bearer, request, next)))
        .with_state(site)
}

/// Seed 000: the key goes into the query or into `X-API-Key`.
fn v1(site: Site) -> Router {
    Router::new()
        .route("/incoming/api/v1/users", get(v1::users).post(v1::writes::create))
        .route("/incoming/api/v1/users/{id}", get(v1::user).put(v1::writes::update).delete(v1::writes::delete))
        .route("/incoming/api/v1/groups/{id}/users", post(v1::writes::add_to_group))
        .route("/incoming/api/v1/courses/{id}/enrollments", post(v1::writes::enroll))
        .route("/incoming/api/v1/users/{id}/enrollments", get(v1::enrollments))
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
