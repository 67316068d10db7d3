//! Courses.

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::users::id_of;
use crate::{Error, Response, UserFields, UserKey, Users, routes};

/// Courses, and who is enrolled in them.
#[derive(Debug, Clone)]
pub struct Courses {
    tenant: Tenant,
}

impl Courses {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Enrols a person in a course. The course has to be published and the person active (API guide). Where a tenant
    /// has no v1, the course is added to those that the person has access to.
    ///
    /// # Errors
    /// If the person or the course is not there, or the tenant refuses; a person who is enrolled already is a
    /// [conflict](Error::is_conflict) over v1.
    pub async fn enroll(&self, course_id: &str, who: impl Into<UserKey>) -> Result<Response<()>, Error> {
        let id = id_of(&self.tenant, &who.into()).await?;
        let spec = &routes::COURSES_ENROLL;
        let arguments = json!({ "courseId": course_id, "userId": id });
        if !self.tenant.capabilities().routes(spec.name).is_empty() {
            match write_rest::<Value>(&self.tenant, spec, &arguments, Selection::NONE).await {
                Ok(answer) => return Ok(answer.map(drop)),
                // A tenant without v1 answers 404 as it would to an unknown course, which the update tells apart.
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
