//! Courses.

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::users::{NOTHING, id_of};
use crate::{Answer, Client, Error, UserFields, UserKey, routes};

/// Courses, and who is enrolled in them.
#[derive(Debug, Clone)]
pub struct Courses {
    client: Client,
}

impl Courses {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Enrols a person in a course. The course has to be published and the person active (API guide). Where a tenant
    /// has no v1, the course is added to those that the person has access to.
    ///
    /// # Errors
    /// If the person or the course is not there, or the tenant refuses; a person who is enrolled already is a
    /// [conflict](Error::is_conflict) over v1.
    pub async fn enroll(&self, course_id: &str, who: impl Into<UserKey>) -> Result<Answer<()>, Error> {
        let id = id_of(&self.client, &who.into()).await?;
        let spec = &routes::COURSES_ENROLL;
        let arguments = json!({ "courseId": course_id, "userId": id });
        if !self.client.capabilities().routes(spec.name).is_empty() {
            match write_rest::<Value>(&self.client, spec, &arguments, &NOTHING).await {
                Ok(answer) => return Ok(answer.map(drop)),
                // A tenant without v1 answers 404 as it would to an unknown course, which the update tells apart.
                Err(error)
                    if !error.outcome_unknown()
                        && (error.is_not_found() || error.is_no_route() || error.is_unauthorized()) => {}
                Err(error) => return Err(error),
            }
        }
        let fields = UserFields::new().course_ids(vec![course_id.to_owned()]);
        let updated = self.client.users().update(UserKey::Id(id), fields).verify(true).send().await;
        updated.map(|answer| answer.map(drop)).map_err(|error| error.with_operation(spec.name))
    }
}
