//! Carrying out a plan: entry by entry, with a journal, until it is done or cannot go on.

use futures::stream::{self, Stream};
use thought_industries::Client;

use crate::audit::{AuditRecord, AuditSink};
use crate::error::{Error, ErrorKind};
use crate::executor::execute;
use crate::journal::Journal;
use crate::outcome::{EntryOutcome, Obstacle, OutcomeKind};
use crate::plan::{Action, Entry, Plan};

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
}

impl std::fmt::Debug for Executor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("by", &self.by).finish_non_exhaustive()
    }
}

/// An entry of a plan, carried out by this run or by an earlier one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// The position of the entry in the plan.
    pub position: usize,
    /// The entry.
    pub entry: Entry,
    /// What came of it.
    pub result: StepResult,
}

/// What came of an entry, and in which run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StepResult {
    /// This run carried it out, or tried to.
    Now(EntryOutcome),
    /// An earlier run ended it.
    Earlier(OutcomeKind),
}

impl Step {
    /// What came of the entry.
    pub fn kind(&self) -> OutcomeKind {
        match &self.result {
            StepResult::Now(outcome) => outcome.kind,
            StepResult::Earlier(kind) => *kind,
        }
    }
}

/// Where a run is.
struct Progress {
    position: usize,
    /// How many entries in a row ended at an obstacle.
    failures: u32,
    obstacle: Option<Obstacle>,
    /// Whether the tenant carried out, or refused, any entry.
    has_answered: bool,
    has_ended: bool,
}

impl<'e> Executor<'e> {
    /// An executor that writes to a tenant, and keeps what it does in a journal and in an audit. `by` is who runs it.
    pub fn new(client: &'e Client, journal: &'e dyn Journal, audit: &'e dyn AuditSink, by: &'e str) -> Self {
        Self { client, journal, audit, by }
    }

    /// Carries out the entries that are not done yet, in the order of the plan, one after the other. Problems are left out.
    /// Each entry is in the journal before and after it.
    ///
    /// Dropping the stream between two items stops between two entries. Dropping it while an item is pending leaves that
    /// entry begun: the next run with the same journal finds out whether it was carried out, and goes on.
    ///
    /// The stream ends with an error of the kind [`Stopped`](ErrorKind::Stopped) when the tenant does not accept the key, or
    /// after three failures in a row.
    pub fn run<'p>(&'p self, plan: &'p Plan) -> impl Stream<Item = Result<Step, Error>> + 'p {
        let start = Progress { position: 0, failures: 0, obstacle: None, has_answered: false, has_ended: false };
        stream::try_unfold(start, move |mut progress| async move {
            if progress.has_ended {
                return Ok(None);
            }
            // The entry that failed was returned first, so that its outcome is reported before the stream ends.
            if progress.obstacle == Some(Obstacle::Unauthorized) || progress.failures >= MOST_FAILURES {
                return Err(stopped(progress.obstacle));
            }
            loop {
                let Some(entry) = plan.entries.get(progress.position)? else {
                    progress.has_ended = true;
                    // A run that met nothing but failures did nothing.
                    let is_stopped = progress.failures > 0 && !progress.has_answered;
                    return if is_stopped { Err(stopped(progress.obstacle)) } else { Ok(None) };
                };
                let position = progress.position;
                progress.position += 1;
                if entry.action == Action::Problem {
                    continue;
                }
                let step = self.step(plan, position, entry).await?;
                if let StepResult::Now(outcome) = &step.result {
                    progress.obstacle = outcome.obstacle;
                    progress.failures = if outcome.obstacle.is_some() { progress.failures + 1 } else { 0 };
                    progress.has_answered |= outcome.obstacle.is_none();
                }
                return Ok(Some((step, progress)));
            }
        })
    }

    async fn step(&self, plan: &Plan, position: usize, entry: Entry) -> Result<Step, Error> {
        let state = self.journal.state(position);
        // What a rollback left alone may have its old value again.
        if let Some(kind @ (OutcomeKind::Done | OutcomeKind::Nothing | OutcomeKind::Refused)) =
            state.and_then(|state| state.kind)
            && !(kind == OutcomeKind::Refused && entry.is_rollback)
        {
            return Ok(Step { position, entry, result: StepResult::Earlier(kind) });
        }
        // An attempt of which it is not known what came, or that did a part, in this run or in one that was killed.
        let begun = state.filter(|state| state.is_open()).map(|state| state.begun);
        // The disk has the entry before the tenant does: a run that is killed leaves no write without a trace.
        self.journal.begin(position, &entry, self.client.now())?;
        let outcome = execute(self.client, &entry, begun).await?;
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
