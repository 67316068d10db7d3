//! A plan: what is to be done to each user, and what was there when that was decided.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thought_industries::{Attempts, Date};

use crate::desired::{MatchKeys, insert_field};
use crate::error::{Error, ErrorKind};
use crate::files::{Hasher, write_json};
use crate::found_by::FoundBy;
use crate::guards::{Census, RaisedGuard};
use crate::policy::Policy;
use crate::reason::Reason;
use crate::seat_changes::SeatChange;
use crate::spool::Spool;

/// The version of the format of plan files (`docs/formats.md`).
pub(crate) const VERSION: u32 = 3;

/// A plan, as it is written to its file. Bound to a digest: a plan that was changed is refused.
///
/// ```no_run
/// use thought_industries_provision::Plan;
///
/// let plan = Plan::read("plan.json".as_ref())?;
/// println!("{} changes on {}", plan.totals.changes(), plan.tenant);
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// The version of the format.
    pub version: u32,
    /// The address of the tenant.
    pub tenant: String,
    /// When it was made.
    pub made: Date,
    /// Who made it, as the caller names them; not verified.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub made_by: Option<String>,
    /// Until when it may be carried out; a rollback has no such time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<Date>,
    /// Under which settings, and from what.
    pub source: PlanSource,
    /// SHA-256 of what was read of the tenant.
    pub read_digest: String,
    /// How many entries there are of each action.
    pub totals: Totals,
    /// How many users of the roster are disabled and stay so, since their rows have no status.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub left_disabled: usize,
    /// Fields that the tenant does not show, each with how many rows have them: they are left alone.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub unseen: BTreeMap<String, usize>,
    /// How many users the plan changes in which way, as the guards counted them; none in a rollback.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub census: Option<Census>,
    /// The guards that would refuse the plan by default.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub raised: Vec<RaisedGuard>,
    /// The licenses whose seats it takes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub seats: Vec<SeatChange>,
    /// What is to be done, user by user.
    pub entries: Spool<Entry>,
    /// SHA-256 of everything above. A journal belongs to one plan by it.
    pub digest: String,
}

/// What a plan was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum PlanSource {
    /// A roster.
    #[non_exhaustive]
    Roster {
        /// The name of its file; empty if it was none.
        name: String,
        /// SHA-256 of the file.
        digest: String,
        /// The fields by which users were matched, in the order in which they were tried.
        matched_by: MatchKeys,
        /// The settings.
        policy: Policy,
    },
    /// The journal of a run, which the plan rolls back.
    #[non_exhaustive]
    Rollback {
        /// The digest of the plan of that run.
        plan: String,
        /// Whether users who were created are deleted.
        delete_created: bool,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How many users there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Totals {
    /// To be created.
    pub create: usize,
    /// To be updated.
    pub update: usize,
    /// To be reactivated, and perhaps updated.
    pub reactivate: usize,
    /// To be deactivated, and perhaps updated.
    pub deactivate: usize,
    /// To be deleted.
    pub delete: usize,
    /// As they should be.
    pub unchanged: usize,
    /// Left alone, each with a reason.
    pub problems: usize,
    /// Not in the roster, and left alone.
    pub unmanaged: usize,
    /// Not created yet, since they start on a later day.
    #[serde(default)]
    pub waiting: usize,
}

impl Totals {
    /// How many users are to be changed.
    pub fn changes(&self) -> usize {
        self.create + self.update + self.reactivate + self.deactivate + self.delete
    }

    /// Counts an entry.
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

/// What is to be done to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Action {
    /// Create the user.
    Create,
    /// Write fields.
    Update,
    /// Activate the user, and write fields.
    Reactivate,
    /// Write fields, and disable the user.
    Deactivate,
    /// Delete the user; only to roll back a creation.
    Delete,
    /// Nothing: the entry says why.
    Problem,
}

impl Action {
    /// The name, as plans and messages have it.
    pub fn name(self) -> &'static str {
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

/// What is to be done to one user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// What is to be done.
    pub action: Action,
    /// The tenant's id; none for a user who is to be created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The first and the last name, for readers; [`full_name`](Self::full_name) knows that of a new user too.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The line of the roster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Why the entry is in the plan; none for a problem and in a rollback.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// How the row found its user, if the source of the plan does not say so already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found_by: Option<FoundBy>,
    /// Why nothing is done, or not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The changes, field by field; `status` is one of the fields.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changes: Vec<Change>,
    /// The values that have to be unchanged when the entry is carried out.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub seen: Map<String, Value>,
    /// The row of the roster, to be planned again if the entry is not carried out.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub row: Map<String, Value>,
    /// Whether it rolls something back. A field that has its old value again is rolled back already.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_rollback: bool,
    /// When the attempts were begun at what is rolled back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attempts: Option<Attempts>,
    /// The field whose value marks the user as created by this entry, or by the one that it rolls back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mark: Option<String>,
}

/// A field that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Change {
    /// The field, as it is written; custom fields as `customFields.key`.
    pub field: String,
    /// The value that was there.
    pub before: Value,
    /// The value to write.
    pub after: Value,
    /// Whether the tenant does not show the field: `before` is unknown then.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub hidden: bool,
}

