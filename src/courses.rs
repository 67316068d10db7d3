//! Courses.

use serde_json::{Value, json};

use crate::execute::{run, write_rest};
use crate::model::Course;
use crate::operations::{CourseStructure, course_structure};
use crate::request::Request;
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::users::id_of;
use crate::{Error, Response, UserFields, UserKey, Users, routes};

/// Courses, their parts, and their enrollments.
#[derive(Debug, Clone)]
pub struct Courses {
    tenant: Tenant,
}

impl Courses {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Reads the sections of a course, each with its lessons.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let course = client.courses().structure("<course id>").await?;
    /// for section in course.sections.iter().flatten().flatten() {
    ///     println!("{:?}: {:?}", section.title, section.lessons);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the course is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub fn structure(&self, course_id: impl Into<String>) -> Request<Response<Course>> {
        let (spec, variables) = (&routes::COURSES_STRUCTURE, course_structure::Variables { id: course_id.into() });
        Request::new(&self.tenant, spec, move |tenant| async move {
            run::<CourseStructure>(&tenant, spec, variables, &[], None).await?.reject_partial(spec.name)
        })
    }

    /// Enrolls a user in a course. The course must be published and the user active (API guide). If the tenant has no
    /// v1, the course is added to those that the user has access to. Not idempotent;
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// client.courses().enroll("<course id>", "ada@example.com").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the user or the course is not found, or the tenant refuses. Over v1, a user who is already enrolled is a
    /// [conflict](Error::is_conflict).
    pub fn enroll(&self, course_id: impl Into<String>, who: impl Into<UserKey>) -> Request<Response<()>> {
        let (course_id, who) = (course_id.into(), who.into());
        let spec = &routes::COURSES_ENROLL;
        Request::new(&self.tenant, spec, |tenant| async move { enroll(&tenant, course_id, &who).await })
    }
}

async fn enroll(tenant: &Tenant, course_id: String, who: &UserKey) -> Result<Response<()>, Error> {
    let id = id_of(tenant, who).await?;
    let spec = &routes::COURSES_ENROLL;
    let arguments = json!({ "courseId": course_id, "userId": id });
    if !tenant.routes_of(spec).is_empty() {
        match write_rest::<Value>(tenant, spec, &arguments, Selection::NONE).await {
            Ok(answer) => return Ok(answer.map(drop)),
            // A tenant without v1 responds with 404 as it would for an unknown course; the update below distinguishes
            // the two.
            Err(error)
                if !error.execution().is_unknown()
                    && (error.is_not_found() || error.is_no_route() || error.is_unauthorized()) => {}
            Err(error) => return Err(error),
        }
    }
    let fields = UserFields::new().course_ids(vec![course_id]);
    let updated = Users::new(tenant.clone()).update(UserKey::Id(id), fields).verify(true).await;
    updated.map(|answer| answer.map(drop)).map_err(|error| error.with_operation(spec.name))
}
