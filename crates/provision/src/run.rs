//! Carrying out a plan: entry by entry, with a journal, until it is done or cannot go on.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::TryStreamExt as _;
use futures::stream::{self, Stream};
use thought_industries::Client;

use crate::audit::{AuditRecord, AuditSink};
use crate::error::{Error, ErrorKind};
use crate::executor::execute;
use crate::journal::Journal;
use crate::limit::{FailureLimit, Tally};
use crate::outcome::{EntryOutcome, Obstacle, OutcomeKind};
use crate::plan::{Action, Entry, Plan};
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
    /// Whether a response has shown the tenant's time.
    knows_time: AtomicBool,
}

impl std::fmt::Debug for Executor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("by", &self.by).finish_non_exhaustive()
    }
}

/// Where a run is.
#[derive(Default)]
struct Progress {
    position: usize,
    /// How many entries in a row ended at an obstacle.
    failures: u32,
    obstacle: Option<Obstacle>,
    /// Whether the tenant carried out, or refused, any entry.
    has_answered: bool,
    has_ended: bool,
    tally: Tally,
}

impl<'e> Executor<'e> {
    /// An executor that writes to a tenant, and keeps what it does in a journal and in an audit. `by` is who runs it.
    pub fn new(client: &'e Client, journal: &'e dyn Journal, audit: &'e dyn AuditSink, by: &'e str) -> Self {
        Self { client, journal, audit, by, limit: None, knows_time: AtomicBool::new(false) }
    }

