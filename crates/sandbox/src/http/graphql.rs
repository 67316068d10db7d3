//! The GraphQL endpoint.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::{Site, compute, shapes};
use crate::graphql;
use crate::reply::json as reply;

/// Executes a posted query. A request that cannot be executed returns 400, as with Apollo Server.
pub(crate) async fn endpoint(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let request: graphql::Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            let body = json!({ "errors": [{ "message": format!("the body is not a GraphQL request: {error}") }] });
            return Ok(reply(StatusCode::BAD_REQUEST, &body));
        }
    };
    let token = headers.get("authtoken").and_then(|token| token.to_str().ok()).map(str::to_owned);
    let limiter = site.limiter.clone();
    let limit = limiter.as_ref().map(|limiter| limiter.limits.query_points).unwrap_or_default();
    let unknowns = Arc::clone(&site.unknowns);
    let answer =
        compute(site.workers, move || graphql::answer(&site.tenant, limiter.as_deref(), &request, token.as_deref()))
            .await?;
    Ok(match answer {
        graphql::Answer::Refused(body) => reply(StatusCode::BAD_REQUEST, &body),
        graphql::Answer::Limited(standing) => standing.refusal(),
        graphql::Answer::Executed { mut body, points, standing } => {
            shapes::graphql_not_found(&unknowns, &mut body);
            let mut response = reply(StatusCode::OK, &body);
            if let Some(standing) = standing {
                standing.tell(response.headers_mut());
                response.headers_mut().insert("x-complexity-cost", points.into());
                response.headers_mut().insert("x-complexity-limit", limit.into());
            }
            response
        }
    })
}
