//! A plan that is carried out, with its journal.

use std::io::Write as _;
use std::path::Path;
use std::pin::pin;

use futures::TryStreamExt as _;
use thought_industries::Date;
use thought_industries_provision::{
    Canary, CanaryResult, Executor, FailureLimit, FileAudit, FileJournal, History, Plan, PlanSource, Spool, Step,
    StepResult, write_json,
};
use tokio::sync::watch;

use super::beside;
use super::counts::{Counts, Words};
use crate::arguments::TenantArguments;
use crate::audit::user;
use crate::commands::confirm::{ask, confirm};
use crate::failure::Failure;
use crate::lock;
use crate::progress::{Bar, notify};
use crate::tenant::Tenant;

/// How many entries are under way at once: as many as reach 120 requests a minute where a response takes two seconds.
const AT_ONCE: usize = 4;

/// A plan that is carried out, with its journal.
pub(super) struct Run<'r> {
    pub(super) plan: &'r Plan,
    pub(super) path: &'r Path,
    /// What another process is shown that would write to the tenant.
    pub(super) command: &'static str,
    pub(super) words: &'static Words,
    pub(super) stops: Stops,
    /// Prints the counts.
    pub(super) print: fn(&str),
}

/// When a run asks, and when it stops before its end.
#[derive(Default)]
pub(super) struct Stops {
    /// Do not ask, unless something went wrong.
    pub(super) yes: bool,
    /// After how many changes to look at the result.
    pub(super) first: Option<usize>,
    /// End there instead of asking.
    pub(super) pause: bool,
    pub(super) limit: Option<FailureLimit>,
}

/// How a run goes on after its first changes.
enum Next {
    Continue,
    Pause,
}