    /// Stops a run when so many entries have failed. Without a limit, only three failures in a row that no entry is to blame
    /// for stop it: the tenant cannot be reached, or does not carry out anything.
    #[must_use]
    pub fn failure_limit(self, limit: FailureLimit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Carries out the entries that are not done yet, in the order of the plan, one after the other. Problems are left out.
    /// Each entry is in the journal before and after it. A user whose role, as it is read then, is not among the managed
    /// roles of the plan's policy is refused, and so is an entry that would give another role.
    ///
    /// Dropping the stream between two items stops between two entries. Dropping it while an item is pending leaves that
    /// entry begun: the next run with the same journal finds out whether it was carried out, and goes on.
    ///
    /// The stream ends with an error of the kind [`Stopped`](ErrorKind::Stopped) when the tenant does not accept the key,
    /// after three failures in a row to reach it, or at the [limit of failures](Self::failure_limit).
    pub fn run<'p>(&'p self, plan: &'p Plan) -> impl Stream<Item = Result<Step, Error>> + 'p {
        let start = Progress::default();
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
                // Once nothing is left, there is nothing to stop.
                let objection = self.limit.and_then(|limit| progress.tally.objection(limit, plan.totals.changes()));
                if let Some(objection) = objection {
                    return Err(Error::new(ErrorKind::Stopped, format!("stopped: {objection}")));
                }
                let step = self.step(plan, position, entry).await?;
                progress.tally.add(step.kind());
                if let StepResult::Now(outcome) = &step.result {
                    progress.obstacle = outcome.obstacle;
                    progress.failures = if outcome.obstacle.is_some() { progress.failures + 1 } else { 0 };
                    progress.has_answered |= outcome.obstacle.is_none();
                }
                return Ok(Some((step, progress)));
            }
        })
    }

    /// Makes sure that the tenant's time is known before the beginning of a creation is written down: whether a user was
    /// created by it is decided by that time. Any response shows it.
    async fn learn_time(&self, entry: &Entry) {
        if !self.knows_time.swap(true, Ordering::Relaxed) && entry.action == Action::Create {
            // Without a response, the time of this computer is the best there is.
            _ = self.client.users().list().with_page_size(1).pages().try_next().await;
        }
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
        let open = state.filter(|state| state.is_open()).map(|state| state.attempts);
        // The disk has the entry before the tenant does: a run that is killed leaves no write without a trace.
        self.learn_time(&entry).await;
        self.journal.begin(position, &entry, self.client.now())?;
        let outcome = execute(self.client, &entry, open, plan.policy()).await?;
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
mod tests {
    use futures::executor::block_on;
    use futures::{StreamExt as _, TryStreamExt as _};

    use super::*;
    use crate::{Canary, FileAudit, FileJournal};

    /// A plan whose entries are refused before anything is asked of the tenant.
    fn hopeless(changes: usize) -> Plan {
        let mut entries = crate::Spool::default();
        let mut totals = crate::Totals::default();
        for _ in 0..changes {
            entries.push(&Entry::of(Action::Update)).expect("kept");
            totals.count(Action::Update);
        }
        let source = crate::PlanSource::Rollback { plan: String::new(), delete_created: false };
        let made = "2026-01-01T00:00:00Z".parse().expect("a date");
        let plan = Plan {
            version: crate::plan::VERSION,
            tenant: String::new(),
            made,
            made_by: None,
            expires: None,
            source,
            read_digest: String::new(),
            totals,
            left_disabled: 0,
            unseen: std::collections::BTreeMap::new(),
            census: None,
            raised: Vec::new(),
            seats: Vec::new(),
            entries,
            digest: String::new(),
        };
        plan.sealed().expect("a plan")
    }

    /// How many steps a run takes, and why it stops.
    fn run(plan: &Plan, limit: Option<&str>, folder: &std::path::Path) -> (usize, Option<String>) {
        let client = Client::builder().set_url("http://127.0.0.1:9").set_api_key("key").build().expect("a client");
        let journal = FileJournal::open(&folder.join("run.jsonl"), plan).expect("a journal");
        journal.start(plan, "tester", plan.made).expect("started");
        let audit = FileAudit::open(&folder.join("audit.jsonl")).expect("an audit");
        let mut executor = Executor::new(&client, &journal, &audit, "tester");
        if let Some(limit) = limit {
            executor = executor.failure_limit(limit.parse().expect("a limit"));
        }
        let steps: Vec<_> = block_on(executor.run(plan).collect());
        let error = steps.iter().find_map(|step| step.as_ref().err());
        assert!(error.is_none_or(|error| error.kind() == ErrorKind::Stopped));
        (steps.iter().filter(|step| step.is_ok()).count(), error.map(ToString::to_string))
    }

    #[test]
    fn a_run_stops_at_its_limit_of_failures_and_stays_there() {
        let plan = hopeless(20);
        for (limit, steps, reason) in [
            (None, 20, None),
            (Some("5"), 5, Some("stopped: 5 of the 20 changes of the plan were not carried out, 5 were tried")),
            (Some("10%"), 10, Some("stopped: 10 of the 20 changes of the plan were not carried out, 10 were tried")),
            (Some("75%"), 15, Some("stopped: 15 of the 20 changes of the plan were not carried out, 15 were tried")),
            // The last failure leaves nothing to stop for.
            (Some("20"), 20, None),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            for _ in 0..2 {
                // A run that goes on with its journal meets what was refused before.
                assert_eq!(run(&plan, limit, folder.path()), (steps, reason.map(str::to_owned)), "{limit:?}");
            }
        }
    }

    /// A disk that is full after some lines.
    #[derive(Debug)]
    struct Full(usize);

    impl crate::JournalStorage for Full {
        fn reader(&mut self) -> std::io::Result<Box<dyn std::io::BufRead + '_>> {
            Ok(Box::new(std::io::empty()))
        }

        fn length(&mut self) -> std::io::Result<u64> {
            Ok(0)
        }

        fn truncate(&mut self, _: u64) -> std::io::Result<()> {
            Ok(())
        }

        fn append(&mut self, _: &[u8]) -> std::io::Result<()> {
            self.0 = self.0.checked_sub(1).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_is_full_stops_the_run_and_is_named() {
        let plan = hopeless(5);
        let client = Client::builder().set_url("http://127.0.0.1:9").set_api_key("key").build().expect("a client");
        let folder = tempfile::tempdir().expect("a folder");
        let journal = FileJournal::over(Full(4), "run.jsonl".as_ref(), &plan).expect("a journal");
        journal.start(&plan, "tester", plan.made).expect("started");
        let audit = FileAudit::open(&folder.path().join("audit.jsonl")).expect("an audit");
        let executor = Executor::new(&client, &journal, &audit, "tester");
        let steps: Vec<_> = block_on(executor.run(&plan).collect());
        let [Ok(_), Err(error)] = steps.as_slice() else { panic!("{steps:?}") };
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().starts_with("run.jsonl: cannot be written: "), "{error}");
    }

    #[test]
    fn the_first_changes_are_judged_once_and_only_if_others_follow() {
        let plan = hopeless(5);
        let client = Client::builder().set_url("http://127.0.0.1:9").set_api_key("key").build().expect("a client");
        for (size, expected) in [(2, vec![(2, 3)]), (4, vec![(4, 1)]), (5, vec![]), (9, vec![])] {
            let folder = tempfile::tempdir().expect("a folder");
            let journal = FileJournal::open(&folder.path().join("run.jsonl"), &plan).expect("a journal");
            journal.start(&plan, "tester", plan.made).expect("started");
            let audit = FileAudit::open(&folder.path().join("audit.jsonl")).expect("an audit");
            let executor = Executor::new(&client, &journal, &audit, "tester");
            let mut canary = Canary::new(&plan, size);
            let steps: Vec<Step> = block_on(executor.run(&plan).try_collect()).expect("it ends");
            let results: Vec<_> = steps.iter().filter_map(|step| canary.add(step)).collect();
            assert!(results.iter().all(|result| !result.is_verified() && result.done == 0));
            let results: Vec<_> = results.iter().map(|result| (result.not_done, result.left)).collect();
            assert_eq!(results, expected, "{size}");
        }
    }
}
