//! What takes back what a journal says was done: row by row, as far as anything can.

use std::collections::{BTreeMap, BTreeSet};
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

/// An entry that was carried out, as a whole or in part.
struct Carried {
    what: Entry,
    /// Whoever was created.
    id: Option<String>,
    /// Where they stand.
    seen: Map<String, Value>,
    is_partial: bool,
}

impl Undoing {
    /// Reads a journal. One that leaves anything in doubt has to be brought to its end first.
    pub(crate) fn of(path: &Path, delete_created: bool) -> Result<Self, Failure> {
        let file = File::open(path);
        let file = file.map_err(|error| journal::refusal(path, &format!("cannot be read: {error}")))?;
        let (mut plan, mut begun, mut reversed) = (None, None, Spool::default());
        // Where the last word about an entry stands, and entries without one.
        let (mut places, mut in_doubt) = (BTreeMap::new(), BTreeSet::new());
        journal::read(path, BufReader::new(file), |line| {
            match line {
                Line::Plan { tenant, at, .. } => plan = Some((tenant, at)),
                Line::Begun { entry, what, .. } => {
                    in_doubt.insert(entry);
                    begun = Some(what);
                }
                Line::Ended { end: End::Unknown, .. } => {}
                Line::Ended { entry, end, id, seen, .. } => {
                    in_doubt.remove(&entry);
                    let is_partial = end == End::Partial;
                    if let (true, Some(what)) = (is_partial || end == End::Done, begun.take()) {
                        places.insert(entry, reversed.len());
                        reversed.push(&reverse(Carried { what, id, seen, is_partial }, delete_created))?;
                    }
                }
            }
            Ok(())
        })?;
        let (tenant, at) = plan.ok_or_else(|| journal::refusal(path, "this is no journal of `ti apply`"))?;
        if let Some(entry) = in_doubt.first() {
            let reason =
                format!("nobody knows yet how entry {entry} ended: run `ti apply` with this journal again first");
            return Err(journal::refusal(path, &reason));
        }
        let mut undoing = Self { tenant, begun: at, totals: Totals::default(), entries: Spool::default() };
        for place in places.into_values().rev() {
            let Some(entry) = reversed.get(place)? else { continue };
            undoing.totals.count(entry.action);
            undoing.entries.push(&entry)?;
        }
        Ok(undoing)
    }
}

/// What takes back what an entry did, or why nothing can.
fn reverse(carried: Carried, delete_created: bool) -> Entry {
    let Carried { what, id, seen, is_partial } = carried;
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
        _ => what.changes.iter().map(turned).collect(),
    };
    let is_disabled = |change: &Change| change.field == "status" && change.after == "disabled";
    let action = match what.action {
        Action::Create if delete_created => Action::Delete,
        Action::Create => Action::Deactivate,
        Action::Delete | Action::Problem => Action::Problem,
        _ if changes.iter().any(is_disabled) => Action::Deactivate,
        _ if changes.iter().any(|change| change.field == "status") => Action::Reactivate,
        _ => Action::Update,
    };
    let seen = match what.action {
        // Whatever was written of somebody new has to be there still.
        Action::Create => {
            let written = what.changes.iter().map(|change| (change.field.clone(), change.after.clone()));
            written.chain([("status".to_owned(), "active".into())]).chain(seen).collect()
        }
        // Whoever was promoted or moved since is somebody else's matter.
        _ => {
            let stand = ["role", "clientId"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), what.seen.get(name)?.clone())));
            stand.chain(changes.iter().map(|change| (change.field.clone(), change.before.clone()))).collect()
        }
    };
    let hidden = what.changes.iter().find(|change| change.hidden).map(|change| change.field.as_str());
    let problem = match hidden {
        _ if what.action == Action::Delete => Some("what was deleted is gone for good".to_owned()),
        Some(field) => Some(format!("impossible: the tenant did not show what `{field}` was")),
        None => None,
    };
    let action = if problem.is_some() { Action::Problem } else { action };
    Entry {
        action,
        id: id.or(what.id),
        email: what.email,
        line: None,
        problem,
        changes: if matches!(action, Action::Delete | Action::Problem) { Vec::new() } else { changes },
        seen,
        row: Map::new(),
        is_partial,
    }
}
