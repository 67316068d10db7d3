//! What was done of a plan, line by line: before each write and after its answer, each on the disk before anything
//! else happens. A run that was killed goes on from here.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

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
    /// It may have been carried out.
    Unknown,
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
}

/// A journal that is written to.
pub(crate) struct Journal {
    file: File,
    pub(crate) known: BTreeMap<usize, Known>,
}

impl Journal {
    /// Opens the journal of a plan, or begins one. That of another plan is refused.
    pub(crate) fn open(path: &Path, plan: &Plan) -> Result<Self, Failure> {
        let wrong = |reason: String| refusal(path, &reason);
        let mut file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(path)?;
        let text = std::io::read_to_string(&mut file).map_err(|error| wrong(error.to_string()))?;
        let Read { head, known, whole } = read(path, &text)?;
        match head {
            Some(digest) if digest != plan.digest => {
                return Err(wrong("this is the journal of another plan".to_owned()));
            }
            _ => {}
        }
        // What was torn off in the middle of a line never counted.
        file.set_len(whole)?;
        file.seek(SeekFrom::End(0))?;
        let is_new = whole == 0;
        let mut journal = Self { file, known };
        if is_new {
            let (digest, tenant) = (plan.digest.clone(), plan.tenant.clone());
            journal.push(&Line::Plan { digest, tenant, by: audit::user(), at: audit::now() })?;
        }
        Ok(journal)
    }

    pub(crate) fn begin(&mut self, entry: usize, what: &Entry) -> Result<(), Failure> {
        self.push(&Line::Begun { entry, at: audit::now(), what: what.clone() })
    }

    pub(crate) fn end(
        &mut self,
        entry: usize,
        end: End,
        id: Option<String>,
        reason: Option<String>,
    ) -> Result<(), Failure> {
        self.push(&Line::Ended { entry, at: audit::now(), id, end, reason })
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

/// What a journal has, to be undone: the tenant, and the entries that were carried out, in their order.
pub(crate) fn done(path: &Path) -> Result<(String, Vec<Known>), Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| refusal(path, &format!("cannot be read: {error}")))?;
    let Some(Ok(Line::Plan { tenant, .. })) = text.lines().next().map(serde_json::from_str) else {
        return Err(refusal(path, "this is no journal of `ti apply`"));
    };
    let Read { known, .. } = read(path, &text)?;
    if let Some((entry, _)) = known.iter().find(|(_, known)| matches!(known.end, None | Some(End::Unknown))) {
        let reason = format!("nobody knows yet how entry {entry} ended: run `ti apply` with this journal again first");
        return Err(refusal(path, &reason));
    }
    Ok((tenant, known.into_values().filter(|known| known.end == Some(End::Done)).collect()))
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
fn read(path: &Path, text: &str) -> Result<Read, Failure> {
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let mut journal = Read { head: None, known: BTreeMap::new(), whole: whole as u64 };
    for (place, line) in text.get(..whole).unwrap_or_default().lines().enumerate() {
        let number = place + 1;
        let wrong = |reason: &str| refusal(path, &format!("line {number}: {reason}"));
        let line: Line = serde_json::from_str(line).map_err(|error| wrong(&error.to_string()))?;
        match line {
            Line::Plan { digest, .. } if number == 1 => journal.head = Some(digest),
            Line::Plan { .. } => return Err(wrong("a second plan begins here")),
            _ if number == 1 => return Err(wrong("this is no journal of `ti apply`")),
            Line::Begun { entry, at, what } => {
                let known = Known { what, begun: at, end: None, id: None };
                let earlier = journal.known.insert(entry, known);
                // The doubt about an earlier attempt lasts from when that was begun.
                if let (Some(earlier), Some(known)) = (earlier, journal.known.get_mut(&entry)) {
                    known.begun = earlier.begun;
                }
            }
            Line::Ended { entry, id, end, .. } => {
                let known = journal.known.get_mut(&entry).ok_or_else(|| wrong("this entry was never begun"))?;
                (known.end, known.id) = (Some(end), id);
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
    };
    let changes: Vec<Change> = match what.action {
        Action::Create => {
            let (before, after) = ("active".into(), "disabled".into());
            vec![Change { field: "status".to_owned(), before, after }]
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
            written.chain([("status".to_owned(), "active".into())]).collect()
        }
        _ => changes.iter().map(|change| (change.field.clone(), change.before.clone())).collect(),
    };
    let problem = (what.action == Action::Delete).then(|| "what was deleted is gone for good".to_owned());
    Entry {
        action,
        id: known.id.clone().or_else(|| what.id.clone()),
        email: what.email.clone(),
        line: None,
        problem,
        changes: if action == Action::Delete { Vec::new() } else { changes },
        seen,
    }
}
