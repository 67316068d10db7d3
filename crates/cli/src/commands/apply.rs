//! `ti apply` and `ti undo`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Map, Value};

use super::plan::summary;
use super::write::confirm;
use crate::apply::{Trouble, carry_out};
use crate::arguments::{ApplyArguments, TenantArguments, UndoArguments};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::journal::{self, End, Journal};
use crate::output::printable;
use crate::plan::{Action, Entry, Plan, VERSION, write_json};
use crate::progress::{Bar, tell};
use crate::roster::MatchBy;
use crate::spool::Spool;
use crate::tenant::{Tenant, connect};
use crate::undo::Undoing;

pub(crate) async fn apply(arguments: &TenantArguments, settings: &ApplyArguments) -> Result<(), Failure> {
    let plan = Plan::read(&settings.plan)?;
    let tenant = connect(arguments).await?;
    is_of(&plan.tenant, &tenant)?;
    if plan.totals.changes() == 0 {
        println!("{}", summary(&plan.totals));
        return Ok(());
    }
    let undone = undo_journal(&settings.journal, 1);
    if journal::digest_of(&undone)?.is_some() {
        return Err(Failure::CouldNotRun {
            reason: format!("this run was taken back: {} says what of it", undone.display()),
            help: Some("nothing was written; make a new plan, and give it a journal of its own"),
        });
    }
    let question = format!("{}. Go ahead?", summary(&plan.totals));
    let run = Run { plan: &plan, path: &settings.journal, words: &APPLYING };
    run.go(arguments, &tenant, &question, settings.yes).await
}

pub(crate) async fn undo(arguments: &TenantArguments, settings: &UndoArguments) -> Result<(), Failure> {
    let undoing = Undoing::of(&settings.journal, settings.delete_created)?;
    let tenant = connect(arguments).await?;
    is_of(&undoing.tenant, &tenant)?;
    let plan = Plan {
        version: VERSION,
        tenant: undoing.tenant,
        // The same undoing is the same plan, so that it goes on where it was interrupted.
        made: undoing.begun,
        matched_by: MatchBy::Email,
        roster_digest: String::new(),
        read_digest: String::new(),
        totals: undoing.totals,
        left_disabled: 0,
        unseen: BTreeMap::new(),
        entries: undoing.entries,
        digest: String::new(),
    }
    .sealed()?;
    let mut is_possible = true;
    for entry in plan.entries.iter() {
        let entry = entry?;
        if let Some(problem) = &entry.problem {
            is_possible = false;
            eprintln!("{}: {}", printable(entry.who()), printable(problem));
        }
    }
    if plan.totals.changes() == 0 {
        println!("there is nothing that can be taken back");
    } else {
        // An undoing of another state of the journal has a journal of its own.
        let mut number = 1;
        while journal::digest_of(&undo_journal(&settings.journal, number))?.is_some_and(|digest| digest != plan.digest)
        {
            number += 1;
        }
        let path = undo_journal(&settings.journal, number);
        let question = format!("Take back: {}. Go ahead?", summary(&plan.totals));
        let run = Run { plan: &plan, path: &path, words: &UNDOING };
        run.go(arguments, &tenant, &question, settings.yes).await?;
    }
    if is_possible { Ok(()) } else { Err(Failure::Found) }
}

/// Where is noted what is taken back of a run.
fn undo_journal(journal: &Path, number: u32) -> PathBuf {
    beside(journal, &if number == 1 { "undo.jsonl".to_owned() } else { format!("undo-{number}.jsonl") })
}

/// A file of one journal and of no other: `run.jsonl` has `run.undo.jsonl` beside it.
fn beside(journal: &Path, what: &str) -> PathBuf {
    let name = journal.file_name().unwrap_or_default().to_string_lossy();
    journal.with_file_name(format!("{}.{what}", name.strip_suffix(".jsonl").unwrap_or(&name)))
}

fn is_of(address: &str, tenant: &Tenant) -> Result<(), Failure> {
    if address == tenant.url {
        return Ok(());
    }
    Err(Failure::CouldNotRun {
        reason: format!("the plan is of {address}, and this is {}", tenant.url),
        help: Some("nothing was written; name the tenant of the plan with --url or --subdomain"),
    })
}

