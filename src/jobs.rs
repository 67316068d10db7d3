//! Background jobs.

use std::fmt;
use std::time::Duration;

use crate::execute::run;
use crate::model::{BackgroundJob, BackgroundJobStatus};
use crate::operations::{JobById, job_by_id};
use crate::request::{CalledOperation, Request, request};
use crate::tenant::Tenant;
use crate::{Error, Response, routes};

/// The first and the longest pause between two reads of a job.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Called after each poll.
type OnPoll = dyn FnMut(&BackgroundJob) + Send;

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
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let job = client.jobs().get("<job id>").await?;
    /// println!("{:?}", job.status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the job is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub fn get(&self, id: impl Into<String>) -> Request<Response<BackgroundJob>> {
        let id = id.into();
        Request::new(&self.tenant, &routes::JOBS_GET, |tenant| async move { get(&tenant, id).await })
    }

    /// Polls a job until it is complete or failed.
    pub fn wait(&self, id: impl Into<String>) -> WaitForJob {
        WaitForJob { tenant: self.tenant.clone(), id: id.into(), on_poll: None }
    }
}

async fn get(tenant: &Tenant, id: String) -> Result<Response<BackgroundJob>, Error> {
    let spec = &routes::JOBS_GET;
    run::<JobById>(tenant, spec, job_by_id::Variables { id }, &[], None).await?.reject_partial(spec.name)
}

/// Polls a job until it is complete or failed; ends in [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// use std::time::Duration;
///
/// let wait = client.jobs().wait("<job id>").on_poll(|job| println!("{:?}", job.status));
/// let job = wait.with_timeout(Duration::from_secs(600)).await?;
/// println!("{:?}", job.error_message);
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent only when it is awaited"]
pub struct WaitForJob {
    tenant: Tenant,
    id: String,
    on_poll: Option<Box<OnPoll>>,
}

impl WaitForJob {
    /// Calls `listener` after each poll.
    pub fn on_poll(mut self, listener: impl FnMut(&BackgroundJob) + Send + 'static) -> Self {
        self.on_poll = Some(Box::new(listener));
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::query("jobs.wait")
    }

    async fn run(mut self) -> Result<Response<BackgroundJob>, Error> {
        let mut pause = PAUSE;
        loop {
            let job = get(&self.tenant, self.id.clone()).await?;
            if let Some(on_poll) = &mut self.on_poll {
                on_poll(&job);
            }
            if matches!(job.status, Some(BackgroundJobStatus::Complete | BackgroundJobStatus::Failed)) {
                return Ok(job);
            }
            self.tenant.sender().clock.sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

request! {
    /// Polls with a pause of one second at first and at most fifteen, for as long as the job runs unless
    /// [`with_timeout`](Self::with_timeout) bounds it. Dropping the future stops polling and does not affect the job.
    ///
    /// # Errors
    /// As [`Jobs::get`]. A failed job is not an error: its status reports the failure, and `errorMessage` the reason.
    WaitForJob => Response<BackgroundJob>
}

impl fmt::Debug for WaitForJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitForJob").field("id", &self.id).finish_non_exhaustive()
    }
}
