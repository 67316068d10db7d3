//! The surfaces of a tenant over HTTP.

mod auth;
mod graphql;
mod record;
mod shapes;
mod v1;
mod v2;

pub(crate) use auth::API_KEY;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;

use crate::Dialect;
use crate::faults::{self, Faults};
use crate::limits::{self, Limiter};
use crate::received::Log;
use crate::reply::json;
use crate::tenant::Tenant;
use crate::unknowns::{self, Reads, TotalLimit, Unknowns, foreign};
use crate::writes::{Fields, Refusal};

/// State shared by the handlers.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) dialect: Dialect,
    pub(crate) limiter: Option<Arc<Limiter>>,
    pub(crate) faults: Option<Arc<Faults>>,
    pub(crate) unknowns: Arc<Unknowns>,
    pub(crate) workers: Workers,
}

/// The surfaces of a tenant, and the responses of all other paths.
pub(crate) fn router(site: &Site, log: Arc<Log>) -> Router {
    let unknowns = &site.unknowns;
    let reads = Reads::new(unknowns);
    let mut surfaces = v2(site.clone(), reads.clone());
    if unknowns.has_v1_in(site.dialect) {
        surfaces = surfaces.merge(v1(site.clone(), reads.clone()));
    }
    for path in unknowns.graphql_paths_of(site.dialect) {
        surfaces = surfaces.merge(graphql(path, site, reads.clone()));
    }
    let form = unknowns.foreign;
    let surfaces = surfaces.fallback(async move |uri: Uri| foreign(form, uri.path()));
    // A layer of a router runs after the path was matched; a redirect has to be resolved before that.
    Router::new()
        .fallback_service(surfaces)
        .layer(from_fn_with_state(Arc::clone(unknowns), unknowns::transport))
        .layer(from_fn_with_state(TotalLimit::new(unknowns), unknowns::limit))
        .layer(from_fn_with_state(log, record::record))
}

/// The guide takes the key in the query or in `X-API-Key`. Five public clients of Helium send it in the query only.
fn graphql(path: &str, site: &Site, reads: Option<Arc<Reads>>) -> Router {
    let documented = match site.dialect {
        Dialect::Documented => auth::header_or_query,
        Dialect::Observed => auth::query,
    };
    let routes = Router::new().route(path, post(graphql::endpoint));
    surface(routes, site, reads, auth::placed(site.unknowns.keys.graphql, documented)).with_state(site.clone())
}

/// The v2 landing page: every endpoint takes the key as `Authorization: Bearer`.
fn v2(site: Site, reads: Option<Arc<Reads>>) -> Router {
    let accepts = auth::placed(site.unknowns.keys.v2, auth::bearer);
    surface(rest(v2::routes(), &site), &site, reads, accepts).with_state(site)
}

/// Seed 000: the key goes into the query or into `X-API-Key`.
fn v1(site: Site, reads: Option<Arc<Reads>>) -> Router {
    let accepts = auth::placed(site.unknowns.keys.v1, auth::header_or_query);
    surface(rest(v1::routes(), &site), &site, reads, accepts).with_state(site)
}

/// The layers of REST.
fn rest(routes: Router<Site>, site: &Site) -> Router<Site> {
    routes
        .route_layer(from_fn_with_state(Arc::clone(&site.unknowns), unknowns::bodies))
        .route_layer(from_fn_with_state(site.limiter.clone(), limits::rest))
}

/// The layers of every surface.
fn surface(routes: Router<Site>, site: &Site, reads: Option<Arc<Reads>>, accepts: auth::Accepts) -> Router<Site> {
    let refusal = site.unknowns.key_refusal;
    routes
        .route_layer(from_fn_with_state(reads, unknowns::reads))
        .route_layer(from_fn_with_state(site.faults.clone(), faults::inject))
        .route_layer(from_fn(move |request, next| auth::require(accepts, refusal, request, next)))
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

/// Where slow work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workers {
    /// Off the threads that serve connections.
    Pool,
    /// At once, so that the same requests in the same order do the same things.
    Caller,
}

/// Does slow work.
async fn compute<T: Send + 'static>(
    workers: Workers,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StatusCode> {
    match workers {
        Workers::Pool => tokio::task::spawn_blocking(work).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR),
        Workers::Caller => Ok(work()),
    }
}
