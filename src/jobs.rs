//! Background jobs.

use std::time::Duration;

use crate::execute::run;
use crate::model::{BackgroundJob, BackgroundJobStatus};
use crate::operations::{JobById, job_by_id};
use crate::tenant::Tenant;
use crate::{Error, Response, routes};

/// How long to wait before a job is looked at again: at first, and at the most.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// What a tenant does in the background, such as an import.
#[derive(Debug, Clone)]
pub struct Jobs {
    tenant: Tenant,
}

impl Jobs {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Reads a job.
    ///
    /// # Errors
    /// If there is no such job ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub async fn get(&self, id: impl Into<String>) -> Result<Response<BackgroundJob>, Error> {
        let spec = &routes::JOBS_GET;
        run::<JobById>(&self.tenant, spec, job_by_id::Variables { id: id.into() }, &[], None)
            .await?
            .reject_partial(spec.name)
    }

    /// Looks at a job again and again until it is complete or failed, after a second at first and fifteen at the most.
    /// `seen` is called with each look. Dropping the future stops looking and leaves the job alone.
    ///
    /// # Errors
    /// As [`get`](Self::get). A job that failed is no error: its status says so, and `errorMessage` why.
    pub async fn wait(
        &self,
        id: impl Into<String>,
        mut seen: impl FnMut(&BackgroundJob),
    ) -> Result<Response<BackgroundJob>, Error> {
        let id = id.into();
        let mut pause = PAUSE;
        loop {
            let job = self.get(&id).await?;
            seen(&job);
            if matches!(job.status, Some(BackgroundJobStatus::Complete | BackgroundJobStatus::Failed)) {
                return Ok(job);
            }
            self.tenant.sender().clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
