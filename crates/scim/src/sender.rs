//! Carrying out the writes of the outbox: at most once each, leavers first, and never two at once to one user.

mod journal;
mod plan;
mod verdict;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::TryStreamExt as _;
use futures::future::{join_all, select};
use serde_json::Value;
use thought_industries_provision::{AuditRecord, AuditSink, Executor, Plan, StepResult, TenantLock};

use crate::error::ScimError;
use crate::gateway::{Gateway, person_of};
use crate::pace::Pace;
use crate::roster::{apply_changes, facts_of};
use crate::store::{Job, JobKind, JobResult, JobState, NewJob, RosterRow, Tables, read, write};

use journal::OutboxJournal;
use plan::Planned;
use verdict::Verdict;

/// How often the outbox is looked at for writes that are due again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The executor's records: the gateway keeps its own, by request.
struct Silent;

impl AuditSink for Silent {
    fn record(&self, record: &AuditRecord<'_>) -> Result<(), thought_industries_provision::Error> {
        tracing::debug!(operation = record.operation, result = record.result, "a write was carried out");
        Ok(())
    }
}

impl Gateway {
    /// Carries out what is in the outbox, and what comes into it, for as long as the future is polled. What an earlier process
    /// had begun is finished first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn work(&self) -> Result<(), ScimError> {
        self.blocking(|gateway| {
            let now = gateway.now();
            write(gateway.store(), |tables| {
                for job in tables.open_jobs()?.into_iter().filter(|job| job.state == JobState::Running) {
                    tables.put_job(&Job { state: JobState::Queued, ..job }, now)?;
                }
                Ok(())
            })
        })
        .await?;
        let (at_once, per_minute) = self.inner.settings.even_writes();
        let pace = Mutex::new(Pace::new(per_minute, at_once));
        let senders = (0..self.inner.settings.at_once).map(|_| self.send_all(&pace));
        join_all(senders).await.into_iter().collect()
    }

    /// One of the senders.
    async fn send_all(&self, pace: &Mutex<Pace>) -> Result<(), ScimError> {
        let journal = OutboxJournal::new(self.clone());
        let executor = Executor::new(&self.inner.client, &journal, &Silent, "scim");
        let pace = || pace.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            // All writes of a minute at once would let the requests behind them wait for the rest of it. The turn comes before
            // the choice, so that a leaver takes the next one.
            let wait = pace().wait(self.now());
            if !wait.is_zero() {
                self.inner.client.pause(wait).await;
                continue;
            }
            let next = self.blocking(|gateway| {
                let now = gateway.now();
                write(gateway.store(), |tables| {
                    let Some(job) = tables.next_job(now)? else { return Ok(None) };
                    let job = Job { state: JobState::Running, ..job };
                    tables.put_job(&job, now)?;
                    Ok(Some(job))
                })
            });
            match next.await? {
                Some(job) => {
                    if !self.inner.settings.is_dry_run {
                        pace().take(self.now(), writes_of(&job.what));
                    }
                    self.carry_out(&executor, &journal, job).await?;
                }
                None => {
                    // Another sender may sleep through the news of a write that only it may begin.
                    _ = select(Box::pin(self.inner.wake.notified()), self.inner.client.pause(LOOK_AGAIN)).await;
                }
            }
        }
    }

    async fn carry_out(&self, executor: &Executor<'_>, journal: &OutboxJournal, job: Job) -> Result<(), ScimError> {
        let name = job.what.connection.clone();
        let connection = self
            .blocking(move |gateway| {
                let connections = read(gateway.store(), |tables| Ok(tables.connections()?))?;
                Ok(connections.into_iter().find(|connection| connection.name == name))
            })
            .await?;
        let Some(connection) = connection else {
            let verdict = Verdict::refused(403, "the connection was removed");
            return self.finish(job, None, verdict).await;
        };
        let (job, planned) = self.plan(&connection, job).await?;
        let plan = match planned {
            Planned::Plan(plan) => plan,
            Planned::Verdict(verdict) => return self.finish(job, None, verdict).await,
        };
        if self.inner.settings.is_dry_run {
            let id = job.what.user.clone().unwrap_or_else(|| format!("dry-run-{}", job.id));
            return self.finish(job, Some(&plan), Verdict::Done { id, dropped: None }).await;
        }
        // A run of a plan on this machine goes first, and its writes are not mixed with these.
        let _lock = match self.lock() {
            Ok(lock) => lock,
            Err(error) => {
                let job = Job { tries: job.tries.saturating_sub(1), ..job };
                return self.finish(job, None, Verdict::later(error.to_string())).await;
            }
        };
        journal.begin_job(&job);
        let outcome = {
            let mut steps = std::pin::pin!(executor.run(&plan));
            let mut outcome = None;
            let failed = loop {
                match steps.try_next().await {
                    Ok(Some(step)) => outcome = Some(step.result),
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            outcome.ok_or(failed)
        };
        let job = journal.end_job().unwrap_or(job);
        let verdict = match outcome {
            Ok(StepResult::Now(outcome)) => Verdict::of(&job, outcome),
            Ok(StepResult::Earlier(kind)) => Verdict::of_earlier(&job, kind),
            Ok(_) | Err(None) => Verdict::later("nothing came of the write"),
            Err(Some(error)) => Verdict::later(error.to_string()),
        };
        self.finish(job, Some(&plan), verdict).await
    }

    /// The lock of the tenant, for one write.
    fn lock(&self) -> Result<Option<TenantLock>, thought_industries_provision::Error> {
        let folder = self.inner.settings.locks.as_ref();
        folder.map(|folder| TenantLock::shared(folder, self.inner.client.url())).transpose()
    }

    /// Keeps what came of a write, in the roster and in the outbox at once.
    async fn finish(&self, job: Job, plan: Option<&Plan>, verdict: Verdict) -> Result<(), ScimError> {
        match &verdict {
            Verdict::Unauthorized => {
                self.set_trouble(Some(
                    "the tenant does not accept the key of the gateway; check TI_API_KEY".to_owned(),
                ));
            }
            Verdict::Done { .. } => self.set_trouble(None),
            _ => {}
        }
        self.inner.counters.count_write(job.what.kind.name(), verdict.name());
        let changes: Vec<(String, Value)> = plan
            .and_then(|plan| plan.entries.get(0).ok().flatten())
            .map(|entry| entry.changes.into_iter().map(|change| (change.field, change.after)).collect())
            .unwrap_or_default();
        self.blocking(move |gateway| {
            write(gateway.store(), |tables| gateway.keep(tables, job.clone(), &changes, &verdict))
        })
        .await?;
        self.announce();
        self.inner.wake.notify_one();
        Ok(())
    }

    fn keep(
        &self,
        tables: &dyn Tables,
        job: Job,
        changes: &[(String, Value)],
        verdict: &Verdict,
    ) -> Result<(), ScimError> {
        let now = self.now();
        let ended = |state, result| Job { state, result: Some(result), plan: None, ..job.clone() };
        let job = match verdict {
            Verdict::Done { id, dropped } => {
                let next = self.keep_done(tables, &job, id, changes, now)?;
                if let Some(dropped) = dropped {
                    tracing::warn!(job = job.id, fields = dropped, "the tenant dropped fields");
                }
                let result = JobResult { status: None, detail: dropped.clone(), user: Some(id.clone()), next };
                ended(JobState::Done, result)
            }
            Verdict::Gone => {
                // The user is no longer in the tenant, which is what a deletion is for.
                if let Some(id) = &job.what.user {
                    tables.bury(id, &job.what.connection, now)?;
                }
                let is_deletion = job.what.kind == JobKind::Delete;
                let status = (!is_deletion).then_some(404);
                let detail = (!is_deletion).then(|| "the user is no longer in the tenant".to_owned());
                let state = if is_deletion { JobState::Done } else { JobState::Failed };
                ended(state, JobResult { status, detail, user: job.what.user.clone(), next: None })
            }
            Verdict::Refused { status, detail } => {
                tracing::warn!(job = job.id, status, kind = job.what.kind.name(), "a write was refused");
                let result = JobResult { status: Some(*status), detail: Some(detail.clone()), user: None, next: None };
                ended(JobState::Failed, result)
            }
            Verdict::OnlyDisable { detail } => {
                // What the tenant refuses of a leaver must not keep the leaver active.
                tracing::warn!(job = job.id, "the fields of a leaver were refused; the user is disabled without them");
                let what = NewJob { fields: serde_json::Map::new(), ..job.what.clone() };
                let result = JobResult { status: None, detail: Some(detail.clone()), user: None, next: None };
                Job {
                    what,
                    state: JobState::Queued,
                    plan: None,
                    attempts: None,
                    outcome: None,
                    result: Some(result),
                    ..job
                }
            }
            Verdict::Later { reason, keeps_plan } => {
                tracing::info!(job = job.id, tries = job.tries + 1, "a write is tried again");
                let plan = job.plan.clone().filter(|_| *keeps_plan);
                let attempts = job.attempts.filter(|_| *keeps_plan);
                let outcome = job.outcome.filter(|_| *keeps_plan);
                let result = JobResult { status: None, detail: Some(reason.clone()), user: None, next: None };
                let not_before = now + pause_before(job.tries);
                let tries = job.tries + 1;
                Job { state: JobState::Queued, plan, attempts, outcome, tries, not_before, result: Some(result), ..job }
            }
            Verdict::Unauthorized => Job { state: JobState::Queued, not_before: now + 60_000, ..job },
        };
        Ok(tables.put_job(&job, now)?)
    }

    /// Keeps a write that was carried out, and returns the write that completes it.
    fn keep_done(
        &self,
        tables: &dyn Tables,
        job: &Job,
        id: &str,
        changes: &[(String, Value)],
        now: i64,
    ) -> Result<Option<i64>, ScimError> {
        let what = &job.what;
        let connection = tables.connections()?.into_iter().find(|own| own.name == what.connection);
        let old = tables.user(&what.connection, id)?;
        let mut facts = old.as_ref().map(|old| old.facts.clone()).unwrap_or_default();
        apply_changes(&mut facts, changes);
        let learner = connection.as_ref().and_then(|connection| self.roles_of(connection).into_iter().next());
        let client = connection.as_ref().and_then(|connection| connection.client.clone());
        let row = RosterRow {
            id: id.to_owned(),
            role: old.as_ref().map_or(learner, |old| old.role.clone()),
            client: old.as_ref().map_or(client, |old| old.client.clone()),
            created: old.as_ref().map_or(now, |old| old.created),
            facts,
            seen: now,
            is_written: !changes.is_empty(),
            generation: tables.note(crate::roster::GENERATION)?.and_then(|text| text.parse().ok()).unwrap_or_default(),
        };
        tables.put_roster(&row)?;
        tables.put_person(id, &person_of(what, now))?;
        if what.kind == JobKind::Delete {
            tables.bury(id, &what.connection, now)?;
            return Ok(None);
        }
        tables.revive(id)?;
        if what.kind == JobKind::Create && what.active == Some(false) {
            let disable = NewJob {
                kind: JobKind::Disable,
                user: Some(id.to_owned()),
                subject: id.to_owned(),
                fields: serde_json::Map::new(),
                ..what.clone()
            };
            return Ok(Some(tables.add_job(&disable, now)?));
        }
        Ok(None)
    }

    /// Keeps what a read has shown of a user, unless the gateway wrote to them a short while ago: reads may lag behind.
    pub(crate) fn keep_read(&self, user: &thought_industries::model::User) -> Result<(), ScimError> {
        let now = self.now();
        write(self.store(), |tables| {
            if tables.written_at(&user.id)?.is_some_and(|written| now - written < crate::roster::LONGEST_LAG) {
                return Ok(());
            }
            let generation = tables.note(crate::roster::GENERATION)?.and_then(|text| text.parse().ok());
            Ok(tables.put_roster(&facts_of(user, &[], now, generation.unwrap_or_default()))?)
        })
    }
}

/// How many writes to the tenant a write of the outbox takes.
fn writes_of(what: &NewJob) -> u32 {
    let is_creation = what.kind == JobKind::Create;
    (u32::from(is_creation || !what.fields.is_empty()) + u32::from(!is_creation && what.active.is_some())).max(1)
}

/// How long a write waits before it is tried again, in milliseconds: 1, 2, 4 seconds and so on, up to 5 minutes.
fn pause_before(tries: u32) -> i64 {
    (1_000_i64 << tries.min(9)).min(300_000)
}
