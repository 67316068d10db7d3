//! REST v2. The documented dialect wraps bodies as `data.<Operation>` and pages by number (seeds 001, 003 and the
//! reference pages beside them). The observed dialect returns flat bodies and pages by cursor, as production clients
//! do.

mod writes;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use thought_industries_spec::Surface;

use super::shapes;
use super::{Site, compute, unreadable};
use crate::cursor;
use crate::reply::json;
use crate::tenant::Tenant;
use crate::unknowns::{Counts, LastCursor, Unknowns};
use crate::{Dialect, graphql};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListQuery {
    role: Option<String>,
    page: Option<u32>,
    cursor: Option<String>,
    query: Option<String>,
    sort: Option<String>,
    count: Option<u32>,
    client_id: Option<String>,
}

type Variables = fn(&ListQuery, Option<&str>) -> Result<Value, &'static str>;

/// The lists: path, documented operation, its name in the document of flat bodies, and its variables.
const LISTS: &[(&str, &str, &str, Variables)] = &[
    ("/incoming/v2/users", "APIUsers", "Users", |query, _| Ok(json!({ "role": query.role }))),
    ("/incoming/v2/clients", "Clients", "Clients", |query, _| {
        Ok(json!({ "query": query.query, "sort": query.sort, "count": query.count }))
    }),
    // The reference requires the client's id a second time, as `clientId`; production clients omit it.
    ("/incoming/v2/clients/{id}/licenses", "APILicensesByClientId", "Licenses", |query, id| {
        match query.client_id.as_deref() {
            Some(repeated) if Some(repeated) != id => Err("clientId differs from the id in the path"),
            _ => Ok(json!({ "clientId": id })),
        }
    }),
];

/// The objects: path, documented operation, and its name in the document of flat bodies.
const OBJECTS: &[(&str, &str, &str)] = &[
    ("/incoming/v2/users/{id}", "UserById", "User"),
    ("/incoming/v2/clients/{id}", "ClientById", "Client"),
    ("/incoming/v2/jobs/{id}", "APIBackgroundJob", "Job"),
];

/// The routes of v2.
pub(crate) fn routes() -> Router<Site> {
    let ping = || async { json(StatusCode::OK, &json!({ "valid": true })) };
    let router = Router::new().route("/incoming/v2/ping", get(ping)).merge(writes::routes());
    let router = LISTS.iter().fold(router, |router, (path, operation, flat, variables)| {
        let read = |site: State<Site>, id: Option<Path<String>>, Query(query): Query<ListQuery>| {
            list(site, (operation, flat), id.map(|Path(id)| id), query, *variables)
        };
        router.route(path, get(read))
    });
    OBJECTS.iter().fold(router, |router, (path, operation, flat)| {
        router.route(path, get(|site: State<Site>, Path(id): Path<String>| one(site, operation, flat, id)))
    })
}

/// Reads a page: the documented body of `operation`, or the flat body that the document calls `flat`.
async fn list(
    State(site): State<Site>,
    (operation, flat): (&'static str, &'static str),
    id: Option<String>,
    query: ListQuery,
    variables: Variables,
) -> Result<Response, StatusCode> {
    let page = match (site.dialect, &query.cursor) {
        (Dialect::Documented, _) => query.page.unwrap_or(1),
        (Dialect::Observed, None) => 1,
        (Dialect::Observed, Some(text)) => match cursor::decode(text) {
            Some(page) => page,
            None => return Ok(refuse(StatusCode::BAD_REQUEST, "the cursor is not one of this list")),
        },
    };
    let mut variables = match variables(&query, id.as_deref()) {
        Ok(variables) => variables,
        Err(message) => return Ok(refuse(StatusCode::UNPROCESSABLE_ENTITY, message)),
    };
    if let Value::Object(variables) = &mut variables {
        variables.retain(|_, value| !value.is_null());
        variables.insert("page".into(), page.into());
    }
    let unknowns = Arc::clone(&site.unknowns);
    let finish = move |tenant: &Tenant, body: &mut Value| {
        with_paging(body, page, &unknowns);
        if flat == "Licenses" {
            with_learning_paths(tenant, body);
        }
    };
    answer(site, operation, flat, variables, finish).await
}