impl Change {
    pub(crate) fn new(field: impl Into<String>, before: Value, after: Value) -> Self {
        Self { field: field.into(), before, after, hidden: false }
    }
}

impl Entry {
    pub(crate) fn of(action: Action) -> Self {
        Self {
            action,
            id: None,
            email: None,
            name: None,
            line: None,
            reason: None,
            found_by: None,
            problem: None,
            changes: Vec::new(),
            seen: Map::new(),
            row: Map::new(),
            is_rollback: false,
            attempts: None,
            mark: None,
        }
    }

    /// What identifies the user to a reader: the e-mail address, or the id.
    pub fn label(&self) -> &str {
        self.email.as_deref().or(self.id.as_deref()).unwrap_or("a user without address and id")
    }

    /// The first and the last name: those that the user has, or those that a new user gets.
    pub fn full_name(&self) -> Option<String> {
        let written = |field: &str| {
            let change = self.changes.iter().find(|change| change.field == field)?;
            change.after.as_str().filter(|name| !name.trim().is_empty())
        };
        self.name.clone().or_else(|| joined(written("firstName"), written("lastName")))
    }

    /// The names of the fields that change.
    pub fn fields_changed(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| change.field.as_str())
    }

    /// The fields to write, without the status.
    pub fn fields(&self) -> Map<String, Value> {
        self.fields_except(&[STATUS])
    }

    fn fields_except(&self, left_out: &[&str]) -> Map<String, Value> {
        let mut fields = Map::new();
        for change in self.changes.iter().filter(|change| !left_out.contains(&change.field.as_str())) {
            insert_field(&mut fields, &change.field, change.after.clone());
        }
        fields
    }

    /// The value that marks the user as created by this entry.
    pub fn mark_value(&self) -> Option<&str> {
        let mark = self.mark.as_deref()?;
        let written = self.changes.iter().find(|change| change.field == mark).map(|change| &change.after);
        written.or_else(|| self.seen.get(mark))?.as_str()
    }

    /// The entry with a mark in this field, unless it creates no user or writes a value of its own to the field.
    pub(crate) fn marked(mut self, field: String, mark: String) -> Self {
        if self.action == Action::Create && self.fields_changed().all(|own| own != field) {
            self.changes.push(Change::new(field.clone(), Value::Null, mark.into()));
            self.mark = Some(field);
        }
        self
    }

    /// The status to have afterwards, if that changes.
    pub(crate) fn status(&self) -> Option<&str> {
        self.changes.iter().find(|change| change.field == STATUS)?.after.as_str()
    }

    /// The row that asks for the entry. That of a new user is what is written of them.
    pub fn to_row(&self) -> Map<String, Value> {
        if self.action != Action::Create {
            return self.row.clone();
        }
        // Planned again, the user gets the mark of the new plan.
        let mut row = self.fields_except(&[STATUS, self.mark.as_deref().unwrap_or(STATUS)]);
        row.insert(STATUS.to_owned(), self.status().unwrap_or("active").into());
        row
    }

    /// The same user, left alone. The first reason counts.
    pub(crate) fn left_alone(self, reason: &str) -> Self {
        // The name of a new user is in the changes, which are dropped.
        let name = self.full_name();
        let problem = self.problem.or_else(|| Some(reason.to_owned()));
        Self { action: Action::Problem, name, problem, reason: None, changes: Vec::new(), seen: Map::new(), ..self }
    }
}