/// What is said of entries, by how they end.
struct Words {
    audit: &'static str,
    done: &'static str,
    refused: &'static str,
    /// What to do about a run that was stopped.
    stopped: &'static str,
}

static APPLYING: Words = Words {
    audit: "plan",
    done: "done",
    refused: "refused",
    stopped: "the same command goes on from here; `ti undo` with the journal takes back what was done",
};

static UNDOING: Words =
    Words { audit: "undo", done: "taken back", refused: "kept", stopped: "the same command goes on from here" };

/// After how many failures in a row nothing more is tried.
const MOST_FAILURES: u32 = 3;

/// A plan that is carried out, with its journal.
struct Run<'r> {
    plan: &'r Plan,
    path: &'r Path,
    words: &'static Words,
}

impl Run<'_> {
    /// Asks, and begins.
    async fn go(&self, arguments: &TenantArguments, tenant: &Tenant, question: &str, yes: bool) -> Result<(), Failure> {
        let audit = arguments.audit.clone().unwrap_or_else(|| beside(self.path, "audit.jsonl"));
        let mut journal = Journal::open(self.path, self.plan)?;
        if let Err(refusal) = confirm(question, yes) {
            journal.discard(self.path)?;
            return Err(refusal);
        }
        let same = |path: &Path| std::fs::canonicalize(path).ok();
        if same(&audit).is_some_and(|audit| same(self.path) == Some(audit)) {
            journal.discard(self.path)?;
            return Err(Failure::CouldNotRun {
                reason: "--audit names the journal".to_owned(),
                help: Some("nothing was written; give the audit a file of its own"),
            });
        }
        let audit = Audit::open(Some(&audit))?;
        journal.start(self.plan)?;
        self.carry_on(tenant, journal, audit).await
    }

    /// Carries out what is not done yet, one entry after the other.
    async fn carry_on(&self, tenant: &Tenant, mut journal: Journal, mut audit: Audit) -> Result<(), Failure> {
        let bar = Bar::new(self.plan.totals.changes());
        let mut counts = Counts::default();
        let is_stopped = interruption();
        let (mut failures, mut trouble, mut is_any_answered) = (0, None, false);
        for (place, entry) in self.plan.entries.iter().enumerate() {
            let entry = entry?;
            if entry.action == Action::Problem {
                continue;
            }
            if is_stopped.load(Ordering::Relaxed) {
                bar.finish();
                return Err(self.stopped(&counts, "it was interrupted"));
            }
            bar.at(entry.who());
            let known = journal.known(place);
            let end = known.and_then(|known| known.end);
            // What an undoing left alone may be as it was again.
            if let Some(end @ (End::Done | End::Nothing | End::Refused)) = end
                && !(end == End::Refused && entry.is_undo)
            {
                counts.earlier(end);
                bar.done();
                continue;
            }
            // An attempt whose end nobody knows, or of which a part is done, in this run or in one that was killed.
            let begun = known.filter(|known| known.is_open()).map(|known| known.begun);
            journal.begin(place, &entry)?;
            let ended = carry_out(&tenant.client, &entry, begun).await?;
            let fields: Vec<String> = entry.changes.iter().map(|change| change.field.clone()).collect();
            let target = ended.id.as_deref().or(entry.id.as_deref()).unwrap_or("nobody");
            // Reasons may repeat values that a tenant tells.
            let operation = format!("{} ({})", entry.action.name(), self.words.audit);
            audit.note(&operation, target, &fields, ended.end.name())?;
            // A write that is noted twice is better than one that is not.
            journal.end(place, &ended)?;
            if let Some(reason) = &ended.reason {
                tell(&format!("{} {}: {reason}", entry.action.name(), entry.who()));
            }
            counts.count(ended.end);
            bar.done();
            failures = if ended.trouble.is_some() { failures + 1 } else { 0 };
            is_any_answered |= ended.trouble.is_none();
            trouble = ended.trouble;
            if ended.trouble == Some(Trouble::Key) || failures >= MOST_FAILURES {
                bar.finish();
                return Err(self.stopped(&counts, hopeless(trouble)));
            }
        }
        bar.finish();
        if failures > 0 && !is_any_answered {
            return Err(self.stopped(&counts, hopeless(trouble)));
        }
        self.settle(&journal, &counts)
    }

    /// Says how far it came, and how to go on.
    fn stopped(&self, counts: &Counts, reason: &str) -> Failure {
        say(&counts.told(self.words));
        Failure::CouldNotRun { reason: format!("stopped: {reason}"), help: Some(self.words.stopped) }
    }

    /// Writes down what was not done, in this run or in an earlier one, and says how it all went.
    fn settle(&self, journal: &Journal, counts: &Counts) -> Result<(), Failure> {
        let (mut rows, mut is_left) = (Spool::default(), false);
        for place in journal.left() {
            is_left = true;
            let row = self.plan.entries.get(place)?.map(row).filter(|row| !row.is_empty());
            if let Some(row) = row {
                rows.push(&row)?;
            }
        }
        say(&counts.told(self.words));
        let file = beside(self.path, "failed.json");
        if rows.len() > 0 {
            write_json(&file, &rows)?;
            say(&format!("what was not done stands in {}; `ti plan` reads it", file.display()));
        } else if file.exists() {
            // That of an earlier run, whose entries are done now.
            std::fs::remove_file(&file)?;
        }
        if is_left { Err(Failure::Found) } else { Ok(()) }
    }
}

