//! What was done of a plan, line by line: before each write and after its answer, each on the disk before anything
//! else happens. A run that was killed goes on from here.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::apply::Ended;
use crate::audit;
use crate::failure::Failure;
use crate::plan::{Change, Entry, Plan};

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase", deny_unknown_fields)]
enum Line {
    /// The first: which plan this is of.
    #[serde(rename_all = "camelCase")]
    Plan { digest: String, tenant: String, by: String, at: String },
    /// An entry is about to be carried out.
    #[serde(rename_all = "camelCase")]
    Begun { entry: usize, at: String, what: Entry },
    /// It has ended.
    #[serde(rename_all = "camelCase")]
    Ended {
        entry: usize,
        at: String,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        id: Option<String>,
        end: End,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
        /// Where somebody stands who was created.
        #[serde(skip_serializing_if = "Map::is_empty", default)]
        seen: Map<String, Value>,
    },
}

/// How an entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum End {
    /// It is carried out.
    Done,
    /// It was not carried out, since it does not fit any more what is there.
    Refused,
    /// The tenant refused it, or could not be reached.
    Failed,
    /// A part of it was carried out.
    Partial,
    /// It may have been carried out.
    Unknown,
}

impl End {
    /// For people to read.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Partial => "done in part",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    /// The entry, as it was begun.
    pub(crate) what: Entry,
    /// When it was begun first.
    pub(crate) begun: String,
    /// How it ended; `None` if nobody knows.
    pub(crate) end: Option<End>,
    pub(crate) id: Option<String>,
    pub(crate) seen: Map<String, Value>,
}

/// A journal that is written to.
pub(crate) struct Journal {
    file: File,
    /// How many bytes are whole lines.
    whole: u64,
    pub(crate) known: BTreeMap<usize, Known>,
}

impl Journal {
    /// Opens the journal of a plan, or a new one. That of another plan, or of another run that goes on, is refused.
    /// Nothing is written before [`start`](Self::start).
    pub(crate) fn open(path: &Path, plan: &Plan) -> Result<Self, Failure> {
        let wrong = |reason: String| refusal(path, &reason);
        let file = OpenOptions::new().create(true).read(true).append(true).open(path);
        let mut file = file.map_err(|error| wrong(error.to_string()))?;
        file.try_lock().map_err(|_| wrong("another `ti` is writing it".to_owned()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| wrong(error.to_string()))?;
        let Read { head, known, whole } = read(path, &bytes)?;
        if head.is_some_and(|digest| digest != plan.digest) {
            return Err(wrong("this is the journal of another plan".to_owned()));
        }
        Ok(Self { file, whole, known })
    }

    /// Begins to write: what was torn off in the middle of a line never counted, and a new journal says what it is of.
    pub(crate) fn start(&mut self, plan: &Plan) -> Result<(), Failure> {
        self.file.set_len(self.whole)?;
        if self.whole == 0 {
            let (digest, tenant) = (plan.digest.clone(), plan.tenant.clone());
            self.push(&Line::Plan { digest, tenant, by: audit::user(), at: audit::now() })?;
        }
        Ok(())
    }

    /// How every entry stands.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (usize, Option<End>)> {
        self.known.iter().map(|(entry, known)| (*entry, known.end))
    }

    pub(crate) fn begin(&mut self, entry: usize, what: &Entry) -> Result<(), Failure> {
        let at = audit::now();
        self.push(&Line::Begun { entry, at: at.clone(), what: what.clone() })?;
        let seen = Map::new();
        self.known.insert(entry, Known { what: what.clone(), begun: at, end: None, id: None, seen });
        Ok(())
    }

    pub(crate) fn end(&mut self, entry: usize, ended: &Ended) -> Result<(), Failure> {
        let Ended { end, id, reason, seen } = ended.clone();
        self.push(&Line::Ended { entry, at: audit::now(), id: id.clone(), end, reason, seen: seen.clone() })?;
        if let Some(known) = self.known.get_mut(&entry) {
            (known.end, known.id, known.seen) = (Some(end), id, seen);
        }
        Ok(())
    }

