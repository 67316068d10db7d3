//! Writes over v2 (seed 004, and the reference pages beside it). The documented dialect responds with
//! `data.<Operation>` and rejects with a status. The observed dialect responds with flat bodies, and rejects with HTTP
//! 400 and a list of texts, as the reference pages for external activities state.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use serde_json::{Value, json};

use super::{answer_of, answered, read};
use crate::Dialect;
use crate::http::shapes;
use crate::http::{Site, arguments, compute};
use crate::reply::json;
use crate::world::World;
use crate::writes::{Bulk, Fields, Refusal, V2, Writer, fetch};

const POST: MethodFilter = MethodFilter::POST;
const PUT: MethodFilter = MethodFilter::PUT;

/// The outcome of a write.
enum Written {
    /// An object to be read as the response of the operation.
    Object { operation: &'static str, flat: &'static str, id: String, is_new: bool },
    /// The response itself, which the documented dialect wraps as that of the operation.
    Value(&'static str, Value),
    /// A response that is flat in both dialects.
    Flat(Value),
}

/// A write in progress: its request, and the writer that carries it out.
struct Call<'c> {
    writer: &'c Writer<'c>,
    world: World<'c>,
    dialect: Dialect,
    /// The id in the path; empty if the path has none.
    id: &'c str,
    arguments: &'c Fields,
}

type Work = fn(&Call<'_>) -> Result<Written, Refusal>;

/// The writes of v2, except for the two that need more than a writer.
const WRITES: &[(MethodFilter, &str, Work)] = &[
    (POST, "/incoming/v2/users", create),
    (PUT, "/incoming/v2/users/{id}", update),
    (PUT, "/incoming/v2/users/{id}/updateStatus", update_status),
    (PUT, "/incoming/v2/users/{id}/makeDualRole", make_dual_role),
    (PUT, "/incoming/v2/users/bulkRemoveDualRoleManager", |call| {
        let done = call.writer.remove_dual_roles_of(call.arguments)?;
        Ok(Written::Value("APIBulkRemoveDualRoleManager", done))
    }),
    (POST, "/incoming/v2/users/bulkClientLicenseAssignment", |call| {
        bulk(call, Bulk::AssignLicenses, "APIBulkPanoramaAssignment")
    }),
    (POST, "/incoming/v2/users/bulkContentAssignment", |call| {
        bulk(call, Bulk::AssignContent, "APIBulkContentAssignment")
    }),
    (POST, "/incoming/v2/users/bulkContentRemoveAccess", |call| {
        bulk(call, Bulk::RemoveContent, "APIBulkContentRemoveAccess")
    }),
    (POST, "/incoming/v2/users/{id}/certify", |call| {
        call.writer.certify(call.id, call.arguments).map(|done| Written::Value("APICertifyUser", done))
    }),
    (POST, "/incoming/v2/users/{id}/recertify", |call| {
        call.writer.recertify(call.id, call.arguments).map(|done| Written::Value("APIRecertifyUser", done))
    }),
    (POST, "/incoming/v2/users/certify/bulk", |call| {
        call.writer.certify_all(call.arguments).map(|done| Written::Value("APIBulkCertifyUsers", done))
    }),
    (POST, "/incoming/v2/licenses", |call| {
        let id = call.world.id("License", call.writer.create_license(call.arguments)?);
        Ok(license("APICreateLicense", id, true))
    }),
    (PUT, "/incoming/v2/licenses/{id}", |call| {
        call.writer.update_license(call.id, call.arguments)?;
        Ok(license("APIUpdateLicense", call.id.to_owned(), false))
    }),
    (PUT, "/incoming/v2/clients/{id}/updateStatus", update_client_status),
    (POST, "/incoming/v2/webhooks", |call| call.writer.create_webhook(call.arguments).map(Written::Flat)),
];

/// The routes of all writes.
pub(super) fn routes() -> Router<Site> {
    let router = Router::new()
        .route("/incoming/v2/users/bulkImport", on(POST, bulk_import))
        .route("/incoming/v2/licenses/{id}", on(MethodFilter::DELETE, delete_license));
    WRITES.iter().fold(router, |router, (method, path, work)| {
        let handler = |State(site): State<Site>, id: Option<Path<String>>, body: Bytes| {
            write(site, id.map(|Path(id)| id).unwrap_or_default(), body, *work)
        };
        router.route(path, on(*method, handler))
    })
}

/// Responses of hand-written pages are flat. A rejection has the form of the dialect.
async fn write(
    site: Site,
    id: String,
    body: Bytes,
    work: impl FnOnce(&Call<'_>) -> Result<Written, Refusal> + Send + 'static,
) -> Result<Response, StatusCode> {
    let (dialect, unknowns) = (site.dialect, Arc::clone(&site.unknowns));
    let answer = compute(site.workers, move || {
        let arguments = arguments(&body)?;
        let written = {
            let world = site.tenant.world();
            let writer = Writer::new(world, site.tenant.own());
            work(&Call { writer: &writer, world, dialect, id: &id, arguments: &arguments })?
        };
        Ok::<_, Refusal>((site, written))
    })
    .await?;
    let (site, written) = match answer {
        Ok(written) => written,
        Err(refusal) => return Ok(shapes::refused(&unknowns, dialect, &refusal)),
    };
    match written {
        Written::Object { operation, flat, id, is_new } => {
            let mut response = answer_of(site, operation, flat, json!({ "id": id })).await?;
            if is_new && response.status().is_success() && dialect == Dialect::Documented {
                *response.status_mut() = StatusCode::CREATED;
            }
            Ok(response)
        }
        Written::Value(operation, value) => Ok(match dialect {
            Dialect::Documented => json(StatusCode::OK, &json!({ "data": { operation: value } })),
            Dialect::Observed => json(StatusCode::OK, &value),
        }),
        Written::Flat(value) => Ok(json(StatusCode::OK, &value)),
    }
}

fn user(operation: &'static str, id: String, is_new: bool) -> Written {
    Written::Object { operation, flat: "User", id, is_new }
}

fn license(operation: &'static str, id: String, is_new: bool) -> Written {
    Written::Object { operation, flat: "License", id, is_new }
}

fn text<'a>(arguments: &'a Fields, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str)
}

