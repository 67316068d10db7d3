//! REST v2. The documented dialect wraps bodies as `data.<Operation>` and pages by number (seeds 001, 003 and the
//! reference pages beside them). The observed dialect returns flat bodies and pages by cursor, as production clients
//! do.

pub(crate) mod writes;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Site, compute, unreadable};
use crate::cursor;
use crate::reply::json;
use crate::tenant::Tenant;
use crate::{Dialect, graphql};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListQuery {
    role: Option<String>,
    page: Option<u32>,
    cursor: Option<String>,
    query: Option<String>,
    sort: Option<String>,
    count: Option<u32>,
    client_id: Option<String>,
}

pub(crate) async fn ping() -> Response {
    json(StatusCode::OK, &json!({ "valid": true }))
}

pub(crate) async fn users(site: State<Site>, Query(query): Query<ListQuery>) -> Result<Response, StatusCode> {
    list(site, "APIUsers", "Users", query, |query| json!({ "role": query.role })).await
}

pub(crate) async fn clients(site: State<Site>, Query(query): Query<ListQuery>) -> Result<Response, StatusCode> {
    let variables = |query: &ListQuery| json!({ "query": query.query, "sort": query.sort, "count": query.count });
    list(site, "Clients", "Clients", query, variables).await
}

/// The reference requires the client's id a second time, as `clientId`; production clients omit it.
pub(crate) async fn licenses(
    site: State<Site>,
    Path(id): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, StatusCode> {
    if query.client_id.as_ref().is_some_and(|repeated| *repeated != id) {
        return Ok(refuse(StatusCode::UNPROCESSABLE_ENTITY, "clientId differs from the id in the path"));
    }
    list(site, "APILicensesByClientId", "Licenses", query, move |_| json!({ "clientId": id })).await
}

/// Seed 003 takes a UUID. Production clients also pass an email address or an external id.
pub(crate) async fn user(site: State<Site>, Path(who): Path<String>) -> Result<Response, StatusCode> {
    let world = site.tenant.world();
    let id = match site.dialect {
        Dialect::Documented => Some(who),
        Dialect::Observed => world.user_by_any(&who).map(|index| world.id("User", index)),
    };
    one(site, "UserById", "User", id).await
}

pub(crate) async fn client(site: State<Site>, Path(id): Path<String>) -> Result<Response, StatusCode> {
    one(site, "ClientById", "Client", Some(id)).await
}

pub(crate) async fn job(site: State<Site>, Path(id): Path<String>) -> Result<Response, StatusCode> {
    one(site, "APIBackgroundJob", "Job", Some(id)).await
}

/// Reads a page: the documented body of `operation`, or the flat body that the document calls `flat`.
async fn list(
    State(site): State<Site>,
    operation: &'static str,
    flat: &'static str,
    query: ListQuery,
    variables: impl FnOnce(&ListQuery) -> Value,
) -> Result<Response, StatusCode> {
    let page = match (site.dialect, &query.cursor) {
        (Dialect::Documented, _) => query.page.unwrap_or(1),
        (Dialect::Observed, None) => 1,
        (Dialect::Observed, Some(text)) => match cursor::decode(text) {
            Some(page) => page,
            None => return Ok(refuse(StatusCode::BAD_REQUEST, "the cursor is not one of this list")),
        },
    };
    let mut variables = variables(&query);
    if let Value::Object(variables) = &mut variables {
        variables.retain(|_, value| !value.is_null());
        variables.insert("page".into(), page.into());
    }
    answer(site, operation, flat, variables, move |body| with_cursor(body, page)).await
}

/// The paging of the observed dialect gives the next page as a cursor.
fn with_cursor(body: &mut Value, page: u32) {
    let Some(info) = body.get_mut("pageInfo").and_then(Value::as_object_mut) else { return };
    let has_more = info.get("hasMore").and_then(Value::as_bool).unwrap_or(false);
    let next = if has_more { json!(cursor::encode(page.saturating_add(1))) } else { Value::Null };
    info.insert("cursor".into(), next);
}

async fn one(
    State(site): State<Site>,
    operation: &'static str,
    flat: &'static str,
    id: Option<String>,
) -> Result<Response, StatusCode> {
    match id {
        Some(id) => answer(site, operation, flat, json!({ "id": id }), |_| ()).await,
        None => Ok(not_found(operation)),
    }
}

/// The response to a write: the object in its current state.
async fn answer_of(
    site: Site,
    operation: &'static str,
    flat: &'static str,
    variables: Value,
) -> Result<Response, StatusCode> {
    answer(site, operation, flat, variables, |_| ()).await
}

async fn answer(
    site: Site,
    operation: &'static str,
    flat: &'static str,
    variables: Value,
    finish: impl FnOnce(&mut Value) + Send + 'static,
) -> Result<Response, StatusCode> {
    let read = compute(move || {
        let mut body = read(&site, operation, flat, variables);
        if let (Dialect::Observed, Ok(Some(body))) = (site.dialect, &mut body) {
            finish(body);
        }
        body
    })
    .await?;
    Ok(answered(read, operation))
}

/// Reads a response in the form of the dialect; `None` if the object is not found.
fn read(site: &Site, operation: &str, flat: &str, variables: Value) -> Result<Option<Value>, graphql::Unreadable> {
    match site.dialect {
        Dialect::Documented => {
            let body = graphql::read(&site.tenant, document(&site.tenant, operation), None, variables)?;
            Ok(body.map(|body| json!({ "data": { operation: body } })))
        }
        Dialect::Observed => graphql::read(&site.tenant, &site.tenant.documents.flat, Some(flat), variables),
    }
}

/// The response to a read.
fn answered(read: Result<Option<Value>, graphql::Unreadable>, operation: &str) -> Response {
    match read {
        Ok(Some(body)) => json(StatusCode::OK, &body),
        Ok(None) => not_found(operation),
        Err(why) => unreadable(why),
    }
}

fn document<'t>(
    tenant: &'t Tenant,
    operation: &str,
) -> &'t apollo_compiler::validation::Valid<apollo_compiler::ExecutableDocument> {
    let documents = &tenant.documents;
    match operation {
        "APIUsers" => &documents.users,
        "UserById" | "APICreateUser" | "APIUpdateUser" => &documents.user,
        "Clients" => &documents.clients,
        "ClientById" => &documents.client,
        "APILicensesByClientId" => &documents.licenses,
        "LicenseById" | "APICreateLicense" | "APIUpdateLicense" => &documents.license,
        _ => &documents.job,
    }
}

/// No page documents the response for an unknown id: 404 with the error body that production clients read elsewhere.
fn not_found(operation: &str) -> Response {
    let what = match operation {
        "UserById" | "APICreateUser" | "APIUpdateUser" => "User",
        "LicenseById" | "APICreateLicense" | "APIUpdateLicense" => "License",
        "APIBackgroundJob" | "APIBulkImport" => "Job",
        _ => "Client",
    };
    refuse(StatusCode::NOT_FOUND, &format!("{what} not found"))
}

fn refuse(status: StatusCode, message: &str) -> Response {
    json(status, &json!({ "errors": [{ "message": message }] }))
}