    /// Writes a line, and waits until the disk has it.
    fn push(&mut self, line: &Line) -> Result<(), Failure> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()?;
        Ok(())
    }
}

/// What a journal has, to be undone: the tenant, and the entries that were carried out, as a whole or in part, in their
/// order.
pub(crate) fn done(path: &Path) -> Result<(String, Vec<Known>), Failure> {
    let bytes = std::fs::read(path).map_err(|error| refusal(path, &format!("cannot be read: {error}")))?;
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(Line::Plan { tenant, .. }) = serde_json::from_slice(first) else {
        return Err(refusal(path, "this is no journal of `ti apply`"));
    };
    let Read { known, .. } = read(path, &bytes)?;
    if let Some((entry, _)) = known.iter().find(|(_, known)| matches!(known.end, None | Some(End::Unknown))) {
        let reason = format!("nobody knows yet how entry {entry} ended: run `ti apply` with this journal again first");
        return Err(refusal(path, &reason));
    }
    let is_written = |known: &Known| matches!(known.end, Some(End::Done | End::Partial));
    Ok((tenant, known.into_values().filter(is_written).collect()))
}

fn refusal(path: &Path, reason: &str) -> Failure {
    Failure::CouldNotRun {
        reason: format!("{}: {reason}", path.display()),
        help: Some("nothing was written; give the journal that `ti apply` wrote, or another name for a new one"),
    }
}

struct Read {
    /// The digest of the plan.
    head: Option<String>,
    known: BTreeMap<usize, Known>,
    /// How many bytes are whole lines.
    whole: u64,
}

/// Reads a journal. A last line without an end was being written when the run was killed.
fn read(path: &Path, bytes: &[u8]) -> Result<Read, Failure> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    if whole == 0 && !bytes.is_empty() && !b"{\"line\":\"plan\"".starts_with(bytes.get(..14).unwrap_or(bytes)) {
        return Err(refusal(path, "this is no journal of `ti apply`"));
    }
    let mut journal = Read { head: None, known: BTreeMap::new(), whole: whole as u64 };
    let lines = bytes.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    for (place, line) in lines.enumerate() {
        let number = place + 1;
        let wrong = |reason: &str| refusal(path, &format!("line {number}: {reason}"));
        let line: Line = serde_json::from_slice(line).map_err(|error| wrong(&error.to_string()))?;
        match line {
            Line::Plan { digest, .. } if number == 1 => journal.head = Some(digest),
            Line::Plan { .. } => return Err(wrong("a second plan begins here")),
            _ if number == 1 => return Err(wrong("this is no journal of `ti apply`")),
            Line::Begun { entry, at, what } => {
                let earlier = journal.known.get(&entry).filter(|known| matches!(known.end, None | Some(End::Unknown)));
                // The doubt about an earlier attempt lasts from when that was begun.
                let begun = earlier.map_or(at, |known| known.begun.clone());
                journal.known.insert(entry, Known { what, begun, end: None, id: None, seen: Map::new() });
            }
            Line::Ended { entry, id, end, seen, .. } => {
                let known = journal.known.get_mut(&entry).ok_or_else(|| wrong("this entry was never begun"))?;
                (known.end, known.id, known.seen) = (Some(end), id, seen);
            }
        }
    }
    Ok(journal)
}

/// What takes back what an entry did, if anything can.
pub(crate) fn reverse(known: &Known, delete_created: bool) -> Entry {
    use crate::plan::Action;
    let what = &known.what;
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
            written.chain([("status".to_owned(), "active".into())]).chain(known.seen.clone()).collect()
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
        id: known.id.clone().or_else(|| what.id.clone()),
        email: what.email.clone(),
        line: None,
        problem,
        changes: if matches!(action, Action::Delete | Action::Problem) { Vec::new() } else { changes },
        seen,
        row: Map::new(),
        is_partial: known.end == Some(End::Partial),
    }
}
