//! The journal of the executor, in the outbox: each attempt is on the disk before the tenant learns of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use thought_industries::Date;
use thought_industries_provision::{Entry, EntryOutcome, EntryState, Error, Journal};

use crate::gateway::Gateway;
use crate::store::{Job, write};

/// The journal of one sender, whose plans have one entry each.
pub(super) struct OutboxJournal {
    gateway: Gateway,
    job: Mutex<Option<Job>>,
}

impl OutboxJournal {
    pub(super) fn new(gateway: Gateway) -> Self {
        Self { gateway, job: Mutex::default() }
    }

    fn job(&self) -> MutexGuard<'_, Option<Job>> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The write that is carried out next.
    pub(super) fn begin_job(&self, job: &Job) {
        *self.job() = Some(job.clone());
    }

    /// The write with what was recorded of it.
    pub(super) fn end_job(&self) -> Option<Job> {
        self.job().take()
    }

    fn record(&self, change: impl FnOnce(&mut Job)) -> Result<(), Error> {
        let mut own = self.job();
        let Some(job) = own.as_mut() else { return Ok(()) };
        change(job);
        let now = self.gateway.now();
        let kept = write(self.gateway.store(), |tables| Ok(tables.put_job(job, now)?));
        kept.map_err(|error| Error::from(std::io::Error::other(error)))
    }
}

impl Journal for OutboxJournal {
    fn state(&self, _: usize) -> Option<EntryState> {
        let own = self.job();
        let job = own.as_ref()?;
        Some(EntryState::new(job.attempts?, job.outcome))
    }

    fn begin(&self, entry: usize, _: &Entry, at: Date) -> Result<(), Error> {
        let state = EntryState::begun(self.state(entry), at);
        self.record(|job| {
            job.attempts = Some(state.attempts);
            job.outcome = None;
        })
    }

    fn end(&self, _: usize, outcome: &EntryOutcome, _: Date) -> Result<(), Error> {
        self.record(|job| job.outcome = Some(outcome.kind))
    }
}
