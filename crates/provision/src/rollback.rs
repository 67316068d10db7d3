//! The plan that rolls back a run: entry by entry, as far as that is possible.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use serde_json::{Map, Value};
use thought_industries::{Attempts, Date, UserFields};

use crate::error::Error;
use crate::journal::{Line, read, read_file, refusal};
use crate::outcome::OutcomeKind;
use crate::plan::{Action, Change, Entry, Plan, PlanSource, STATUS, Totals, VERSION};
use crate::spool::Spool;

/// Makes the plan that rolls back a run, of its journal.
///
/// ```no_run
/// use thought_industries_provision::Rollback;
///
/// let plan = Rollback::new().delete_created(true).plan("run.jsonl".as_ref())?;
/// println!("{} changes to roll back", plan.totals.changes());
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Rollback {
    delete_created: bool,
}

/// An entry that was carried out, as a whole or in part, or may have been.
struct CarriedOut {
    what: Entry,
    /// The user who was created.
    id: Option<String>,
    /// The role and the client of that user.
    seen: Map<String, Value>,
    attempts: Attempts,
}

/// What is known while a journal is read.
#[derive(Default)]
struct Reader {
    /// The entries that roll back others, in the order of the journal.
    reversed: Spool<Entry>,
    /// The position in `reversed` of the last word about an entry, and whether it is certain that something was done.
    last: BTreeMap<usize, (usize, bool)>,
    /// The attempts at an entry that may have done something.
    attempts: BTreeMap<usize, Attempts>,
    /// The entries that were begun and have not ended.
    begun: BTreeMap<usize, Entry>,
}

impl Rollback {
    /// Rolls back changes, and disables users who were created.
    pub fn new() -> Self {
        Self::default()
    }

    /// Deletes users who were created, instead of disabling them.
    pub fn delete_created(self, delete_created: bool) -> Self {
        Self { delete_created }
    }

    /// Reads the journal of a run, even of one that was interrupted: an entry whose outcome is unknown is in the plan, and
    /// looked at when the plan is carried out. The same journal gives the same plan.
    ///
    /// # Errors
    /// If the file is not a journal, was changed, or is in use.
    pub fn plan(&self, journal: &Path) -> Result<Plan, Error> {
        read_file(journal, |source| self.plan_from(source, journal))
    }

    /// As [`plan`](Self::plan), from a journal that is not in a file of this computer. `name` is what errors call it.
    ///
    /// # Errors
    /// If it is not a journal, or was changed.
    pub fn plan_from(&self, journal: impl BufRead, name: &Path) -> Result<Plan, Error> {
        let mut run = None;
        let mut reader = Reader::default();
        read(name, journal, |line| match line {
            Line::Plan { digest, tenant, at, .. } => {
                run = Some((digest, tenant, at));
                Ok(())
            }
            Line::Begun { entry, at, what } => reader.begin(entry, at, what, self.delete_created),
            Line::Ended { entry, outcome, id, seen, .. } => reader.end(entry, outcome, id, seen, self.delete_created),
        })?;
        let (digest, tenant, at) =
            run.ok_or_else(|| refusal(name, &"this is not a journal of `ti apply`: it is empty"))?;
        let (mut totals, mut entries) = (Totals::default(), Spool::default());
        for (position, _) in reader.last.into_values().rev() {
            let Some(entry) = reader.reversed.get(position)? else { continue };
            totals.count(entry.action);
            entries.push(&entry)?;
        }
        Plan {
            version: VERSION,
            tenant,
            // The same rollback is the same plan, so that it goes on where it was interrupted.
            made: at,
            made_by: None,
            // What a run did can be rolled back at any time.
            expires: None,
            source: PlanSource::Rollback { plan: digest, delete_created: self.delete_created },
            read_digest: String::new(),
            totals,
            left_disabled: 0,
            unseen: BTreeMap::new(),
            census: None,
            raised: Vec::new(),
            seats: Vec::new(),
            entries,
            digest: String::new(),
        }
        .sealed()
    }
}

impl Reader {
    fn begin(&mut self, entry: usize, at: Date, what: Entry, delete_created: bool) -> Result<(), Error> {
        let attempts = self.attempts.get(&entry).map_or_else(|| at.into(), |earlier| earlier.and(at));
        self.attempts.insert(entry, attempts);
        // A later attempt has no id yet, and must not replace what is known of one that was carried out.
        if !self.last.get(&entry).is_some_and(|(_, is_certain)| *is_certain) {
            let carried = CarriedOut { what: what.clone(), id: None, seen: Map::new(), attempts };
            self.push(entry, carried, false, delete_created)?;
        }
        self.begun.insert(entry, what);
        Ok(())
    }

