//! What takes back what a journal says was done: row by row, as far as anything can.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde_json::{Map, Value};
use thought_industries::Date;

use crate::failure::Failure;
use crate::journal::{self, End, Line};
use crate::plan::{Action, Change, Entry, Totals};
use crate::spool::Spool;

/// The entries that take back those of a journal, the last first.
pub(crate) struct Undoing {
    /// The address of the tenant.
    pub(crate) tenant: String,
    /// When the journal was begun.
    pub(crate) begun: Date,
    pub(crate) totals: Totals,
    pub(crate) entries: Spool<Entry>,
}

/// An entry that was carried out, as a whole or in part, or may have been.
struct Carried {
    what: Entry,
    /// Whoever was created.
    id: Option<String>,
    /// Where they stand.
    seen: Map<String, Value>,
    /// When it was begun.
    since: Date,
}

impl Undoing {
    /// Reads a journal, that of a run which was interrupted as well: what is in doubt is looked at when it is taken back.
    pub(crate) fn of(path: &Path, delete_created: bool) -> Result<Self, Failure> {
        let file = File::open(path);
        let file = file.map_err(|error| journal::refusal(path, &format!("cannot be read: {error}")))?;
        file.try_lock_shared().map_err(|_| journal::in_use(path))?;
        let (mut plan, mut begun, mut reversed) = (None, None, Spool::default());
        // Where the last word about an entry stands, and whether it is certain that something was done.
        let mut places: BTreeMap<usize, (usize, bool)> = BTreeMap::new();
        // When the first attempt at an entry was begun that may have done something.
        let mut first = BTreeMap::new();
        journal::read(path, BufReader::new(file), |line| {
            match line {
                Line::Plan { tenant, at, .. } => plan = Some((tenant, at)),
                Line::Begun { entry, at, what } => {
                    let since = *first.entry(entry).or_insert(at);
                    if !places.get(&entry).is_some_and(|(_, is_certain)| *is_certain) {
                        let carried = Carried { what: what.clone(), id: None, seen: Map::new(), since };
                        places.insert(entry, (reversed.len(), false));
                        reversed.push(&reverse(carried, delete_created))?;
                    }
                    begun = Some(what);
                }
                Line::Ended { end: End::Unknown, .. } => {}
                Line::Ended { entry, end: End::Failed | End::Refused | End::Nothing, .. } => {
                    // What an attempt before this one did is done.
                    if places.get(&entry).is_some_and(|(_, is_certain)| !is_certain) {
                        places.remove(&entry);
                        first.remove(&entry);
                    }
                }
                Line::Ended { entry, end: End::Done | End::Partial, id, seen, .. } => {
                    if let (Some(what), Some(since)) = (begun.take(), first.get(&entry).copied()) {
                        places.insert(entry, (reversed.len(), true));
                        reversed.push(&reverse(Carried { what, id, seen, since }, delete_created))?;
                    }
                }
            }
            Ok(())
        })?;
        let (tenant, at) = plan.ok_or_else(|| journal::refusal(path, "this is no journal of `ti apply`"))?;
        let mut undoing = Self { tenant, begun: at, totals: Totals::default(), entries: Spool::default() };
        for (place, _) in places.into_values().rev() {
            let Some(entry) = reversed.get(place)? else { continue };
            undoing.totals.count(entry.action);
            undoing.entries.push(&entry)?;
        }
        Ok(undoing)
    }
}

/// What takes back what an entry did, or why nothing can. Fields that the tenant did not show before stay as they are.
fn reverse(carried: Carried, delete_created: bool) -> Entry {
    let Carried { what, id, seen, since } = carried;
    let named = |wanted: &dyn Fn(&Change) -> bool| -> String {
        let names = what.changes.iter().filter(|change| wanted(change)).map(|change| format!("`{}`", change.field));
        names.collect::<Vec<_>>().join(", ")
    };
    let (hidden, stuck) = (named(&|change| change.hidden), named(&is_for_good));
    let turned = |change: &Change| Change {
        field: change.field.clone(),
        before: change.after.clone(),
        after: change.before.clone(),
        hidden: false,
    };
    let changes: Vec<Change> = match what.action {
        Action::Create => {
            let (before, after) = ("active".into(), "disabled".into());
            vec![Change { field: "status".to_owned(), before, after, hidden: false }]
        }
        _ => what.changes.iter().filter(|change| !change.hidden && !is_for_good(change)).map(turned).collect(),
    };
    let is_disabled = |change: &Change| change.field == "status" && change.after == "disabled";
    let action = match what.action {
        Action::Create if delete_created => Action::Delete,
        Action::Create => Action::Deactivate,
        Action::Delete | Action::Problem => Action::Problem,
        _ if changes.is_empty() => Action::Problem,
        _ if changes.iter().any(is_disabled) => Action::Deactivate,
        _ if changes.iter().any(|change| change.field == "status") => Action::Reactivate,
        _ => Action::Update,
    };
    let seen = match what.action {
        // Whatever was written of somebody new has to be there still.
        Action::Create => {
            let written = what.changes.iter().map(|change| (change.field.clone(), change.after.clone()));
            // Whoever is to be deleted may have been disabled first.
            let status = (action != Action::Delete).then(|| ("status".to_owned(), "active".into()));
            written.chain(status).chain(seen).collect()
        }
        // Whoever was promoted or moved since is somebody else's matter.
        _ => {
            let stand = ["role", "clientId"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), what.seen.get(name)?.clone())));
            stand.chain(changes.iter().map(|change| (change.field.clone(), change.before.clone()))).collect()
        }
    };
    let problem = if what.action == Action::Delete {
        Some("impossible: what was deleted is gone for good".to_owned())
    } else {
        let brought_client = what.action != Action::Create
            && what.seen.get("clientId").is_some_and(Value::is_null)
            && changes.iter().any(|change| change.field.contains("License"));
        let reasons = [
            (!hidden.is_empty()).then(|| format!("the tenant did not show what {hidden} was")),
            (what.action != Action::Create && !stuck.is_empty()).then(|| format!("{stuck} stays as it is for good")),
            brought_client.then(|| "the client that came with the licences stays".to_owned()),
        ];
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        (!reasons.is_empty()).then(|| format!("impossible: {}", reasons.join("; ")))
    };
    Entry {
        action,
        // Somebody whose id nobody knows is looked for by address, and told from others by when they were made.
        begun: (what.action == Action::Create && id.is_none()).then_some(since),
        id: id.or(what.id),
        email: what.email,
        line: None,
        problem,
        changes: if matches!(action, Action::Delete | Action::Problem) { Vec::new() } else { changes },
        seen,
        row: Map::new(),
        is_undo: true,
    }
}

/// Salesforce ids stay as they were first set (help centre).
fn is_for_good(change: &Change) -> bool {
    matches!(change.field.as_str(), "sfContactId" | "sfAccountId") && change.before.is_null()
}
