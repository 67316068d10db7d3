//! The GraphQL endpoint.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::{Site, compute};
use crate::graphql;

/// Executes what was posted. What cannot be executed is answered with 400, as Apollo Server does.
pub(crate) async fn endpoint(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    let request: graphql::Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            let body = json!({ "errors": [{ "message": format!("the body is no GraphQL request: {error}") }] });
            return Ok(super::json(StatusCode::BAD_REQUEST, &body));
        }
    };
    let answer = compute(move || graphql::answer(&site.tenant, &request)).await?;
    let status = if answer.executed { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    Ok(super::json(status, &answer.body))
}
