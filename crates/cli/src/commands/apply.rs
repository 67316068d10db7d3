//! `ti apply` and `ti undo`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::TryStreamExt as _;
use graphql_drift::printable;
use thought_industries_provision::{
    Executor, FileAudit, FileJournal, OutcomeKind, Plan, Rollback, Spool, StepResult, write_json,
};

use super::confirm::confirm;
use super::plan::summary;
use crate::arguments::{ApplyArguments, TenantArguments, UndoArguments};
use crate::audit::user;
use crate::failure::Failure;
use crate::progress::{Bar, notify};
use crate::tenant::{Tenant, connect_for_run};

pub(crate) async fn apply(arguments: &TenantArguments, settings: &ApplyArguments) -> Result<(), Failure> {
    let plan = Plan::read(&settings.plan)?;
    let tenant = connect_for_run(arguments).await?;
    check_tenant(&plan.tenant, &tenant)?;
    if plan.totals.changes() == 0 {
        println!("{}", summary(&plan.totals));
        return Ok(());
    }
    // The journal records its entries as done, so a continued run would skip what was rolled back.
    let undone = undo_journal(&settings.journal, 1);
    if FileJournal::plan_of(&undone)?.is_some() {
        let reason = format!("this run was rolled back: see {}", undone.display());
        return Err(Failure::new(reason, "nothing was written; make a new plan and use a new journal"));
    }
    let question = format!("{}\nContinue?", summary(&plan.totals));
    let run = Run { plan: &plan, path: &settings.journal, words: &APPLYING };
    run.start(arguments, &tenant, &question, settings.yes).await
}

pub(crate) async fn undo(arguments: &TenantArguments, settings: &UndoArguments) -> Result<(), Failure> {
    let plan = Rollback::new().delete_created(settings.delete_created).plan(&settings.journal)?;
    let tenant = connect_for_run(arguments).await?;
    check_tenant(&plan.tenant, &tenant)?;
    let mut is_possible = true;
    for entry in plan.entries.iter() {
        let entry = entry?;
        if let Some(problem) = &entry.problem {
            is_possible = false;
            eprintln!("{}: {}", printable(entry.label()), printable(problem));
        }
    }
    if plan.totals.changes() == 0 {
        println!("there is nothing to roll back");
    } else {
        // The rollback of another state of the journal has a journal of its own.
        let mut number = 1;
        while FileJournal::plan_of(&undo_journal(&settings.journal, number))?
            .is_some_and(|digest| digest != plan.digest)
        {
            number += 1;
        }
        let path = undo_journal(&settings.journal, number);
        let question = format!("Roll back: {}\nContinue?", summary(&plan.totals));
        let run = Run { plan: &plan, path: &path, words: &UNDOING };
        run.start(arguments, &tenant, &question, settings.yes).await?;
    }
    if is_possible { Ok(()) } else { Err(Failure::Found) }
}

/// The journal of the rollback of a run.
fn undo_journal(journal: &Path, number: u32) -> PathBuf {
    beside(journal, &if number == 1 { "undo.jsonl".to_owned() } else { format!("undo-{number}.jsonl") })
}

/// A file next to a journal: `run.undo.jsonl` for `run.jsonl`.
fn beside(journal: &Path, what: &str) -> PathBuf {
    let name = journal.file_name().unwrap_or_default().to_string_lossy();
    journal.with_file_name(format!("{}.{what}", name.strip_suffix(".jsonl").unwrap_or(&name)))
}

fn check_tenant(address: &str, tenant: &Tenant) -> Result<(), Failure> {
    if address == tenant.url {
        return Ok(());
    }
    let reason = format!("the plan is for {address}, not for {}", tenant.url);
    Err(Failure::new(reason, "nothing was written; name the tenant of the plan with --url, --subdomain or --tenant"))
}

/// How outcomes are reported.
struct Words {
    done: &'static str,
    refused: &'static str,
    /// What to do after a run was stopped.
    stopped: &'static str,
}

static APPLYING: Words = Words {
    done: "done",
    refused: "refused",
    stopped: "run the same command again to continue, or `ti undo` with the journal to roll back what was done",
};

static UNDOING: Words =
    Words { done: "rolled back", refused: "kept", stopped: "run the same command again to continue" };

/// A plan that is carried out, with its journal.
struct Run<'r> {
    plan: &'r Plan,
    path: &'r Path,
    words: &'static Words,
}

