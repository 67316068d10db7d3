//! Carrying out a plan: entry by entry, with a journal, until it is done or cannot go on.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::BoxFuture;
use futures::stream::{self, FuturesOrdered, Stream};
use futures::{FutureExt as _, TryStreamExt as _};
use thought_industries::Client;

use crate::audit::{AuditRecord, AuditSink};
use crate::error::{Error, ErrorKind};
use crate::executor::{Means, execute};
use crate::journal::Journal;
use crate::limit::{FailureLimit, Tally};
use crate::outcome::{EntryOutcome, Obstacle, OutcomeKind};
use crate::plan::{Action, Entry, Plan};
use crate::proven::Proven;
use crate::read_ahead::{Listed, ReadAhead};
use crate::step::{Step, StepResult};

/// After how many failures in a row a run stops.
const MOST_FAILURES: u32 = 3;

/// Carries out plans.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
/// use futures::TryStreamExt as _;
/// use thought_industries_provision::{Executor, FileAudit, FileJournal, Plan};
///
/// let plan = Plan::read("plan.json".as_ref())?;
/// let journal = FileJournal::open("run.jsonl".as_ref(), &plan)?;
/// journal.start(&plan, "ada", client.now())?;
/// let audit = FileAudit::open("run.audit.jsonl".as_ref())?;
/// let executor = Executor::new(&client, &journal, &audit, "ada");
/// let mut steps = std::pin::pin!(executor.run(&plan));
/// while let Some(step) = steps.try_next().await? {
///     println!("{}: {}", step.entry.label(), step.kind().name());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Executor<'e> {
    client: &'e Client,
    journal: &'e dyn Journal,
    audit: &'e dyn AuditSink,
    by: &'e str,
    limit: Option<FailureLimit>,
    at_once: usize,
    hold_after: Option<usize>,
    is_stopping: AtomicBool,
    /// Whether a response has shown the tenant's time.
    knows_time: AtomicBool,
    proven: Proven,
}

impl std::fmt::Debug for Executor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("by", &self.by).finish_non_exhaustive()
    }
}

/// Where a run is.
#[derive(Default)]
struct Progress<'p> {
    /// The entry that is begun next.
    position: usize,
    /// The entries under way, in the order of the plan.
    running: FuturesOrdered<BoxFuture<'p, Result<Step, Error>>>,
    ahead: ReadAhead,
    /// How many entries were begun, and how many have ended.
    begun: usize,
    ended: usize,
    is_at_end: bool,
    /// How many entries in a row ended at an obstacle.
    failures: u32,
    obstacle: Option<Obstacle>,
    /// Whether the tenant carried out, or refused, any entry.
    has_answered: bool,
    /// Whether the last entry that was tried was carried out.
    goes_well: bool,
    tally: Tally,
}

impl Progress<'_> {
    /// Whether something is in the way of every entry.
    fn is_blocked(&self) -> bool {
        self.obstacle == Some(Obstacle::Unauthorized) || self.failures >= MOST_FAILURES
    }

    fn add(&mut self, step: &Step) {
        self.ended += 1;
        self.tally.add(step.kind());
        if let StepResult::Now(outcome) = &step.result {
            self.obstacle = outcome.obstacle;
            self.failures = if outcome.obstacle.is_some() { self.failures + 1 } else { 0 };
            self.has_answered |= outcome.obstacle.is_none();
            self.goes_well = match outcome.kind {
                OutcomeKind::Done | OutcomeKind::Nothing => true,
                // The user has changed, which says nothing of the tenant.
                OutcomeKind::Refused => self.goes_well,
                _ => false,
            };
        }
    }
}

impl<'e> Executor<'e> {
    /// An executor that writes to a tenant, and keeps what it does in a journal and in an audit. `by` is who runs it.
    pub fn new(client: &'e Client, journal: &'e dyn Journal, audit: &'e dyn AuditSink, by: &'e str) -> Self {
        Self {
            client,
            journal,
            audit,
            by,
            limit: None,
            at_once: 1,
            hold_after: None,
            is_stopping: AtomicBool::new(false),
            knows_time: AtomicBool::new(false),
            proven: Proven::default(),
        }
    }

