//! Which writes are taken into the outbox, and which have to wait.

use super::{Gateway, HOUR};
use crate::connection::Connection;
use crate::error::ScimError;
use crate::store::{JobState, NewJob, Tables};

impl Gateway {
    /// Adds a write to the outbox. What disables a user is always taken, though the brake may hold it.
    pub(super) fn admit(&self, tables: &dyn Tables, connection: &Connection, job: NewJob) -> Result<i64, ScimError> {
        let now = self.now();
        let job = if job.kind.disables() {
            let disabled = tables.disabled_since(&connection.name, now - HOUR)?;
            let users = tables.count_users(&self.scope_of(connection))?;
            let is_held = self.inner.settings.brake.holds(disabled, users);
            NewJob { is_held, ..job }
        } else {
            self.refuse_if_full(tables)?;
            job
        };
        Ok(tables.add_job(&job, now)?)
    }

    /// Refuses a write that would not be carried out while its request is held.
    fn refuse_if_full(&self, tables: &dyn Tables) -> Result<(), ScimError> {
        let settings = &self.inner.settings;
        let (at_once, per_minute) = settings.even_writes();
        let waiting = tables.waiting_jobs()?.saturating_sub(u64::from(at_once));
        let seconds = waiting.saturating_mul(60) / u64::from(per_minute);
        let hold = settings.hold.as_secs();
        if seconds < hold {
            return Ok(());
        }
        let wait = (seconds - hold).max(1);
        let detail = "more writes wait than the tenant takes within the time that requests are held; nothing was kept";
        Err(ScimError { retry_after: Some(wait), ..ScimError::new(429, detail) })
    }

    /// The write of a subject that has not ended and asks for the same: a directory that repeats a request waits for the first
    /// one.
    pub(super) fn repeated(&self, tables: &dyn Tables, job: &NewJob) -> Result<Option<i64>, ScimError> {
        let open = tables.open_jobs_of(&job.subject)?;
        let is_same = |own: &NewJob| {
            own.connection == job.connection
                && own.kind == job.kind
                && own.document == job.document
                && own.active == job.active
        };
        let last = open.into_iter().next_back().filter(|last| is_same(&last.what));
        Ok(last.filter(|last| last.state != JobState::Failed).map(|last| last.id))
    }
}
