//! A user's enrollments.

use serde::Deserialize;
use serde_json::json;

use super::find::id_of;
use super::key::UserKey;
use super::read::by_id;
use crate::error::Kind;
use crate::execute::json as bodies;
use crate::execute::rest::{self, Fetched};
use crate::runtime::Surface;
use crate::tenant::Tenant;
use crate::{Date, Error, Response, routes};

/// An enrollment in a course (API guide, "get user enrollments").
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Enrollment {
    /// The course.
    pub course_id: Option<String>,
    /// The progress, as the schema spells it: `not-started`, `started`, `completed` or `not-completed`.
    pub status: Option<String>,
    /// When it was completed.
    pub completed_at: Option<Date>,
}

#[derive(Deserialize)]
struct Enrollments {
    enrollments: Vec<Enrollment>,
}

/// Uses v1. If the tenant has no v1, returns the user's courses as enrollments.
pub(super) async fn list(tenant: &Tenant, key: &UserKey) -> Result<Response<Vec<Enrollment>>, Error> {
    let spec = &routes::USERS_ENROLLMENTS;
    let id = id_of(tenant, key).await?;
    if tenant.routes_of(spec).contains(&Surface::RestV1) {
        match over_v1(tenant, &id).await {
            Ok(Some(listed)) => return Ok(Response::new(listed, Surface::RestV1)),
            // A tenant without v1 responds with 404 as it would for an unknown user; the read below distinguishes the
            // two.
            Ok(None) => {}
            Err(error) if error.is_not_found() || error.is_unauthorized() => {}
            Err(error) => return Err(error),
        }
    }
    // The courses are in the record of the user itself.
    let tenant = tenant.without_completion();
    let user = by_id(&tenant, &id).await?.reject_partial(spec.name)?;
    // A record without courses is not a user without enrollments.
    if user.purchased_courses.is_none() && user.gaps().iter().any(|gap| gap == "purchasedCourses") {
        let message = "no surface shows the courses of a user".to_owned();
        return Err(Error::new(Kind::NoRoute(message)).with_operation(spec.name).with_surface(user.surface()));
    }
    Ok(user.map(|user| {
        let held = user.purchased_courses.into_iter().flatten();
        held.map(|held| Enrollment {
            course_id: held.course_id,
            status: held.status,
            completed_at: held.certificate_issued_at,
        })
        .collect()
    }))
}

/// Reads page by page until one brings nothing new: the guide mentions several pages, but not how to recognize the
/// last.
async fn over_v1(tenant: &Tenant, id: &str) -> Result<Option<Vec<Enrollment>>, Error> {
    let spec = &routes::USERS_ENROLLMENTS;
    let mut all: Vec<Enrollment> = Vec::new();
    for page in 1.. {
        let arguments = json!({ "id": id, "page": page });
        let body = match rest::fetch(tenant, spec, Surface::RestV1, &arguments).await? {
            Fetched::Body(body) => body,
            Fetched::Absent { .. } | Fetched::Closed(_) => return Ok(None),
        };
        let listed: Enrollments = bodies::decode(&body.json)
            .map_err(|error| error.with_operation(spec.name).with_surface(Surface::RestV1))?;
        let new: Vec<Enrollment> = listed.enrollments.into_iter().filter(|own| !all.contains(own)).collect();
        if new.is_empty() {
            break;
        }
        all.extend(new);
    }
    for enrollment in &mut all {
        enrollment.status = enrollment.status.take().map(spelled);
    }
    Ok(Some(all))
}

/// The schema's spelling of a status. The API guide has its own for v1, which no other document uses.
fn spelled(status: String) -> String {
    match status.as_str() {
        "in_progress" => "started".to_owned(),
        "not_started" => "not-started".to_owned(),
        _ => status,
    }
}
