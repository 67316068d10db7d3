//! Courses.

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::users::id_of;
use crate::{Error, Response, UserFields, UserKey, Users, routes};

/// Courses and their enrollments.
#[derive(Debug, Clone)]
pub struct Courses {
    tenant: Tenant,
}

impl Courses {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Enrolls a user in a course. The course must be published and the user active (API guide). If the tenant has no
    /// v1, the course is added to those that the user has access to.
    ///
    /// # Errors
    /// If the user or the course is not found, or the tenant refuses. Over v1, a user who is already enrolled is a
    /// [conflict](Error::is_conflict).
    pub async fn enroll(&self, course_id: &str, who: impl Into<UserKey>) -> Result<Response<()>, Error> {
        let id = id_of(&self.tenant, &who.into()).await?;
        let spec = &routes::COURSES_ENROLL;
        let arguments = json!({ "courseId": course_id, "userId": id });
        if !self.tenant.known().routes(spec.name).is_empty() {
            match write_rest::<Value>(&self.tenant, spec, &arguments, Selection::NONE).await {
                Ok(answer) => return Ok(answer.map(drop)),
                // A tenant without v1 responds with 404 as it would for an unknown course; the update below
                // distinguishes the two.
                Err(error)
                    if !error.execution().is_unknown()
                        && (error.is_not_found() || error.is_no_route() || error.is_unauthorized()) => {}
                Err(error) => return Err(error),
            }
        }
        let fields = UserFields::new().course_ids(vec![course_id.to_owned()]);
        let updated = Users::new(self.tenant.clone()).update(UserKey::Id(id), fields).verify(true).send().await;
        updated.map(|answer| answer.map(drop)).map_err(|error| error.with_operation(spec.name))
    }
}
