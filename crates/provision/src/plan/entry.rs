//! What is to be done to one user.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thought_industries::Attempts;

use crate::desired::insert_field;
use crate::found_by::FoundBy;
use crate::reason::Reason;

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