fn hopeless(trouble: Option<Trouble>) -> &'static str {
    match trouble {
        Some(Trouble::Key) => "the tenant does not take the key; check TI_API_KEY",
        _ => "the tenant cannot be reached, or answers nothing that helps",
    }
}

/// Becomes true when somebody interrupts: what is begun is brought to its end. A second time stops at once.
fn interruption() -> Arc<AtomicBool> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    let flag = is_stopped.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        flag.store(true, Ordering::Relaxed);
        tell("stops when this entry has come to its end; once more stops at once");
        if tokio::signal::ctrl_c().await.is_ok() {
            #[expect(clippy::exit, reason = "somebody insists; the journal holds at any point")]
            std::process::exit(130);
        }
    });
    is_stopped
}

/// The row that asks for an entry. That of somebody new is what is written of them.
fn row(entry: Entry) -> Map<String, Value> {
    if entry.action != Action::Create {
        return entry.row;
    }
    let mut row = entry.fields();
    row.insert("status".to_owned(), "active".into());
    row
}

/// Says something on standard output, whether or not somebody reads it.
fn say(line: &str) {
    _ = writeln!(std::io::stdout(), "{line}");
}

/// How entries ended.
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
    fn count(&mut self, end: End) {
        *match end {
            End::Done => &mut self.done,
            End::Nothing => &mut self.nothing,
            End::Refused => &mut self.refused,
            End::Failed => &mut self.failed,
            End::Partial => &mut self.partial,
            End::Unknown => &mut self.unknown,
        } += 1;
    }

    fn earlier(&mut self, end: End) {
        *match end {
            End::Refused => &mut self.refused_earlier,
            _ => &mut self.done_earlier,
        } += 1;
    }

    fn told(&self, words: &Words) -> String {
        let earlier = |word: &str| format!("{word} in an earlier run");
        let mut told = vec![format!("{} {}", self.done, words.done)];
        for (count, what) in [
            (self.done_earlier, earlier(words.done)),
            (self.nothing, "as before already".to_owned()),
            (self.refused, words.refused.to_owned()),
            (self.refused_earlier, earlier(words.refused)),
            (self.failed, "failed".to_owned()),
            (self.partial, "done in part".to_owned()),
            (self.unknown, "unknown: run the same command again".to_owned()),
        ] {
            if count > 0 {
                told.push(format!("{count} {what}"));
            }
        }
        told.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_say_what_is_left() {
        let counts = Counts { done: 3, unknown: 1, refused_earlier: 2, ..Counts::default() };
        assert_eq!(
            counts.told(&APPLYING),
            "3 done, 2 refused in an earlier run, 1 unknown: run the same command again"
        );
        assert_eq!(
            counts.told(&UNDOING),
            "3 taken back, 2 kept in an earlier run, 1 unknown: run the same command again"
        );
    }
}
