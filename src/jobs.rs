//! Background jobs.

use std::time::Duration;

use crate::execute::run;
use crate::model::{BackgroundJob, BackgroundJobStatus};
use crate::operations::{JobById, job_by_id};
use crate::tenant::Tenant;
use crate::{Error, Response, routes};

/// The first and the longest pause between two reads of a job.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Background jobs of a tenant, such as an import.
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
    /// If the job is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub async fn get(&self, id: impl Into<String>) -> Result<Response<BackgroundJob>, Error> {
        let spec = &routes::JOBS_GET;
        run::<JobById>(&self.tenant, spec, job_by_id::Variables { id: id.into() }, &[], None)
            .await?
            .reject_partial(spec.name)
    }

    /// Polls a job until it is complete or failed, with a pause of one second at first and at most fifteen. `seen` is
    /// called after each poll. Dropping the future stops polling and does not affect the job.
    ///
    /// # Errors
    /// As [`get`](Self::get). A failed job is not an error: its status reports the failure, and `errorMessage` the
    /// reason.
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