    /// Stops a run when so many entries have failed. Without a limit, only three failures in a row that no entry is to blame
    /// for stop it: the tenant cannot be reached, or does not carry out anything.
    #[must_use]
    pub fn failure_limit(self, limit: FailureLimit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// How many entries are under way at once: 1 by default. More reach the tenant's limits where responses are slow; a plan
    /// has an entry for each user, so that the writes to a user stay in order. A run begins with one entry at a time, and
    /// after an entry that was not carried out there is one at a time until one is. [`stop`](Self::stop) ends such a run between two
    /// entries, which dropping the stream does not.
    #[must_use]
    pub fn at_once(self, entries: usize) -> Self {
        Self { at_once: entries.max(1), ..self }
    }

    /// Begins no entry after the first `entries` until all of these were returned, and the stream is polled again: nothing
    /// is under way then, so that the first changes can be looked at ([`Canary`](crate::Canary)).
    #[must_use]
    pub fn hold_after(self, entries: usize) -> Self {
        Self { hold_after: Some(entries), ..self }
    }

    /// Begins no further entry. The stream returns those under way, and ends.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Carries out the entries that are not done yet, in the order of the plan. Problems are left out. Each entry is in the
    /// journal before and after it. A user whose role, as it is read then, is not among the managed roles of the plan's
    /// policy is refused, and so is an entry that would give another role.
    ///
    /// Where that takes fewer requests, the users are read from the list, a hundred with a request, and are believed to be as
    /// it shows them for ten minutes; an entry that does not fit what the list shows is compared with a read of its own
    /// before it is refused. A write is read back, unless its response shows every field as written, and a read has
    /// confirmed such a response for each of these fields before in this run.
    ///
    /// Dropping the stream between two items stops between two entries, if one is under way [at once](Self::at_once). Dropping
    /// it while an item is pending leaves entries begun: the next run with the same journal finds out whether they were
    /// carried out, and goes on.
    ///
    /// The stream ends with an error of the kind [`Stopped`](ErrorKind::Stopped) when the tenant does not accept the key,
    /// after three failures in a row to reach it, or at the [limit of failures](Self::failure_limit).
    pub fn run<'p>(&'p self, plan: &'p Plan) -> impl Stream<Item = Result<Step, Error>> + 'p {
        stream::try_unfold(Progress::default(), move |mut progress| async move {
            while let Some((position, entry)) = self.next(plan, &mut progress).await? {
                let listed = progress.ahead.take(&entry, self.client.now());
                progress.begun += 1;
                progress.running.push_back(self.step(plan, position, entry, listed).boxed());
            }
            if let Some(step) = progress.running.try_next().await? {
                progress.add(&step);
                return Ok(Some((step, progress)));
            }
            // A run that met nothing but failures did nothing.
            if progress.is_blocked() || (progress.is_at_end && progress.failures > 0 && !progress.has_answered) {
                return Err(stopped(progress.obstacle));
            }
            // Once nothing is left, there is nothing to stop.
            if let Some(objection) = self.objection(plan, &progress).filter(|_| !progress.is_at_end) {
                return Err(Error::new(ErrorKind::Stopped, format!("stopped: {objection}")));
            }
            Ok(None)
        })
    }

    /// The next entry, if it may be begun before others have ended.
    async fn next<'p>(&'p self, plan: &'p Plan, progress: &mut Progress<'p>) -> Result<Option<(usize, Entry)>, Error> {
        let entry = loop {
            let Some(entry) = plan.entries.get(progress.position)? else {
                progress.is_at_end = true;
                return Ok(None);
            };
            if entry.action != Action::Problem {
                break entry;
            }
            progress.position += 1;
        };
        let position = progress.position;
        let is_alone = progress.running.is_empty();
        let is_reading = progress.ahead.is_due(position, self.client.now());
        // Users are read while nothing is under way: entries that wait for each other would take too long.
        if !self.may_begin(plan, progress) || (is_reading && !is_alone) {
            return Ok(None);
        }
        if is_reading {
            progress.ahead.read(self.client, plan, self.journal, position).await?;
        }
        progress.position += 1;
        Ok(Some((position, entry)))
    }

