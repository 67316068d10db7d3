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
use crate::journal::{self, End, Journal};
use crate::output::printable;
use crate::plan::{Action, Entry, Plan, Totals, VERSION, write_whole};
use crate::progress::Bar;
use crate::roster::MatchBy;
use crate::tenant::{Tenant, connect};

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
    let (address, done) = journal::done(&settings.journal)?;
    let tenant = connect(arguments).await?;
    is_of(&address, &tenant)?;
    let entries = done.iter().rev().map(|known| journal::reverse(known, settings.delete_created)).collect();
    let plan = Plan {
        version: VERSION,
        tenant: address,
        made: String::new(),
        matched_by: MatchBy::Email,
        roster_digest: String::new(),
        read_digest: String::new(),
        totals: Totals::default(),
        entries,
        digest: String::new(),
    }
    .sealed();
    let impossible: Vec<&Entry> = plan.entries.iter().filter(|entry| entry.action == Action::Problem).collect();
    for entry in &impossible {
        eprintln!("{}: {}", printable(entry.who()), printable(entry.problem.as_deref().unwrap_or_default()));
    }
    if plan.totals.changes() == 0 {
        println!("there is nothing that can be taken back");
        return if impossible.is_empty() { Ok(()) } else { Err(Failure::Found) };
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
    for (place, entry) in plan.entries.iter().enumerate().filter(|(_, entry)| entry.action != Action::Problem) {
        bar.at(entry.who());
        let known = journal.known.get(&place).cloned();
        let end = known.as_ref().and_then(|known| known.end);
        if let Some(End::Done | End::Refused) = end {
            counts.earlier += 1;
            bar.done();
            continue;
        }
        // An attempt whose end nobody knows, or of which a part is done, in this run or in one that was killed.
        let is_doubtful = known.is_some() && end != Some(End::Failed);
        let begun = known.filter(|_| is_doubtful).map(|known| known.begun);
        journal.begin(place, entry)?;
        let ended = carry_out(&tenant.client, entry, begun.as_deref()).await?;
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
    let left = journal.ends().filter(|(_, end)| *end != Some(End::Done));
    let rows: Vec<Map<String, Value>> =
        left.filter_map(|(place, _)| plan.entries.get(place)).map(row).filter(|row| !row.is_empty()).collect();
    let is_left = journal.ends().any(|(_, end)| end != Some(End::Done));
    let file: PathBuf = path.with_extension("failed.json");
    if !rows.is_empty() {
        write_whole(&file, &serde_json::to_vec_pretty(&rows)?)?;
    }
    say(&counts.to_string());
    if !rows.is_empty() {
        say(&format!("what was not done stands in {}; `ti plan` reads it", file.display()));
    }
    if is_left { Err(Failure::Found) } else { Ok(()) }
}

/// The row that asks for an entry. That of somebody new is what is written of them.
fn row(entry: &Entry) -> Map<String, Value> {
    if entry.action != Action::Create {
        return entry.row.clone();
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