/// A first and a last name in one.
pub(crate) fn joined(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let names: Vec<&str> = [first, last].into_iter().flatten().map(str::trim).filter(|name| !name.is_empty()).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// The name of the status among the changes of an entry.
pub(crate) const STATUS: &str = "status";

impl Plan {
    /// Binds the plan to a digest.
    pub(crate) fn sealed(mut self) -> Result<Self, Error> {
        self.digest = self.compute_digest()?;
        Ok(self)
    }

    /// The digest of everything but the digest itself.
    fn compute_digest(&self) -> Result<String, Error> {
        let mut hasher = Hasher::default();
        let head = (self.version, &self.tenant, &self.made, &self.source, &self.read_digest);
        serde_json::to_writer(&mut hasher, &(head, self.totals, self.left_disabled, &self.unseen, &self.entries))?;
        serde_json::to_writer(&mut hasher, &(&self.census, &self.raised))?;
        serde_json::to_writer(&mut hasher, &(&self.made_by, self.expires, &self.seats))?;
        Ok(hasher.finish())
    }

    /// The policy that the plan was made under; a rollback has none.
    pub(crate) fn policy(&self) -> Option<&Policy> {
        match &self.source {
            PlanSource::Roster { policy, .. } => Some(policy),
            PlanSource::Rollback { .. } => None,
        }
    }

    /// Whether the plan rolls back a run.
    pub fn is_rollback(&self) -> bool {
        matches!(self.source, PlanSource::Rollback { .. })
    }

    /// Checks that this is the plan that was approved: its digest begins with these hexadecimal digits, 12 or more.
    ///
    /// # Errors
    /// If it is another plan, or there are too few digits.
    pub fn check_digest(&self, digits: &str) -> Result<(), Error> {
        let help = "nothing was written to the tenant; `ti show` prints the digest of a plan";
        let refusal = |reason: String| Err(Error::new(ErrorKind::Plan, reason).with_help(help));
        let is_digest = digits.len() >= Self::FEWEST_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_digest {
            return refusal(format!("`{digits}` is not the start of a digest: {} digits or more", Self::FEWEST_DIGITS));
        }
        if !self.digest.starts_with(&digits.to_ascii_lowercase()) {
            return refusal(format!("this is another plan than the expected one: its digest is {}", self.digest));
        }
        Ok(())
    }

    /// How many digits of a digest no other plan has by chance.
    const FEWEST_DIGITS: usize = 12;

    /// Reads a plan from its file.
    ///
    /// # Errors
    /// If the file cannot be read, is not a plan of this version, or was changed after the plan was made.
    pub fn read(path: &Path) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let help = "nothing was written to the tenant; make the plan again with `ti plan`";
        let wrong = |reason: String| Error::of_file(ErrorKind::Plan, path, reason).with_help(help);
        let of_version = |version: u32| {
            let reason = format!("this is a plan of version {version}, and this program reads version {VERSION}");
            Error::of_file(ErrorKind::Version, path, reason).with_help(help)
        };
        let open = || File::open(path).map(BufReader::new).map_err(|error| wrong(format!("cannot be read: {error}")));
        let plan: Result<Self, _> = serde_json::from_reader(open()?);
        let plan = match plan {
            Ok(plan) => plan,
            // A plan of another version has other fields, so that it is named by its version.
            Err(error) => match serde_json::from_reader::<_, Head>(open()?) {
                Ok(Head { version }) if version != VERSION => return Err(of_version(version)),
                _ => return Err(wrong(format!("this is not a plan: {error}"))),
            },
        };
        if plan.version != VERSION {
            return Err(of_version(plan.version));
        }
        if plan.digest != plan.compute_digest()? {
            return Err(wrong("the plan was changed after it was made: its digest does not match".to_owned()));
        }
        Ok(plan)
    }

    /// Writes the plan to a file, as a whole or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        write_json(path, self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn marked(entry: Entry) -> Entry {
        entry.marked("externalCustomerId".to_owned(), "ti-1".to_owned())
    }

    #[test]
    fn a_creation_is_marked_unless_the_row_has_a_value_of_its_own() {
        let entry = marked(Entry::of(Action::Create));
        assert_eq!(entry.mark_value(), Some("ti-1"));
        assert_eq!(entry.fields(), Map::from_iter([("externalCustomerId".to_owned(), json!("ti-1"))]));
        let mut own = Entry::of(Action::Create);
        own.changes.push(Change::new("externalCustomerId", Value::Null, json!("4711")));
        assert_eq!(marked(own.clone()), own);
        assert_eq!(marked(Entry::of(Action::Update)), Entry::of(Action::Update));
    }

    #[test]
    fn a_new_user_who_is_left_alone_keeps_the_name() {
        let mut entry = Entry::of(Action::Create);
        entry.changes.push(Change::new("firstName", Value::Null, json!("Ada ")));
        entry.changes.push(Change::new("lastName", Value::Null, json!("Byron")));
        let left = entry.left_alone("the license has no seat left");
        assert_eq!((left.full_name().as_deref(), left.changes.len()), (Some("Ada Byron"), 0));
    }

    #[test]
    fn a_row_that_is_planned_again_does_not_bring_its_mark() {
        let row = marked(Entry::of(Action::Create)).to_row();
        assert_eq!(row, Map::from_iter([(STATUS.to_owned(), json!("active"))]));
    }
}