    fn end(
        &mut self,
        entry: usize,
        outcome: OutcomeKind,
        id: Option<String>,
        seen: Map<String, Value>,
        delete_created: bool,
    ) -> Result<(), Error> {
        let what = self.begun.remove(&entry);
        match outcome {
            // The entry stays in the plan as it was begun, and is examined when it is rolled back.
            OutcomeKind::Unknown => {}
            OutcomeKind::Failed | OutcomeKind::Refused | OutcomeKind::Nothing => {
                // What an earlier attempt did is done.
                if self.last.get(&entry).is_some_and(|(_, is_certain)| !is_certain) {
                    self.last.remove(&entry);
                    self.attempts.remove(&entry);
                }
            }
            OutcomeKind::Done | OutcomeKind::Partial => {
                if let (Some(what), Some(attempts)) = (what, self.attempts.get(&entry).copied()) {
                    self.push(entry, CarriedOut { what, id, seen, attempts }, true, delete_created)?;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, entry: usize, carried: CarriedOut, is_certain: bool, delete_created: bool) -> Result<(), Error> {
        self.last.insert(entry, (self.reversed.len(), is_certain));
        Ok(self.reversed.push(&reverse(carried, delete_created))?)
    }
}

/// The entry that rolls back another one, or says why that is impossible. Fields that the tenant did not show before stay
/// as they are.
fn reverse(carried: CarriedOut, delete_created: bool) -> Entry {
    let CarriedOut { what, id, seen, attempts } = carried;
    let named = |wanted: &dyn Fn(&Change) -> bool| -> String {
        let names = what.changes.iter().filter(|change| wanted(change)).map(|change| format!("`{}`", change.field));
        names.collect::<Vec<_>>().join(", ")
    };
    let (hidden, permanent) = (named(&|change| change.hidden), named(&is_permanent));
    let turned = |change: &Change| Change::new(change.field.clone(), change.after.clone(), change.before.clone());
    let changes: Vec<Change> = match what.action {
        // Deleting the user would lose their activity since then, so it has to be requested.
        Action::Create => vec![Change::new(STATUS, "active".into(), "disabled".into())],
        _ => what.changes.iter().filter(|change| !change.hidden && !is_permanent(change)).map(turned).collect(),
    };
    let is_disabled = |change: &Change| change.field == STATUS && change.after == "disabled";
    let action = match what.action {
        Action::Create if delete_created => Action::Delete,
        Action::Create => Action::Deactivate,
        Action::Delete | Action::Problem => Action::Problem,
        _ if changes.is_empty() => Action::Problem,
        _ if changes.iter().any(is_disabled) => Action::Deactivate,
        _ if changes.iter().any(|change| change.field == STATUS) => Action::Reactivate,
        _ => Action::Update,
    };
    let seen = match what.action {
        // What was written of a new user has to be unchanged.
        Action::Create => {
            // A user who is to be deleted may have been disabled first, by the creation itself or later.
            let written = what.changes.iter().filter(|change| change.field != STATUS);
            let written = written.map(|change| (change.field.clone(), change.after.clone()));
            let status = (action != Action::Delete).then(|| (STATUS.to_owned(), "active".into()));
            written.chain(status).chain(seen).collect()
        }
        // A user whose role or client changed since is left alone.
        _ => {
            let stand = ["role", "clientId"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), what.seen.get(name)?.clone())));
            stand.chain(changes.iter().map(|change| (change.field.clone(), change.before.clone()))).collect()
        }
    };
    let problem = if what.action == Action::Delete {
        Some("impossible: a deletion cannot be rolled back".to_owned())
    } else {
        let brought_client = what.action != Action::Create
            && what.seen.get("clientId").is_some_and(Value::is_null)
            && changes.iter().any(|change| change.field.contains("License"));
        let reasons = [
            (!hidden.is_empty()).then(|| format!("the tenant did not show the value of {hidden}")),
            (what.action != Action::Create && !permanent.is_empty()).then(|| format!("{permanent} is write-once")),
            brought_client.then(|| "the client that came with the licenses stays".to_owned()),
        ];
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        (!reasons.is_empty()).then(|| format!("impossible: {}", reasons.join("; ")))
    };
    Entry {
        action,
        attempts: Some(attempts),
        id: id.or(what.id),
        email: what.email,
        name: what.name,
        line: None,
        reason: None,
        found_by: None,
        problem,
        changes: if matches!(action, Action::Delete | Action::Problem) { Vec::new() } else { changes },
        seen,
        row: Map::new(),
        is_rollback: true,
        mark: what.mark,
    }
}

/// Whether a change cannot be reverted, since it set a field that is write-once.
fn is_permanent(change: &Change) -> bool {
    change.before.is_null() && UserFields::spec(&change.field).is_some_and(|spec| spec.is_write_once)
}