impl Run<'_> {
    /// Asks for confirmation and starts the run.
    async fn start(
        &self,
        arguments: &TenantArguments,
        tenant: &Tenant,
        question: &str,
        yes: bool,
    ) -> Result<(), Failure> {
        let audit = arguments.audit.clone().unwrap_or_else(|| beside(self.path, "audit.jsonl"));
        // The journal is opened before the question, so that no user confirms a run that cannot start.
        let journal = FileJournal::open(self.path, self.plan)?;
        // Only paths that exist can be resolved, and the journal exists now.
        let same = |path: &Path| std::fs::canonicalize(path).ok();
        let refusal = if same(&audit).is_some_and(|audit| same(self.path) == Some(audit)) {
            Err(Failure::new("--audit names the journal", "nothing was written; name another file with --audit"))
        } else {
            confirm(question, yes)
        };
        if let Err(refusal) = refusal {
            // Opening created the file, and a refusal should leave nothing behind.
            journal.discard_if_empty()?;
            return Err(refusal);
        }
        let audit = FileAudit::open(&audit)?;
        let by = user();
        journal.start(self.plan, &by, tenant.client.now())?;
        self.carry_out(&Executor::new(&tenant.client, &journal, &audit, &by), &journal).await
    }

    /// Carries out what is not done yet.
    async fn carry_out(&self, executor: &Executor<'_>, journal: &FileJournal) -> Result<(), Failure> {
        let bar = Bar::new(self.plan.totals.changes());
        let mut counts = Counts::default();
        let interrupted = on_interrupt();
        let mut steps = pin!(executor.run(self.plan));
        loop {
            // Between two entries, a stop leaves no outcome unknown.
            if interrupted.load(Ordering::Relaxed) {
                bar.finish();
                self.print(&counts);
                return Err(Failure::new("stopped: interrupted", self.words.stopped));
            }
            let step = match steps.try_next().await {
                Ok(Some(step)) => step,
                Ok(None) => break,
                Err(error) => {
                    bar.finish();
                    self.print(&counts);
                    return Err(match Failure::from(error) {
                        Failure::CouldNotRun { reason, help: None } => Failure::new(reason, self.words.stopped),
                        other => other,
                    });
                }
            };
            bar.describe(step.entry.label());
            // Reasons from an earlier run were printed by that run.
            if let StepResult::Now(outcome) = &step.result
                && let Some(reason) = &outcome.reason
            {
                notify(&format!("{} {}: {reason}", step.entry.action.name(), step.entry.label()));
            }
            counts.add(&step.result);
            bar.advance();
        }
        bar.finish();
        self.finish(journal, &counts)
    }

    /// Prints the outcomes so far.
    fn print(&self, counts: &Counts) {
        say(&counts.summary(self.words));
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
            say(&format!("entries that were not done are written to {}; `ti plan` reads it", file.display()));
        } else if file.exists() {
            // The file of an earlier run, whose entries are done now.
            std::fs::remove_file(&file)?;
        }
        if is_left { Err(Failure::Found) } else { Ok(()) }
    }
}

/// A flag that the first Ctrl-C sets: the current entry is finished. A second Ctrl-C stops at once.
fn on_interrupt() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = interrupted.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        flag.store(true, Ordering::Relaxed);
        notify("stopping after the current entry; press Ctrl-C again to stop at once");
        if tokio::signal::ctrl_c().await.is_ok() {
            #[expect(clippy::exit, reason = "the user insists, and the journal is valid at any point")]
            std::process::exit(130);
        }
    });
    interrupted
}

/// Prints a line, even if the reader has stopped reading.
fn say(line: &str) {
    _ = writeln!(std::io::stdout(), "{line}");
}

/// How many entries have each outcome.
#[derive(Default)]
struct Counts {
    done: usize,
    nothing: usize,
    refused: usize,
    failed: usize,
    partial: usize,
    unknown: usize,
    done_earlier: usize,
    refused_earlier: usize,
}

impl Counts {
    fn add(&mut self, result: &StepResult) {
        *match result {
            StepResult::Earlier(OutcomeKind::Refused) => &mut self.refused_earlier,
            StepResult::Earlier(_) => &mut self.done_earlier,
            StepResult::Now(outcome) => match outcome.kind {
                OutcomeKind::Done => &mut self.done,
                OutcomeKind::Nothing => &mut self.nothing,
                OutcomeKind::Refused => &mut self.refused,
                OutcomeKind::Partial => &mut self.partial,
                OutcomeKind::Unknown => &mut self.unknown,
                _ => &mut self.failed,
            },
            _ => return,
        } += 1;
    }

    fn summary(&self, words: &Words) -> String {
        let earlier = |word: &str| format!("{word} in an earlier run");
        let mut parts = vec![format!("{} {}", self.done, words.done)];
        for (count, what) in [
            (self.done_earlier, earlier(words.done)),
            (self.nothing, "unchanged since".to_owned()),
            (self.refused, words.refused.to_owned()),
            (self.refused_earlier, earlier(words.refused)),
            (self.failed, "failed".to_owned()),
            (self.partial, "done in part".to_owned()),
            (self.unknown, "unknown: run the same command again".to_owned()),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_every_count() {
        let counts = Counts { done: 3, unknown: 1, refused_earlier: 2, ..Counts::default() };
        let summary = counts.summary(&APPLYING);
        assert_eq!(summary, "3 done, 2 refused in an earlier run, 1 unknown: run the same command again");
        let summary = counts.summary(&UNDOING);
        assert_eq!(summary, "3 rolled back, 2 kept in an earlier run, 1 unknown: run the same command again");
    }
}
