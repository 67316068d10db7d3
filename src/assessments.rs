//! Attempts at assessments.

use crate::Date;
use crate::model::AssessmentAttempt;
use crate::operations::assessment_attempts_list;
use crate::records::{Records, record_list, records_with_id};
use crate::tenant::Tenant;

/// Attempts of users at assessments, with their answers.
#[derive(Debug, Clone)]
pub struct Assessments {
    tenant: Tenant,
}

impl Assessments {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists attempts.
    pub fn list(&self) -> ListAssessmentAttempts {
        ListAssessmentAttempts::new(&self.tenant, assessment_attempts_list::Variables::new())
    }
}

records_with_id!(AssessmentAttempt);

record_list! {
    /// A list of attempts at assessments; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send).
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let mut attempts = client.assessments().list().set_course_id("<course id>").items();
    /// while let Some(attempt) = attempts.try_next().await? {
    ///     println!("{:?}: {:?}", attempt.grade, attempt.answers);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug, Clone)]
    #[must_use = "a request is sent only when it is awaited"]
    ListAssessmentAttempts of AssessmentAttempt: AssessmentAttemptsList, assessment_attempts_list, ASSESSMENTS_LIST,
    paged by cursor and size,
    |page| Records::new(page.assessment_attempts.into_iter().flatten(), page.page_info),
    {
        /// Only attempts of this user, by id.
        set_user_id: user_id, String;
        /// Only attempts in this course, by id.
        set_course_id: course_id, String;
    }
}

impl ListAssessmentAttempts {
    /// Only attempts from this time on. It is sent as ISO 8601, as the page of the reference shows it.
    pub fn set_start_date(mut self, start: Date) -> Self {
        self.variables.start_date = start.to_string().into();
        self.is_filtered = true;
        self
    }

    /// Only attempts up to this time. It is sent as ISO 8601, as the page of the reference shows it.
    pub fn set_end_date(mut self, end: Date) -> Self {
        self.variables.end_date = end.to_string().into();
        self.is_filtered = true;
        self
    }
}