impl Run<'_> {
    /// Asks for confirmation and starts the run.
    pub(super) async fn start(
        &self,
        arguments: &TenantArguments,
        tenant: &Tenant,
        question: &str,
        counts: &mut Counts,
    ) -> Result<(), Failure> {
        // The lock and the journal are taken before the question, so that no user confirms a run that cannot start.
        let _lock = lock::for_run(tenant, self.command)?;
        // Other runs may have ended since the plan was made, and the plan may have been edited.
        let mut history = lock::history(tenant)?;
        self.plan.check_guards(&history, tenant.client.now())?;
        let audit = arguments.audit.clone().unwrap_or_else(|| beside(self.path, "audit.jsonl"));
        let journal = FileJournal::open(self.path, self.plan)?;
        // Only paths that exist can be resolved, and the journal exists now.
        let same = |path: &Path| std::fs::canonicalize(path).ok();
        let refusal = if same(&audit).is_some_and(|audit| same(self.path) == Some(audit)) {
            Err(Failure::new("--audit names the journal", "nothing was written; name another file with --audit"))
        } else {
            confirm(question, self.stops.yes)
        };
        if let Err(refusal) = refusal {
            // Opening created the file, and a refusal should leave nothing behind.
            journal.discard_if_empty()?;
            return Err(refusal);
        }
        let audit = FileAudit::open(&audit)?;
        let by = user();
        journal.start(self.plan, &by, tenant.client.now())?;
        let mut executor = Executor::new(&tenant.client, &journal, &audit, &by).at_once(AT_ONCE);
        if let Some(limit) = self.stops.limit {
            executor = executor.failure_limit(limit);
        }
        if let Some(first) = self.stops.first {
            executor = executor.hold_after(first);
        }
        let ended = self.carry_out(&executor, counts).await;
        if !tenant.is_embedded() {
            self.remember(&mut history, counts, matches!(ended, Ok(Next::Continue)), tenant.client.now());
        }
        match ended {
            Ok(Next::Continue) => self.finish(&journal, counts),
            // What is not begun yet is not left undone.
            Ok(Next::Pause) => {
                self.print(counts);
                if journal.unfinished().is_empty() { Ok(()) } else { Err(Failure::Found) }
            }
            Err(failure) => {
                self.print(counts);
                Err(failure)
            }
        }
    }

    /// Carries out what is not done yet.
    async fn carry_out(&self, executor: &Executor<'_>, counts: &mut Counts) -> Result<Next, Failure> {
        let mut bar = Bar::new(self.plan.totals.changes());
        let mut canary = self.stops.first.map(|size| Canary::new(self.plan, size));
        let mut interrupted = on_interrupt();
        let mut steps = pin!(executor.run(self.plan));
        loop {
            // Between two entries, a stop leaves no outcome unknown.
            if *interrupted.borrow() {
                executor.stop();
            }
            let step = match steps.try_next().await.map_err(Failure::from) {
                Ok(Some(step)) => step,
                Ok(None) if *interrupted.borrow() => return Err(self.stopped("interrupted")),
                Ok(None) => return Ok(Next::Continue),
                Err(Failure::CouldNotRun { reason, help: None }) => {
                    return Err(Failure::new(reason, self.words.stopped));
                }
                Err(failure) => return Err(failure),
            };
            bar.describe(step.entry.label());
            report(&step, canary.as_ref().is_some_and(Canary::is_open));
            counts.add(&step);
            bar.advance();
            if let Some(result) = canary.as_mut().and_then(|canary| canary.add(&step)) {
                // The question would be drawn over.
                drop(bar);
                if let Next::Pause = self.look_at(&result, &mut interrupted).await? {
                    return Ok(Next::Pause);
                }
                bar = Bar::new(self.plan.totals.changes());
                bar.set(u64::try_from(result.done + result.not_done).unwrap_or_default());
            }
        }
    }

    /// Shows what came of the first changes, and finds out whether the others are to be carried out.
    async fn look_at(&self, first: &CanaryResult, interrupted: &mut watch::Receiver<bool>) -> Result<Next, Failure> {
        let size = first.done + first.not_done;
        let not_done = if first.not_done > 0 { format!(", {} not done", first.not_done) } else { String::new() };
        let result =
            format!("the first {size} changes: {} done and verified{not_done}; {} are left", first.done, first.left);
        notify(&result);
        if self.stops.pause {
            return Ok(Next::Pause);
        }
        // Consent that was given before holds for a run that goes as planned.
        if self.stops.yes && first.is_verified() {
            return Ok(Next::Continue);
        }
        let answer = tokio::select! {
            answer = ask("Continue?") => answer?,
            _ = interrupted.changed() => return Err(self.stopped("interrupted")),
        };
        match answer {
            Some(true) => Ok(Next::Continue),
            Some(false) => Err(self.stopped("not confirmed")),
            None => Err(Failure::new(
                format!("stopped: {} of the first {size} changes are not done", first.not_done),
                "the same command without --first continues, `ti undo` with the journal rolls back what was done",
            )),
        }
    }

    /// Keeps what was carried out, by which later plans are judged. A rollback empties the run that it rolls back.
    fn remember(&self, history: &mut History, counts: &Counts, has_ended: bool, now: Date) {
        let plan = match &self.plan.source {
            PlanSource::Rollback { plan, .. } if has_ended && counts.are_all_done() => plan,
            PlanSource::Roster { .. } if counts.has_done() => &self.plan.digest,
            _ => return,
        };
        if let Err(error) = history.record(plan, counts.census(), now) {
            // The run itself is in its journal.
            notify(&format!("later plans are judged without this run, which could not be kept: {error}"));
        }
    }

    fn stopped(&self, reason: &str) -> Failure {
        Failure::new(format!("stopped: {reason}"), self.words.stopped)
    }

    /// Prints the outcomes so far.
    fn print(&self, counts: &Counts) {
        (self.print)(&counts.summary(self.words));
    }

    /// Writes the entries that are not done, of this run or an earlier one, to a file, and prints the counts.
    fn finish(&self, journal: &FileJournal, counts: &Counts) -> Result<(), Failure> {
        let (mut rows, mut is_left) = (Spool::default(), false);
        for position in journal.unfinished() {
            is_left = true;
            // Entries of a rollback have no row: they cannot be planned from a roster.
            let row = self.plan.entries.get(position)?.map(|entry| entry.to_row()).filter(|row| !row.is_empty());
            if let Some(row) = row {
                rows.push(&row)?;
            }
        }
        self.print(counts);
        let file = beside(self.path, "failed.json");
        if !rows.is_empty() {
            write_json(&file, &rows)?;
            (self.print)(&format!("entries that were not done are written to {}; `ti plan` reads it", file.display()));
        } else if file.exists() {
            // The file of an earlier run, whose entries are done now.
            std::fs::remove_file(&file)?;
        }
        if is_left { Err(Failure::Found) } else { Ok(()) }
    }
}

/// Prints what came of an entry: if it is one of the first, or there is a reason. Reasons from an earlier run were printed
/// by that run.
fn report(step: &Step, is_first: bool) {
    let what = format!("{} {}", step.entry.action.name(), step.entry.label());
    match &step.result {
        StepResult::Now(outcome) if outcome.reason.is_some() => {
            notify(&format!("{what}: {}", outcome.reason.as_deref().unwrap_or_default()));
        }
        StepResult::Earlier(kind) if is_first => notify(&format!("{what}: {} in an earlier run", kind.name())),
        _ if is_first => notify(&format!("{what}: {}", step.kind().name())),
        _ => {}
    }
}

/// A flag that the first Ctrl-C sets: the entries under way are finished. A second Ctrl-C stops at once.
fn on_interrupt() -> watch::Receiver<bool> {
    let (flag, interrupted) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        _ = flag.send(true);
        notify("stopping after the entries under way; press Ctrl-C again to stop at once");
        if tokio::signal::ctrl_c().await.is_ok() {
            #[expect(clippy::exit, reason = "the user insists, and the journal is valid at any point")]
            std::process::exit(130);
        }
    });
    interrupted
}

/// Prints a line, even if the reader has stopped reading.
pub(super) fn say(line: &str) {
    _ = writeln!(std::io::stdout(), "{line}");
}
