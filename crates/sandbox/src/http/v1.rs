//! REST v1, as seed 000 describes it.

mod writes;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use thought_industries_spec::Surface;

use super::shapes;
use super::{Site, compute, unreadable};
use crate::graphql;
use crate::reply::json;
use crate::tenant::{Page, Tenant};
use crate::world::World;

const PER_PAGE: u32 = 25;
const MOST_PER_PAGE: u32 = 100;

/// The routes of v1.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/incoming/api/v1/users", get(users))
        .route("/incoming/api/v1/users/{id}", get(user))
        .route("/incoming/api/v1/users/{id}/enrollments", get(enrollments))
        .merge(writes::routes())
}

#[derive(Debug, Deserialize)]
struct UsersQuery {
    page: Option<u32>,
    per_page: Option<u32>,
    email: Option<String>,
}

/// Lists a page of users, or the users with an address. An unknown address returns an empty list: the guide's scenario
/// mentions a 404 there, but its description of the endpoint does not.
async fn users(State(site): State<Site>, Query(query): Query<UsersQuery>) -> Result<Response, StatusCode> {
    let body = compute(site.workers, move || {
        let world = site.tenant.world();
        let per_page = per_page(world, query.per_page);
        let number = query.page.unwrap_or(1);
        let page = match &query.email {
            None => {
                let everyone = world.listing(None);
                Page::cut(number, per_page, everyone.total(), |k| everyone.nth(k))
            }
            Some(email) => {
                let found = world.user_by_email(email);
                let both: Vec<u32> =
                    found.into_iter().chain(found.and_then(|index| world.dual_partner(index))).collect();
                let total = u32::try_from(both.len()).unwrap_or_default();
                Page::cut(number, per_page, total, |place| both.get(place as usize).copied())
            }
        };
        let users = page.entries.iter().map(|index| read(&site.tenant, "User", &world.id("User", *index)));
        let users: Vec<Option<Value>> = users.collect::<Result<_, _>>()?;
        Ok(json!({ "users": users, "total": page.total }))
    })
    .await?;
    Ok(body.map_or_else(unreadable, |body| json(StatusCode::OK, &body)))
}

/// How many entries a page has, given the number in the request.
fn per_page(world: World<'_>, asked: Option<u32>) -> u32 {
    let asked = asked.unwrap_or_else(|| world.default_page_size(PER_PAGE));
    world.page_size(asked.clamp(1, MOST_PER_PAGE))
}

async fn user(State(site): State<Site>, Path(id): Path<String>) -> Result<Response, StatusCode> {
    one(site, "User", id, |user| json!({ "user": user })).await
}

#[derive(Debug, Deserialize)]
struct EnrollmentsQuery {
    page: Option<u32>,
    per_page: Option<u32>,
}

/// A page of enrollments. The guide says that they may be paged, but not how; paging works as for users.
async fn enrollments(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(query): Query<EnrollmentsQuery>,
) -> Result<Response, StatusCode> {
    let world = site.tenant.clone();
    one(site, "Enrollments", id, move |user| {
        let courses = user.get("purchasedCourses").and_then(Value::as_array).cloned().unwrap_or_default();
        let per_page = per_page(world.world(), query.per_page) as usize;
        let skipped = (query.page.unwrap_or(1).max(1) as usize - 1).saturating_mul(per_page);
        let enrollments: Vec<Value> = courses.iter().skip(skipped).take(per_page).map(enrollment).collect();
        json!({ "enrollments": enrollments })
    })
    .await
}

async fn one(
    site: Site,
    operation: &'static str,
    id: String,
    body: impl FnOnce(Value) -> Value,
) -> Result<Response, StatusCode> {
    let unknowns = Arc::clone(&site.unknowns);
    let user = compute(site.workers, move || read(&site.tenant, operation, &id)).await?;
    Ok(match user {
        Ok(Some(user)) => json(StatusCode::OK, &body(user)),
        Ok(None) => shapes::not_found(&unknowns, Surface::RestV1, "User"),
        Err(why) => unreadable(why),
    })
}

/// An enrollment is what the other surfaces call a purchased course, with its own spelling of the states.
fn enrollment(course: &Value) -> Value {
    let status = match course.get("status").and_then(Value::as_str) {
        Some("started") => "in_progress",
        Some("completed") => "completed",
        _ => "not_started",
    };
    let completed_at = course.get("certificateIssuedAt").filter(|_| status == "completed");
    json!({ "courseId": course.get("courseId"), "status": status, "completedAt": completed_at })
}

/// Reads a user. Groups and the SSO id exist in v1 only: every user is in the group of their department.
fn read(tenant: &Tenant, operation: &str, id: &str) -> Result<Option<Value>, graphql::Unreadable> {
    let mut user = graphql::read(tenant, &tenant.documents.v1, Some(operation), json!({ "id": id }))?;
    if let Some(Value::Object(fields)) = &mut user {
        let department =
            fields.get("customFields").and_then(|fields| fields.get("department")).filter(|value| value.is_string());
        let department = department.cloned();
        let world = tenant.world();
        let index = world.index_of("User", id).unwrap_or_default();
        let groups = world.groups_of_user(index).map(|groups| json!(groups));
        fields.insert("groups".into(), groups.unwrap_or_else(|| json!(department.into_iter().collect::<Vec<_>>())));
        fields.insert("ssoId".into(), world.said(index, "ssoId").unwrap_or(Value::Null));
    }
    Ok(user)
}
