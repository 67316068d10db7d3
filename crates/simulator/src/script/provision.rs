//! Plans a roster, carries it out however often that is interrupted, and rolls it back.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use futures::TryStreamExt as _;
use serde_json::Value;
use thought_industries_provision::{
    AuditRecord, AuditSink, DesiredUser, Error, Executor, FileJournal, Guards, MatchBy, OutcomeKind, Plan, Planner,
    Policy, Rollback, Roster, StepResult,
};
use tokio::time::sleep;

use crate::process::Process;
use crate::setup::Row;
use crate::tenant::Person;
use crate::world::new_email;

/// What a process keeps from one life to the next: its plans are files that are written once.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    plan: Option<Value>,
    rollback: Option<Value>,
    /// The users as they were when the plan was made.
    before: BTreeMap<String, Person>,
    is_applied: bool,
}

const RUN: &str = "run.jsonl";
const UNDO: &str = "undo.jsonl";

/// How often a run is repeated once everything goes well.
const MOST_RUNS: u32 = 4;

/// Plans, carries out, and perhaps rolls back.
pub(crate) async fn provision(process: &Process, rows: &[Row], undo: bool, memory: &mut Memory) {
    // In a small tenant, a process may have no users.
    if (0..rows.len()).all(|row| email_of(process, row, rows[row]).is_none()) {
        return;
    }
    if memory.plan.is_none() {
        let plan = make_plan(process, rows).await;
        memory.before = BTreeMap::clone(&process.world.people());
        memory.plan = serde_json::to_value(&plan).ok();
    }
    if !memory.is_applied {
        let plan = saved(memory.plan.as_ref());
        let outcomes = carry_out(process, &plan, RUN).await;
        check_run(process, rows, &outcomes);
        memory.is_applied = true;
    }
    if !undo {
        return;
    }
    if memory.rollback.is_none() {
        match Rollback::new().plan_from(Cursor::new(process.disk.bytes(RUN)), Path::new(RUN)) {
            Ok(plan) => memory.rollback = serde_json::to_value(&plan).ok(),
            Err(error) => return process.promise(false, || format!("every run can be rolled back: {error}")),
        }
    }
    // A rollback takes a new user whom no read shows for one who was never created.
    if rows.contains(&Row::Create) {
        sleep(process.world.setup.tenant.lag).await;
    }
    let outcomes = carry_out(process, &saved(memory.rollback.as_ref()), UNDO).await;
    process.say(format!("rolled back: {outcomes:?}"));
    check_undone(process, rows, &memory.before);
}

/// A plan that was written before.
fn saved(plan: Option<&Value>) -> Plan {
    let plan = plan.cloned().unwrap_or_default();
    serde_json::from_value(plan).unwrap_or_else(|error| panic!("a plan that was written can be read: {error}"))
}

async fn make_plan(process: &Process, rows: &[Row]) -> Plan {
    let roster = roster(process, rows);
    let mut failures_when_healed = 0;
    loop {
        failures_when_healed += u32::from(process.world.has_healed());
        match Planner::new(policy()).plan(&process.client, &roster).await {
            Ok(plan) => {
                process.say(format!("a plan: {:?}", plan.totals));
                return plan;
            }
            Err(error) => {
                failed(process, "no plan", &error);
                // What one wrong response closed is tried again after a minute.
                let is_broken = failures_when_healed > 3;
                process.promise(!is_broken, || format!("a plan is made once everything goes well: {error}"));
                if is_broken {
                    return std::future::pending().await;
                }
            }
        }
        sleep(Duration::from_secs(30)).await;
    }
}

fn roster(process: &Process, rows: &[Row]) -> Roster {
    let rows = rows.iter().enumerate().filter_map(|(row, kind)| {
        let user = DesiredUser::new().with("lastName", last_name(row)).with("email", email_of(process, row, *kind)?);
        Some(match kind {
            Row::Create => user.with("firstName", "New"),
            Row::Update => user,
            Row::Deactivate => user.active(false),
        })
    });
    // The rows are the same in every world, but for their number.
    Roster::of(rows, MatchBy::Email).unwrap_or_else(|error| panic!("no roster: {error}"))
}

fn last_name(row: usize) -> String {
    format!("Planned{row}")
}

/// Audit records that are only counted.
#[derive(Debug, Default)]
struct Counted(Mutex<usize>);

impl AuditSink for Counted {
    fn record(&self, _: &AuditRecord<'_>) -> Result<(), Error> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += 1;
        Ok(())
    }
}

/// Runs a plan until nothing is left to do, at least once after everything goes well.
async fn carry_out(process: &Process, plan: &Plan, name: &'static str) -> BTreeMap<usize, OutcomeKind> {
    let mut runs_when_healed = 0;
    loop {
        let has_healed = process.world.has_healed();
        let (outcomes, error) = run(process, plan, name).await;
        let is_last = runs_when_healed == MOST_RUNS;
        // Where others have changed what an entry would change, or have created its user, a part or a doubt stays.
        let may_stay = is_last && !process.world.setup.edits.is_empty();
        let is_settled = |kind: &OutcomeKind| match kind {
            OutcomeKind::Done | OutcomeKind::Nothing | OutcomeKind::Refused => true,
            OutcomeKind::Partial | OutcomeKind::Unknown => may_stay,
            _ => false,
        };
        if error.is_none() && outcomes.values().all(is_settled) {
            return outcomes;
        }
        runs_when_healed += u32::from(has_healed);
        if runs_when_healed > MOST_RUNS {
            process.promise(false, || format!("{name} settles once everything goes well: {outcomes:?} {error:?}"));
            return outcomes;
        }
        if runs_when_healed > 0 {
            process.healed().await;
        }
        sleep(Duration::from_secs(60)).await;
    }
}

