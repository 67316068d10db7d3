//! `ti apply` and `ti undo`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::plan::summary;
use super::write::confirm;
use crate::apply::{Ended, carry_out};
use crate::arguments::{ApplyArguments, TenantArguments, UndoArguments};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::journal::{End, Journal};
use crate::output::printable;
use crate::plan::{Action, Entry, Plan, VERSION, write_json};
use crate::progress::Bar;
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
    let mut journal = Journal::open(&settings.journal, &plan)?;
    confirm(&format!("{}. Go ahead?", summary(&plan.totals)), settings.yes)?;
    journal.start(&plan)?;
    run(arguments, &tenant, &plan, journal, &settings.journal).await
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
        entries: undoing.entries,
        digest: String::new(),
    }
    .sealed()?;
    for entry in plan.entries.iter() {
        let entry = entry?;
        if let Some(problem) = &entry.problem {
            eprintln!("{}: {}", printable(entry.who()), printable(problem));
        }
    }
    if plan.totals.changes() == 0 {
        println!("there is nothing that can be taken back");
        return if plan.totals.problems == 0 { Ok(()) } else { Err(Failure::Found) };
    }
    let path = settings.journal.with_extension("undo.jsonl");
    let mut journal = Journal::open(&path, &plan)?;
    confirm(&format!("Take back: {}. Go ahead?", summary(&plan.totals)), settings.yes)?;
    journal.start(&plan)?;
    run(arguments, &tenant, &plan, journal, &path).await
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

/// Carries out what is not done yet, one entry after the other.
async fn run(
    arguments: &TenantArguments,
    tenant: &Tenant,
    plan: &Plan,
    mut journal: Journal,
    path: &Path,
) -> Result<(), Failure> {
    let audit_path = arguments.audit.clone().unwrap_or_else(|| path.with_extension("audit.jsonl"));
    let mut audit = Audit::open(Some(&audit_path))?;
    let bar = Bar::new(plan.totals.changes());
    let mut counts = Counts::default();
    for (place, entry) in plan.entries.iter().enumerate() {
        let entry = entry?;
        if entry.action == Action::Problem {
            continue;
        }
        bar.at(entry.who());
        let known = journal.known(place);
        let end = known.and_then(|known| known.end);
        if let Some(End::Done | End::Refused) = end {
            counts.earlier += 1;
            bar.done();
            continue;
        }
        // An attempt whose end nobody knows, or of which a part is done, in this run or in one that was killed.
        let begun = known.filter(|_| end != Some(End::Failed)).map(|known| known.begun);
        journal.begin(place, &entry)?;
        let ended = carry_out(&tenant.client, &entry, begun).await?;
        journal.end(place, &ended)?;
        let fields: Vec<String> = entry.changes.iter().map(|change| change.field.clone()).collect();
        let target = ended.id.as_deref().or(entry.id.as_deref()).unwrap_or("nobody");
        // Reasons may repeat values that a tenant tells.
        audit.note(&format!("{} (plan)", entry.action.name()), target, &fields, ended.end.name())?;
        if let Some(reason) = &ended.reason {
            bar.tell(&format!("{} {}: {reason}", entry.action.name(), entry.who()));
        }
        counts.count(&ended);
        bar.done();
    }
    bar.finish();
    settle(plan, &journal, path, &counts)
}

/// Writes down what was not done, in this run or in an earlier one, and says how it all went.
fn settle(plan: &Plan, journal: &Journal, path: &Path, counts: &Counts) -> Result<(), Failure> {
    let (mut rows, mut is_left) = (Spool::default(), false);
    for place in journal.left() {
        is_left = true;
        let row = plan.entries.get(place)?.map(row).filter(|row| !row.is_empty());
        if let Some(row) = row {
            rows.push(&row)?;
        }
    }
    let file: PathBuf = path.with_extension("failed.json");
    if rows.len() > 0 {
        write_json(&file, &rows)?;
    }
    say(&counts.to_string());
    if rows.len() > 0 {
        say(&format!("what was not done stands in {}; `ti plan` reads it", file.display()));
    }
    if is_left { Err(Failure::Found) } else { Ok(()) }
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
    refused: usize,
    failed: usize,
    partial: usize,
    unknown: usize,
    earlier: usize,
}

impl Counts {
    fn count(&mut self, ended: &Ended) {
        match ended.end {
            End::Done => self.done += 1,
            End::Refused => self.refused += 1,
            End::Failed => self.failed += 1,
            End::Partial => self.partial += 1,
            End::Unknown => self.unknown += 1,
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} done", self.done)?;
        for (count, what) in [
            (self.earlier, "settled in an earlier run"),
            (self.refused, "refused"),
            (self.failed, "failed"),
            (self.partial, "done in part"),
            (self.unknown, "unknown: run the same command again"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_say_what_is_left() {
        let counts = Counts { done: 3, unknown: 1, ..Counts::default() };
        assert_eq!(counts.to_string(), "3 done, 1 unknown: run the same command again");
    }
}