    fn may_begin(&self, plan: &Plan, progress: &Progress<'_>) -> bool {
        let running = progress.running.len();
        let at_once = if progress.goes_well { self.at_once } else { 1 };
        // The entries under way may all fail, and the limit is not to be exceeded then.
        let is_held = self.hold_after.is_some_and(|first| progress.begun >= first && progress.ended < first);
        running < at_once
            && !progress.is_blocked()
            && !is_held
            && !self.is_stopping.load(Ordering::Relaxed)
            && self.objection(plan, progress).is_none()
    }

    /// Why no entry is begun, if those under way fail.
    fn objection(&self, plan: &Plan, progress: &Progress<'_>) -> Option<String> {
        let tally = progress.tally.with_failures(progress.running.len());
        self.limit.and_then(|limit| tally.objection(limit, plan.totals.changes()))
    }

    /// Makes sure that the tenant's time is known before the beginning of a creation is written down: whether a user was
    /// created by it is decided by that time. Any response shows it.
    async fn learn_time(&self, entry: &Entry) {
        if !self.knows_time.swap(true, Ordering::Relaxed) && entry.action == Action::Create {
            // Without a response, the time of this computer is the best there is.
            _ = self.client.users().list().with_page_size(1).pages().try_next().await;
        }
    }

    async fn step(&self, plan: &Plan, position: usize, entry: Entry, listed: Option<Listed>) -> Result<Step, Error> {
        let state = self.journal.state(position);
        // What a rollback left alone may have its old value again.
        if let Some(kind @ (OutcomeKind::Done | OutcomeKind::Nothing | OutcomeKind::Refused)) =
            state.and_then(|state| state.kind)
            && !(kind == OutcomeKind::Refused && entry.is_rollback)
        {
            return Ok(Step { position, entry, result: StepResult::Earlier(kind) });
        }
        // An attempt of which it is not known what came, or that did a part, in this run or in one that was killed.
        let open = state.filter(|state| state.is_open()).map(|state| state.attempts);
        // The disk has the entry before the tenant does: a run that is killed leaves no write without a trace.
        self.learn_time(&entry).await;
        self.journal.begin(position, &entry, self.client.now())?;
        let means = Means { client: self.client, policy: plan.policy(), proven: &self.proven };
        let outcome = execute(means, &entry, open, listed.as_ref()).await?;
        self.record(plan, &entry, &outcome)?;
        // A write with two audit records is better than one without.
        self.journal.end(position, &outcome, self.client.now())?;
        Ok(Step { position, entry, result: StepResult::Now(outcome) })
    }

    fn record(&self, plan: &Plan, entry: &Entry, outcome: &EntryOutcome) -> Result<(), Error> {
        let fields: Vec<String> = entry.fields_changed().map(str::to_owned).collect();
        let target = outcome.id.as_deref().or(entry.id.as_deref()).unwrap_or("unknown");
        let source = if plan.is_rollback() { "undo" } else { "plan" };
        let operation = format!("{} ({source})", entry.action.name());
        // The reason may hold values that the tenant returned, so that it is left out.
        self.audit.record(&AuditRecord::new(self.by, &operation, target, &fields, outcome.kind.name()))
    }
}

fn stopped(obstacle: Option<Obstacle>) -> Error {
    let reason = match obstacle {
        Some(Obstacle::Unauthorized) => "stopped: the tenant does not accept the key; check TI_API_KEY",
        _ => "stopped: the tenant cannot be reached, or does not carry out anything",
    };
    Error::new(ErrorKind::Stopped, reason)
}

#[cfg(test)]
mod tests;