/// Runs a plan once.
async fn run(process: &Process, plan: &Plan, name: &'static str) -> (BTreeMap<usize, OutcomeKind>, Option<String>) {
    let mut outcomes = BTreeMap::new();
    let journal = match FileJournal::over(process.disk.file(name), Path::new(name), plan) {
        Ok(journal) => journal,
        Err(error) => {
            failed(process, "no journal", &error);
            process.promise(false, || format!("a journal can be read after any crash: {error}"));
            return (outcomes, Some(error.to_string()));
        }
    };
    if let Err(error) = journal.start(plan, "simulated", process.client.now()) {
        failed(process, "no journal", &error);
        return (outcomes, Some(error.to_string()));
    }
    let audit = Counted::default();
    let at_once = 1 + (usize::try_from(process.world.setup.seed % 4).unwrap_or_default() + process.number) % 4;
    let executor = Executor::new(&process.client, &journal, &audit, "simulated").at_once(at_once);
    let mut steps = std::pin::pin!(executor.run(plan));
    loop {
        match steps.try_next().await {
            Ok(Some(step)) => {
                let is_new = matches!(step.result, StepResult::Now(_));
                if let StepResult::Now(outcome) = &step.result {
                    let reason = outcome.reason.clone().unwrap_or_default();
                    process.say(format!(
                        "{name}: {} {} {} {reason}",
                        step.entry.action.name(),
                        step.entry.label(),
                        step.kind().name()
                    ));
                    process.no_secret(&reason);
                }
                process
                    .promise(is_new || step.kind() != OutcomeKind::Failed, || "what failed is tried again".to_owned());
                outcomes.insert(step.position, step.kind());
            }
            Ok(None) => return (outcomes, None),
            Err(error) => {
                failed(process, name, &error);
                return (outcomes, Some(error.to_string()));
            }
        }
    }
}

fn failed(process: &Process, what: &str, error: &Error) {
    process.say(format!("{what}: {error}"));
    process.no_secret(&format!("{error} {error:?}"));
    process.promise(!process.world.setup.is_calm(), || format!("where nothing goes wrong, nothing fails: {error}"));
}

/// The address of the user of a row; `None` if the tenant has too few users.
fn email_of(process: &Process, row: usize, kind: Row) -> Option<String> {
    match kind {
        Row::Create => Some(new_email(process.number, row)),
        _ => process.world.targets[process.number].get(row)?.person.email.clone(),
    }
}

/// The user of a row, and whether others did something to them.
fn user_of(process: &Process, row: usize, kind: Row) -> Option<(Option<Person>, bool)> {
    let email = email_of(process, row, kind)?;
    let person = process.world.people().values().find(|person| person.email.as_deref() == Some(&email)).cloned();
    let changes = process.world.changes();
    let is_meddled = changes.iter().any(|(_, change)| change.is_of(&email) && change.is_by_others());
    Some((person, is_meddled))
}

/// What a run leaves behind, once it is settled.
fn check_run(process: &Process, rows: &[Row], outcomes: &BTreeMap<usize, OutcomeKind>) {
    process.say(format!("settled: {outcomes:?}"));
    let disk_lies = process.world.setup.processes[process.number].disk.lies;
    for (row, kind) in rows.iter().enumerate() {
        let Some((person, is_meddled)) = user_of(process, row, *kind) else { continue };
        let is_as_planned = person.as_ref().is_some_and(|person| {
            person.last_name.as_deref() == Some(&last_name(row)) && person.is_disabled == (*kind == Row::Deactivate)
        });
        // Without the line that it was begun, the run takes its own write for that of others, and refuses.
        process.promise(is_as_planned || is_meddled || disk_lies, || {
            format!("row {row} ({kind:?}) is carried out unless others changed the user: {person:?}")
        });
    }
    let is_refused = outcomes.values().any(|kind| *kind == OutcomeKind::Refused);
    let is_meddled =
        (0..rows.len()).any(|row| user_of(process, row, rows[row]).is_some_and(|(_, is_meddled)| is_meddled));
    process.promise(!is_refused || is_meddled || disk_lies, || {
        format!("an entry is refused only if others changed the user: {outcomes:?}")
    });
}

/// What a rollback leaves behind.
fn check_undone(process: &Process, rows: &[Row], before: &BTreeMap<String, Person>) {
    if process.world.setup.processes[process.number].disk.lies {
        return;
    }
    for (row, kind) in rows.iter().enumerate() {
        let Some((person, is_meddled)) = user_of(process, row, *kind) else { continue };
        if is_meddled {
            continue;
        }
        let is_undone = match kind {
            Row::Create => person.as_ref().is_none_or(|person| person.is_disabled),
            _ => person.as_ref().is_some_and(|person| before.values().any(|old| old == person)),
        };
        process.promise(is_undone, || format!("row {row} ({kind:?}) is rolled back: {person:?}"));
    }
}

/// Small tenants reach guards that are made for large ones.
fn policy() -> Policy {
    Policy::new().managed_roles(["learner", "student"]).guards(Guards::new().deactivations(1_000).percent(100.0))
}