fn create(call: &Call<'_>) -> Result<Written, Refusal> {
    let (index, is_new) = call.writer.create(&V2, call.arguments)?;
    Ok(user("APICreateUser", call.world.id("User", index), is_new))
}

/// Seed 004 takes a UUID; production clients also pass an email address or an external id, and `upsert`.
fn update(call: &Call<'_>) -> Result<Written, Refusal> {
    let index = match call.dialect {
        Dialect::Documented => call.world.index_of("User", call.id),
        Dialect::Observed => call.world.user_by_any(call.id),
    };
    let index = index.ok_or_else(no_user)?;
    // These are arguments of a creation; an integration nevertheless sends the first.
    let stray = ["upsert", "sendInvite"].into_iter().find(|name| call.arguments.contains_key(*name));
    if let Some(stray) = stray.filter(|name| call.dialect == Dialect::Documented || *name == "sendInvite") {
        return Err(Refusal { status: 400, message: format!("Unknown parameter {stray}") });
    }
    call.writer.update(&V2, index, call.arguments)?;
    Ok(user("APIUpdateUser", call.world.id("User", index), false))
}

fn update_status(call: &Call<'_>) -> Result<Written, Refusal> {
    let index = call.world.user_by_any(call.id).ok_or_else(no_user)?;
    call.writer.set_status(index, text(call.arguments, "status"))?;
    Ok(Written::Flat(json!({ "status": call.arguments.get("status") })))
}

fn no_user() -> Refusal {
    Refusal { status: 404, message: "User not found".to_owned() }
}

fn make_dual_role(call: &Call<'_>) -> Result<Written, Refusal> {
    if call.arguments.get("role").is_some_and(|role| !role.is_string() && !role.is_null()) {
        return Err(Refusal { status: 400, message: "role has to be a string".to_owned() });
    }
    let (learner, manager) = call.writer.make_dual_role(call.id, text(call.arguments, "role"))?;
    Ok(Written::Value("SetupUserDualRole", json!({ "learnerId": learner, "managerId": manager })))
}

fn bulk(call: &Call<'_>, bulk: Bulk, operation: &'static str) -> Result<Written, Refusal> {
    call.writer.bulk(bulk, call.arguments).map(|done| Written::Value(operation, done))
}

fn update_client_status(call: &Call<'_>) -> Result<Written, Refusal> {
    call.writer.set_client_status(call.id, text(call.arguments, "status"))?;
    let status = if text(call.arguments, "status") == Some("disabled") { "disabled" } else { "active" };
    Ok(Written::Flat(json!({ "id": call.id, "status": status })))
}

async fn bulk_import(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    // The file is fetched before the write lock is taken, so no other request waits for it.
    let named = arguments(&body).unwrap_or_default();
    let file = compute(site.workers, move || fetch(&named)).await?;
    write(site, String::new(), body, move |call| {
        let id = call.world.id("BackgroundJob", call.writer.import(call.arguments, file)?);
        Ok(Written::Object { operation: "APIBulkImport", flat: "Job", id, is_new: false })
    })
    .await
}

/// Returns the license as it was, in full and under the name of a query, as the reference shows it.
async fn delete_license(State(site): State<Site>, Path(id): Path<String>) -> Result<Response, StatusCode> {
    let (dialect, unknowns) = (site.dialect, Arc::clone(&site.unknowns));
    let done = compute(site.workers, move || {
        let writer = Writer::new(site.tenant.world(), site.tenant.own());
        let index = writer.deletable_license(&id)?;
        let license = read(&site, "LicenseById", "License", json!({ "id": id }));
        writer.delete_license(index);
        Ok::<_, Refusal>(license)
    })
    .await?;
    Ok(match done {
        Ok(license) => answered(&unknowns, license, "LicenseById"),
        Err(refusal) => shapes::refused(&unknowns, dialect, &refusal),
    })
}
