//! Writes over v2 (seed 004, and the reference pages beside it). The documented dialect responds with
//! `data.<Operation>` and rejects with a status. The observed dialect responds with flat bodies, and rejects with HTTP
//! 200 and `errors`, as production clients observed it.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{answer_of, answered, read, refuse};
use crate::Dialect;
use crate::http::{Site, arguments, compute};
use crate::reply::json;
use crate::writes::{Bulk, Fields, Refusal, V2, Writer, fetch};

/// The outcome of a write.
enum Written {
    /// An object to be read as the response of the operation.
    Object { operation: &'static str, flat: &'static str, id: String, is_new: bool },
    /// The response itself, which the documented dialect wraps as that of the operation.
    Value(&'static str, Value),
    /// A response that is flat in both dialects.
    Flat(Value),
}

/// Responses of hand-written pages are flat. The observed dialect rejects with `errors` and a success status.
async fn write(
    site: Site,
    body: Bytes,
    work: impl FnOnce(&Writer<'_>, &Fields) -> Result<Written, Refusal> + Send + 'static,
) -> Result<Response, StatusCode> {
    let dialect = site.dialect;
    let answer = compute(move || {
        let arguments = arguments(&body)?;
        let written = {
            let writer = Writer::new(site.tenant.world(), site.tenant.own());
            work(&writer, &arguments)?
        };
        Ok::<_, Refusal>((site, written))
    })
    .await?;
    let (site, written) = match answer {
        Ok(written) => written,
        Err(refusal) => return Ok(refused(dialect, &refusal)),
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

fn refused(dialect: Dialect, refusal: &Refusal) -> Response {
    let status = match (dialect, refusal.status) {
        (Dialect::Observed, 409 | 422) => StatusCode::OK,
        (_, status) => StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
    };
    refuse(status, &refusal.message)
}

fn user(operation: &'static str, id: String, is_new: bool) -> Written {
    Written::Object { operation, flat: "User", id, is_new }
}

fn text<'a>(arguments: &'a Fields, name: &str) -> Option<&'a str> {
    arguments.get(name).and_then(Value::as_str)
}

pub(crate) async fn create(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    let world = site.tenant.clone();
    write(site, body, move |writer, arguments| {
        let (index, is_new) = writer.create(&V2, arguments)?;
        Ok(user("APICreateUser", world.world().id("User", index), is_new))
    })
    .await
}

/// Seed 004 takes a UUID; production clients also pass an email address or an external id, and `upsert`.
pub(crate) async fn update(
    State(site): State<Site>,
    Path(who): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let tenant = site.tenant.clone();
    let dialect = site.dialect;
    write(site, body, move |writer, arguments| {
        let world = tenant.world();
        let index = match dialect {
            Dialect::Documented => world.index_of("User", &who),
            Dialect::Observed => world.user_by_any(&who),
        };
        let index = index.ok_or_else(|| Refusal { status: 404, message: "User not found".to_owned() })?;
        // These are arguments of a creation; an integration nevertheless sends the first.
        let stray = ["upsert", "sendInvite"].into_iter().find(|name| arguments.contains_key(*name));
        if let Some(stray) = stray.filter(|name| dialect == Dialect::Documented || *name == "sendInvite") {
            return Err(Refusal { status: 400, message: format!("Unknown parameter {stray}") });
        }
        writer.update(&V2, index, arguments)?;
        Ok(user("APIUpdateUser", world.id("User", index), false))
    })
    .await
}

pub(crate) async fn update_status(
    State(site): State<Site>,
    Path(who): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let tenant = site.tenant.clone();
    write(site, body, move |writer, arguments| {
        let index = tenant.world().user_by_any(&who);
        let index = index.ok_or_else(|| Refusal { status: 404, message: "User not found".to_owned() })?;
        writer.set_status(index, text(arguments, "status"))?;
        Ok(Written::Flat(json!({ "status": arguments.get("status") })))
    })
    .await
}

pub(crate) async fn make_dual_role(
    State(site): State<Site>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    write(site, body, move |writer, arguments| {
        if arguments.get("role").is_some_and(|role| !role.is_string() && !role.is_null()) {
            return Err(Refusal { status: 400, message: "role has to be a string".to_owned() });
        }
        let (learner, manager) = writer.make_dual_role(&id, text(arguments, "role"))?;
        Ok(Written::Value("SetupUserDualRole", json!({ "learnerId": learner, "managerId": manager })))
    })
    .await
}

pub(crate) async fn remove_dual_role(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    write(site, body, |writer, arguments| {
        writer.remove_dual_roles_of(arguments).map(|done| Written::Value("APIBulkRemoveDualRoleManager", done))
    })
    .await
}

pub(crate) async fn certify(
    State(site): State<Site>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    write(site, body, move |writer, arguments| {
        writer.certify(&id, arguments).map(|done| Written::Value("APICertifyUser", done))
    })
    .await
}

pub(crate) async fn recertify(
    State(site): State<Site>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    write(site, body, move |writer, arguments| {
        writer.recertify(&id, arguments).map(|done| Written::Value("APIRecertifyUser", done))
    })
    .await
}

pub(crate) async fn certify_all(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    write(site, body, |writer, arguments| {
        writer.certify_all(arguments).map(|done| Written::Value("APIBulkCertifyUsers", done))
    })
    .await
}

pub(crate) async fn bulk_import(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    let tenant = site.tenant.clone();
    // The file is fetched before the write lock is taken, so no other request waits for it.
    let named = arguments(&body).unwrap_or_default();
    let file = compute(move || fetch(&named)).await?;
    write(site, body, move |writer, arguments| {
        let job = writer.import(arguments, file)?;
        let id = tenant.world().id("BackgroundJob", job);
        Ok(Written::Object { operation: "APIBulkImport", flat: "Job", id, is_new: false })
    })
    .await
}

pub(crate) async fn bulk_assign_licenses(site: State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    bulk(site, body, Bulk::AssignLicenses, "APIBulkPanoramaAssignment").await
}

pub(crate) async fn bulk_assign_content(site: State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    bulk(site, body, Bulk::AssignContent, "APIBulkContentAssignment").await
}

pub(crate) async fn bulk_remove_content(site: State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    bulk(site, body, Bulk::RemoveContent, "APIBulkContentRemoveAccess").await
}

async fn bulk(
    State(site): State<Site>,
    body: Bytes,
    bulk: Bulk,
    operation: &'static str,
) -> Result<Response, StatusCode> {
    write(site, body, move |writer, arguments| writer.bulk(bulk, arguments).map(|done| Written::Value(operation, done)))
        .await
}

pub(crate) async fn create_license(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    let tenant = site.tenant.clone();
    write(site, body, move |writer, arguments| {
        let index = writer.create_license(arguments)?;
        let id = tenant.world().id("License", index);
        Ok(Written::Object { operation: "APICreateLicense", flat: "License", id, is_new: true })
    })
    .await
}

pub(crate) async fn update_license(
    State(site): State<Site>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    write(site, body, move |writer, arguments| {
        writer.update_license(&id, arguments)?;
        Ok(Written::Object { operation: "APIUpdateLicense", flat: "License", id, is_new: false })
    })
    .await
}

/// Returns the license as it was, in full and under the name of a query, as the reference shows it.
pub(crate) async fn delete_license(State(site): State<Site>, Path(id): Path<String>) -> Result<Response, StatusCode> {
    let dialect = site.dialect;
    let done = compute(move || {
        let writer = Writer::new(site.tenant.world(), site.tenant.own());
        let index = writer.deletable_license(&id)?;
        let license = read(&site, "LicenseById", "License", json!({ "id": id }));
        writer.delete_license(index);
        Ok::<_, Refusal>(license)
    })
    .await?;
    Ok(match done {
        Ok(license) => answered(license, "LicenseById"),
        Err(refusal) => refused(dialect, &refusal),
    })
}

pub(crate) async fn update_client_status(
    State(site): State<Site>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    write(site, body, move |writer, arguments| {
        writer.set_client_status(&id, text(arguments, "status"))?;
        let status = if text(arguments, "status") == Some("disabled") { "disabled" } else { "active" };
        Ok(Written::Flat(json!({ "id": id, "status": status })))
    })
    .await
}

pub(crate) async fn create_webhook(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    write(site, body, |writer, arguments| writer.create_webhook(arguments).map(Written::Flat)).await
}
