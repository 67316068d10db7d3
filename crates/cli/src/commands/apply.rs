//! `ti apply` and `ti undo`.

mod counts;
mod run;

use std::path::{Path, PathBuf};
use std::time::Duration;

use graphql_drift::printable;
use thought_industries_provision::{Approvals, Approvers, Estimate, FailureLimit, FileJournal, Plan, Rollback};

use self::counts::UNDOING;
pub(crate) use self::counts::{APPLYING, Counts};
use self::run::{Run, Stops, say};
use super::plan::raised;
use super::summary::summary;
use crate::arguments::{ApplyArguments, TenantArguments, UndoArguments};
use crate::failure::Failure;
use crate::progress::notify;
use crate::tenant::{Tenant, connect_for_run, limits};

pub(crate) async fn apply(arguments: &TenantArguments, settings: &ApplyArguments) -> Result<(), Failure> {
    let plan = Plan::read(&settings.plan)?;
    if let Some(digits) = &settings.expect {
        plan.check_digest(digits)?;
    }
    if plan.is_rollback() {
        let reason = format!("{} rolls back a run, and its guards are unknown", settings.plan.display());
        return Err(Failure::new(reason, "nothing was written; `ti undo` with the journal of the run rolls it back"));
    }
    let tenant = connect_for_run(arguments).await?;
    check_tenant(&plan.tenant, &tenant)?;
    plan.check_expiry(tenant.client.now())?;
    let approved = approved(&plan, settings, &tenant)?;
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
    let time = if tenant.is_embedded() { None } else { duration(&plan, &tenant, arguments)? };
    let lines = std::iter::once(summary(&plan.totals)).chain(raised(&plan)).chain(approved).chain(time);
    let lines: Vec<String> = lines.collect();
    let question = format!("{}\nContinue?", lines.join("\n"));
    let stops = Stops { yes: settings.yes, first: settings.first, pause: settings.pause, limit: settings.max_failures };
    let run = Run { plan: &plan, path: &settings.journal, command: "ti apply", words: &APPLYING, stops, print: say };
    run.start(arguments, &tenant, &question, &mut Counts::of(&plan)).await
}

/// Carries out a plan without a question, and counts what came of its entries.
pub(crate) async fn carry_out(
    arguments: &TenantArguments,
    tenant: &Tenant,
    plan: &Plan,
    journal: &Path,
    limit: Option<FailureLimit>,
) -> (Counts, Result<(), Failure>) {
    let stops = Stops { yes: true, limit, ..Stops::default() };
    let run = Run { plan, path: journal, command: "ti sync", words: &APPLYING, stops, print: notify };
    let mut counts = Counts::of(plan);
    let ended = run.start(arguments, tenant, "", &mut counts).await;
    (counts, ended)
}

/// Who approved the plan, if that has to be.
fn approved(plan: &Plan, settings: &ApplyArguments, tenant: &Tenant) -> Result<Option<String>, Failure> {
    let Some(keys) = &settings.approved_by else { return Ok(None) };
    let approvals = Approvals::read(&Approvals::beside(&settings.plan))?;
    let names = Approvers::read(keys)?.check(plan, &approvals, tenant.client.now())?;
    let line = format!("approved by {}", names.join(", "));
    notify(&line);
    Ok(Some(line))
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
        let stops = Stops { yes: settings.yes, ..Stops::default() };
        let run = Run { plan: &plan, path: &path, command: "ti undo", words: &UNDOING, stops, print: say };
        run.start(arguments, &tenant, &question, &mut Counts::of(&plan)).await?;
    }
    if is_possible { Ok(()) } else { Err(Failure::Found) }
}

/// How long a plan takes, unless nothing is known of the limits.
fn duration(plan: &Plan, tenant: &Tenant, arguments: &TenantArguments) -> Result<Option<String>, Failure> {
    let Some(limits) = limits(arguments) else { return Ok(None) };
    let Estimate { requests, least, .. } = Estimate::of(plan, &tenant.client, limits)?;
    Ok(Some(format!("about {requests} requests to the tenant: {} at its limits", at_least(least))))
}

/// A time that a run takes at least, in words.
fn at_least(time: Duration) -> String {
    match time.as_secs().div_ceil(60) {
        0 => "less than a minute".to_owned(),
        1 => "1 minute or more".to_owned(),
        minutes @ 2..120 => format!("{minutes} minutes or more"),
        minutes => format!("{} h {:02} min or more", minutes / 60, minutes % 60),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_in_minutes_or_hours() {
        let words = [0, 59, 61, 119 * 60, 3 * 3_600 + 240].map(|seconds| at_least(Duration::from_secs(seconds)));
        assert_eq!(
            words,
            [
                "less than a minute",
                "1 minute or more",
                "2 minutes or more",
                "119 minutes or more",
                "3 h 04 min or more"
            ]
        );
    }
}