/// Production lists the learning paths of the client beside its licenses; the type of the reference does not.
fn with_learning_paths(tenant: &Tenant, body: &mut Value) {
    let world = tenant.world();
    let client = body.get("id").and_then(Value::as_str).and_then(|id| world.index_of("Client", id));
    let (Some(client), Some(body)) = (client, body.as_object_mut()) else { return };
    let paths = world.population.content_of_client(client, "LearningPath");
    let paths: Vec<String> = paths.into_iter().map(|path| world.id("LearningPath", path)).collect();
    body.insert("learningPathIds".into(), json!(paths));
}

/// The paging of the observed dialect gives the next page as a cursor.
fn with_paging(body: &mut Value, page: u32, unknowns: &Unknowns) {
    let Some(info) = body.get_mut("pageInfo").and_then(Value::as_object_mut) else { return };
    let has_more = info.get("hasMore").and_then(Value::as_bool).unwrap_or(false);
    let cursor = match unknowns.last_cursor {
        _ if has_more => Some(json!(cursor::encode(page.saturating_add(1)))),
        LastCursor::Null => Some(Value::Null),
        LastCursor::Absent => None,
        LastCursor::Empty => Some(json!("")),
        LastCursor::Repeated => Some(json!(cursor::encode(page))),
    };
    info.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
    let dropped: &[&str] = match unknowns.counts {
        Counts::TotalAndPage => &["perPage"],
        Counts::All => &[],
        Counts::Missing => &["total", "perPage", "currentPage"],
    };
    info.retain(|name, _| !dropped.contains(&name.as_str()));
}

/// Seed 003 takes the UUID of a user. Production clients also pass an email address or an external id.
async fn one(
    State(site): State<Site>,
    operation: &'static str,
    flat: &'static str,
    id: String,
) -> Result<Response, StatusCode> {
    let id = match (site.dialect, flat) {
        (Dialect::Observed, "User") => {
            let world = site.tenant.world();
            world.user_by_any(&id).map(|index| world.id("User", index))
        }
        _ => Some(id),
    };
    match id {
        Some(id) => answer(site, operation, flat, json!({ "id": id }), |_, _| ()).await,
        None => Ok(not_found(&site.unknowns, operation)),
    }
}

/// The response to a write: the object in its current state.
async fn answer_of(
    site: Site,
    operation: &'static str,
    flat: &'static str,
    variables: Value,
) -> Result<Response, StatusCode> {
    answer(site, operation, flat, variables, |_, _| ()).await
}

async fn answer(
    site: Site,
    operation: &'static str,
    flat: &'static str,
    variables: Value,
    finish: impl FnOnce(&Tenant, &mut Value) + Send + 'static,
) -> Result<Response, StatusCode> {
    let unknowns = Arc::clone(&site.unknowns);
    let read = compute(site.workers, move || {
        let mut body = read(&site, operation, flat, variables);
        if let (Dialect::Observed, Ok(Some(body))) = (site.dialect, &mut body) {
            finish(&site.tenant, body);
        }
        body
    })
    .await?;
    Ok(answered(&unknowns, read, operation))
}

/// Reads a response in the form of the dialect; `None` if the object is not found.
fn read(site: &Site, operation: &str, flat: &str, variables: Value) -> Result<Option<Value>, graphql::Unreadable> {
    match site.dialect {
        Dialect::Documented => {
            let body = graphql::read(&site.tenant, document(&site.tenant, operation), None, variables)?;
            // `json!` would copy the body, which is large.
            let inside = |name: &str, value| Value::Object(Map::from_iter([(name.to_owned(), value)]));
            Ok(body.map(|body| inside("data", inside(operation, body))))
        }
        Dialect::Observed => graphql::read(&site.tenant, &site.tenant.documents.flat, Some(flat), variables),
    }
}

/// The response to a read.
fn answered(unknowns: &Unknowns, read: Result<Option<Value>, graphql::Unreadable>, operation: &str) -> Response {
    match read {
        Ok(Some(body)) => json(StatusCode::OK, &body),
        Ok(None) => not_found(unknowns, operation),
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

/// No page documents the response for an unknown id. By default, it is 404 with the error body that production clients
/// read elsewhere.
fn not_found(unknowns: &Unknowns, operation: &str) -> Response {
    let what = match operation {
        "UserById" | "APICreateUser" | "APIUpdateUser" => "User",
        "LicenseById" | "APICreateLicense" | "APIUpdateLicense" => "License",
        "APIBackgroundJob" | "APIBulkImport" => "Job",
        _ => "Client",
    };
    shapes::not_found(unknowns, Surface::RestV2, what)
}

fn refuse(status: StatusCode, message: &str) -> Response {
    json(status, &json!({ "errors": [{ "message": message }] }))
}
