//! Writes over v1, as seed 000 describes them. A `PUT` replaces the whole object, which the guide warns it may do.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::read;
use crate::http::{Site, arguments, compute, unreadable};
use crate::reply::json;
use crate::writes::{Fields, Refusal, V1, Writer};

/// The outcome of a write.
enum Written {
    /// A user, by id.
    User(StatusCode, String),
    Value(StatusCode, Value),
}

async fn write(
    site: Site,
    body: Bytes,
    work: impl FnOnce(&Writer<'_>, &Fields) -> Result<Written, Refusal> + Send + 'static,
) -> Result<Response, StatusCode> {
    compute(move || {
        let written = arguments(&body).and_then(|arguments| {
            let writer = Writer::new(site.tenant.world(), site.tenant.own());
            work(&writer, &arguments)
        });
        match written {
            Ok(Written::User(status, id)) => match read(&site.tenant, "User", &id) {
                Ok(user) => json(status, &json!({ "user": user })),
                Err(why) => unreadable(why),
            },
            Ok(Written::Value(status, value)) => json(status, &value),
            Err(refusal) => {
                // v1 reports a duplicate with 422 instead of 409.
                let status = if refusal.status == 409 { 422 } else { refusal.status };
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
                json(status, &json!({ "error": refusal.message }))
            }
        }
    })
    .await
}

fn not_found() -> Refusal {
    Refusal { status: 404, message: "User not found".to_owned() }
}

pub(crate) async fn create(State(site): State<Site>, body: Bytes) -> Result<Response, StatusCode> {
    let tenant = site.tenant.clone();
    write(site, body, move |writer, arguments| {
        let (index, _) = writer.create(&V1, arguments)?;
        Ok(Written::User(StatusCode::CREATED, tenant.world().id("User", index)))
    })
    .await
}

pub(crate) async fn update(
    State(site): State<Site>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    let tenant = site.tenant.clone();
    write(site, body, move |writer, arguments| {
        let index = tenant.world().index_of("User", &id).ok_or_else(not_found)?;
        writer.replace(&V1, index, arguments)?;
        Ok(Written::User(StatusCode::OK, id))
    })
    .await
}

pub(crate) async fn delete(State(site): State<Site>, Path(id): Path<String>) -> Result<Response, StatusCode> {
    let tenant = site.tenant.clone();
    write(site, Bytes::from_static(b"{}"), move |writer, _| {
        let index = tenant.world().index_of("User", &id).ok_or_else(not_found)?;
        writer.delete(index);
        Ok(Written::Value(StatusCode::OK, json!({ "success": true })))
    })
    .await
}

pub(crate) async fn add_to_group(
    State(site): State<Site>,
    Path(group): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    write(site, body, move |writer, arguments| {
        writer.add_to_group(&group, arguments.get("userId").and_then(Value::as_str))?;
        Ok(Written::Value(StatusCode::OK, json!({ "success": true })))
    })
    .await
}

/// The guide shows no response; the sandbox returns the enrollment as the list has it.
pub(crate) async fn enroll(
    State(site): State<Site>,
    Path(course): Path<String>,
    body: Bytes,
) -> Result<Response, StatusCode> {
    write(site, body, move |writer, arguments| {
        writer.enroll(&course, arguments.get("userId").and_then(Value::as_str))?;
        let enrollment = json!({ "courseId": course, "status": "not_started", "completedAt": null });
        Ok(Written::Value(StatusCode::CREATED, json!({ "enrollment": enrollment })))
    })
    .await
}
