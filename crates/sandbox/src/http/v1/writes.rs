//! Writes over v1, as seed 000 describes them. A `PUT` replaces the whole object, which the guide warns it may do.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use serde_json::{Value, json};
use thought_industries_spec::Surface;

use super::read;
use crate::http::shapes;
use crate::http::{Site, arguments, compute, unreadable};
use crate::reply::json;
use crate::world::World;
use crate::writes::{Fields, Refusal, V1, Writer};

/// The outcome of a write.
enum Written {
    /// A user, by id.
    User(StatusCode, String),
    Value(StatusCode, Value),
}

/// A write in progress: its request, and the writer that carries it out.
struct Call<'c> {
    writer: &'c Writer<'c>,
    world: World<'c>,
    /// The id in the path; empty if the path has none.
    id: &'c str,
    arguments: &'c Fields,
}

type Work = fn(&Call<'_>) -> Result<Written, Refusal>;

/// The writes of v1.
const WRITES: &[(MethodFilter, &str, Work)] = &[
    (MethodFilter::POST, "/incoming/api/v1/users", create),
    (MethodFilter::PUT, "/incoming/api/v1/users/{id}", update),
    (MethodFilter::DELETE, "/incoming/api/v1/users/{id}", delete),
    (MethodFilter::POST, "/incoming/api/v1/groups/{id}/users", add_to_group),
    (MethodFilter::POST, "/incoming/api/v1/courses/{id}/enrollments", enroll),
];

/// The routes of all writes.
pub(super) fn routes() -> Router<Site> {
    WRITES.iter().fold(Router::new(), |router, (method, path, work)| {
        let handler = |State(site): State<Site>, id: Option<Path<String>>, body: Bytes| {
            write(site, id.map(|Path(id)| id).unwrap_or_default(), body, *work)
        };
        router.route(path, on(*method, handler))
    })
}

async fn write(site: Site, id: String, body: Bytes, work: Work) -> Result<Response, StatusCode> {
    compute(site.workers, move || {
        let written = arguments(&body).and_then(|arguments| {
            let world = site.tenant.world();
            let writer = Writer::new(world, site.tenant.own());
            work(&Call { writer: &writer, world, id: &id, arguments: &arguments })
        });
        match written {
            Ok(Written::User(status, id)) => match read(&site.tenant, "User", &id) {
                Ok(user) => json(status, &json!({ "user": user })),
                Err(why) => unreadable(why),
            },
            Ok(Written::Value(status, value)) => json(status, &value),
            Err(refusal) if refusal.status == 404 => {
                shapes::not_found(&site.unknowns, Surface::RestV1, refusal.missing().unwrap_or_default())
            }
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

fn create(call: &Call<'_>) -> Result<Written, Refusal> {
    let (index, _) = call.writer.create(&V1, call.arguments)?;
    Ok(Written::User(StatusCode::CREATED, call.world.id("User", index)))
}

fn update(call: &Call<'_>) -> Result<Written, Refusal> {
    let index = call.world.index_of("User", call.id).ok_or_else(not_found)?;
    call.writer.replace(&V1, index, call.arguments)?;
    Ok(Written::User(StatusCode::OK, call.id.to_owned()))
}

fn delete(call: &Call<'_>) -> Result<Written, Refusal> {
    let index = call.world.index_of("User", call.id).ok_or_else(not_found)?;
    call.writer.delete(index);
    Ok(Written::Value(StatusCode::OK, json!({ "success": true })))
}

fn add_to_group(call: &Call<'_>) -> Result<Written, Refusal> {
    call.writer.add_to_group(call.id, call.arguments.get("userId").and_then(Value::as_str))?;
    Ok(Written::Value(StatusCode::OK, json!({ "success": true })))
}

/// The guide shows no response; the sandbox returns the enrollment as the list has it.
fn enroll(call: &Call<'_>) -> Result<Written, Refusal> {
    call.writer.enroll(call.id, call.arguments.get("userId").and_then(Value::as_str))?;
    let enrollment = json!({ "courseId": call.id, "status": "not_started", "completedAt": null });
    Ok(Written::Value(StatusCode::CREATED, json!({ "enrollment": enrollment })))
}
