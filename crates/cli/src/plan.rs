//! A plan: what is to be done to each person, and what was there when that was decided.

mod make;
mod survey;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use thought_industries::Date;

pub(crate) use make::{Licenses, Planner, Settings};
pub(crate) use survey::takes_seat;

use crate::failure::Failure;
use crate::roster::MatchBy;
use crate::spool::Spool;

/// The format of plan files.
pub(crate) const VERSION: u32 = 1;

/// A plan, as it stands in its file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) version: u32,
    /// The address of the tenant.
    pub(crate) tenant: String,
    /// When it was made.
    pub(crate) made: Date,
    pub(crate) matched_by: MatchBy,
    /// SHA-256 of the roster, and of what was read of the tenant.
    pub(crate) roster_digest: String,
    pub(crate) read_digest: String,
    pub(crate) totals: Totals,
    /// How many people of the roster are disabled and stay so, since their rows say no status.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub(crate) left_disabled: usize,
    /// Fields that the tenant does not show, each with how many people have them in the roster: they are left alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub(crate) unseen: BTreeMap<String, usize>,
    pub(crate) entries: Spool<Entry>,
    /// SHA-256 of all that; the journal is of one plan.
    pub(crate) digest: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How many people are what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Totals {
    pub(crate) create: usize,
    pub(crate) update: usize,
    pub(crate) reactivate: usize,
    pub(crate) deactivate: usize,
    pub(crate) delete: usize,
    pub(crate) unchanged: usize,
    pub(crate) problems: usize,
    /// People who are in nobody's roster and are left alone.
    pub(crate) unmanaged: usize,
}

impl Totals {
    pub(crate) fn changes(&self) -> usize {
        self.create + self.update + self.reactivate + self.deactivate + self.delete
    }

    /// Counts an entry of a plan.
    pub(crate) fn count(&mut self, action: Action) {
        *match action {
            Action::Create => &mut self.create,
            Action::Update => &mut self.update,
            Action::Reactivate => &mut self.reactivate,
            Action::Deactivate => &mut self.deactivate,
            Action::Delete => &mut self.delete,
            Action::Problem => &mut self.problems,
        } += 1;
    }
}

/// What is to be done to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Action {
    Create,
    Update,
    Reactivate,
    Deactivate,
    /// Only to undo a creation.
    Delete,
    /// Nothing, and why.
    Problem,
}

impl Action {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Reactivate => "reactivate",
            Self::Deactivate => "deactivate",
            Self::Delete => "delete",
            Self::Problem => "problem",
        }
    }
}

/// A person of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) action: Action,
    /// The tenant's id; nobody has one yet who is to be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    /// The line of the roster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// Why nothing is done, or not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
    /// Field by field; `status` is one of them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) changes: Vec<Change>,
    /// What has to be there still when it is done.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub(crate) seen: Map<String, Value>,
    /// The row of the roster that asks for it, to be planned again if it is not done.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub(crate) row: Map<String, Value>,
    /// Whether it takes something back. What is as it was before is taken back already then.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) is_undo: bool,
    /// When the creation was begun that is taken back, if nobody knows whether it came to anything.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) begun: Option<Date>,
}

/// A field that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// As it is written; custom fields as `customFields.key`.
    pub(crate) field: String,
    pub(crate) before: Value,
    pub(crate) after: Value,
    /// Whether the tenant does not show what is there: `before` is unknown then.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) hidden: bool,
}

impl Entry {
    pub(crate) fn of(action: Action) -> Self {
        Self {
            action,
            id: None,
            email: None,
            line: None,
            problem: None,
            changes: Vec::new(),
            seen: Map::new(),
            row: Map::new(),
            is_undo: false,
            begun: None,
        }
    }

    /// Who it is, for people to read.
    pub(crate) fn who(&self) -> &str {
        self.email.as_deref().or(self.id.as_deref()).unwrap_or("somebody")
    }

    /// The fields to write, without the status.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        for change in self.changes.iter().filter(|change| change.field != "status") {
            put(&mut fields, &change.field, change.after.clone());
        }
        fields
    }

    /// The status to be in afterwards, if that changes.
    pub(crate) fn status(&self) -> Option<&str> {
        self.changes.iter().find(|change| change.field == "status")?.after.as_str()
    }
}

/// Puts a value where its field stands: custom fields stand in one object.
pub(crate) fn put(fields: &mut Map<String, Value>, field: &str, value: Value) {
    match field.strip_prefix("customFields.") {
        Some(key) => {
            let custom = fields.entry("customFields").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(custom) = custom {
                custom.insert(key.to_owned(), value);
            }
        }
        None => _ = fields.insert(field.to_owned(), value),
    }
}

impl Plan {
    /// Binds all of it to a digest.
    pub(crate) fn sealed(mut self) -> Result<Self, Failure> {
        self.digest = self.compute_digest()?;
        Ok(self)
    }

    /// Of everything but the digest itself, without a copy of it all.
    fn compute_digest(&self) -> Result<String, Failure> {
        let mut hash = Hashing(Sha256::new());
        let head = (self.version, &self.tenant, &self.made, self.matched_by, &self.roster_digest, &self.read_digest);
        serde_json::to_writer(&mut hash, &(head, self.totals, self.left_disabled, &self.unseen, &self.entries))?;
        Ok(hex(&hash.0.finalize()))
    }

    /// Reads a plan, and checks that it is whole.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |reason: String| Failure::CouldNotRun {
            reason: format!("{}: {reason}", path.display()),
            help: Some("nothing was written; make the plan again with `ti plan`"),
        };
        let file = File::open(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let plan = serde_json::from_reader(BufReader::new(file));
        let plan: Self = plan.map_err(|error| wrong(format!("this is no plan: {error}")))?;
        if plan.version != VERSION {
            return Err(wrong(format!("this is a plan of version {}, and this `ti` knows {VERSION}", plan.version)));
        }
        if plan.digest != plan.compute_digest()? {
            return Err(wrong("the plan was changed after it was made: its digest does not fit".to_owned()));
        }
        Ok(plan)
    }

    /// Writes the plan: as a whole, or not at all.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        write_json(path, self)
    }
}

/// A hash that is written to.
struct Hashing(Sha256);

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Writes JSON for people to read, as a whole or not at all.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Failure> {
    write_with(path, |out| Ok(serde_json::to_writer_pretty(out, value)?))
}

/// Writes a file as a whole: beside its place first, then into it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with(path, |out| Ok(out.write_all(bytes)?))
}

fn write_with(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&mut NamedTempFile>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| Failure::CouldNotRun {
        reason: format!("cannot write {}: {error}", path.display()),
        help: None,
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder).map_err(cannot)?;
    let mut out = BufWriter::new(&mut file);
    write(&mut out)?;
    out.flush().map_err(cannot)?;
    drop(out);
    file.as_file().sync_all().map_err(cannot)?;
    file.persist(path).map_err(|error| cannot(error.error))?;
    Ok(())
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}
