//! Counts what a plan does, entry by entry, for the guards.

mod mojibake;

use serde_json::Value;
use thought_industries::Date;

use crate::error::Error;
use crate::guards::{Census, Counted, GuardKind, History};
use crate::plan::{Action, Change, Entry, Plan, STATUS};
use mojibake::is_mojibake;

impl Census {
    /// Counts nothing yet, of a roster about so many active users.
    pub fn new(population: usize) -> Self {
        Self { population, ..Self::default() }
    }

    /// Counts an entry. Each user counts once for each kind; an entry that is a problem changes nothing.
    pub fn add(&mut self, entry: &Entry) {
        let label = entry.label();
        let action = match entry.action {
            Action::Problem => return,
            Action::Update => None,
            Action::Create => Some(GuardKind::Create),
            Action::Reactivate => Some(GuardKind::Reactivate),
            Action::Deactivate => Some(GuardKind::Deactivate),
            Action::Delete => Some(GuardKind::Delete),
        };
        if let Some(kind) = action {
            self.count(kind, || label.to_owned());
        }
        // A password may be among the values, so that examples name fields; an address identifies its user.
        let of = |change: &Change| format!("{label} (`{}`)", change.field);
        let changes = || entry.changes.iter().filter(|change| change.field != STATUS);
        if let Some(change) = changes().find(|change| is_text_with(&change.after, is_mojibake)) {
            self.count(GuardKind::Mojibake, || of(change));
        }
        if entry.action == Action::Create {
            return;
        }
        if let Some(change) = changes().find(|change| clears(change)) {
            self.count(GuardKind::Clear, || of(change));
        }
        if swaps_names(entry) {
            self.count(GuardKind::SwappedNames, || label.to_owned());
        }
        for change in changes().filter(|change| replaces(change)) {
            self.count(GuardKind::Field(change.field.clone()), || match (&change.before, &change.after) {
                (Value::String(before), Value::String(after)) if change.field == "email" => {
                    format!("{before} → {after}")
                }
                _ => of(change),
            });
        }
    }

    fn count(&mut self, kind: GuardKind, example: impl FnOnce() -> String) {
        self.kinds.entry(kind).or_insert_with(|| Counted { users: 0, example: example() }).users += 1;
    }
}

impl Plan {
    /// Judges the entries of the plan, as they are now, by the guards of its policy. The counts that the plan states are
    /// not used: a plan that was edited and sealed again has those of its author. A rollback has no guards, since it
    /// restores what was there.
    ///
    /// # Errors
    /// Of the kind [`Guard`](crate::ErrorKind::Guard) if a guard refuses the plan; [`Error::problems`] has the others.
    pub fn check_guards(&self, history: &History, now: Date) -> Result<(), Error> {
        let Some(policy) = self.policy() else { return Ok(()) };
        // An older plan does not state its population, and is judged by numbers.
        let mut census = Census::new(self.census.as_ref().map_or(0, |census| census.population));
        for entry in self.entries.iter() {
            census.add(&entry?);
        }
        policy.guards.check(&census, history, now, &self.digest).map(drop)
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Whether a value is cleared. One that the tenant does not show may be there.
fn clears(change: &Change) -> bool {
    is_empty(&change.after) && (change.hidden || !is_empty(&change.before))
}

/// Whether a value takes the place of another one. Lists are merged, so that one which only grows replaces nothing.
fn replaces(change: &Change) -> bool {
    match (&change.before, &change.after) {
        (before, _) if is_empty(before) => false,
        (Value::Array(before), Value::Array(after)) => before.iter().any(|item| !after.contains(item)),
        // Addresses are not case-sensitive.
        (Value::String(before), Value::String(after)) if change.field == "email" => {
            before.trim().to_lowercase() != after.trim().to_lowercase()
        }
        _ => true,
    }
}

fn swaps_names(entry: &Entry) -> bool {
    let names = |field: &str| entry.changes.iter().find(|change| change.field == field);
    let (Some(first), Some(last)) = (names("firstName"), names("lastName")) else { return false };
    !is_empty(&first.before)
        && !is_empty(&last.before)
        && first.before != last.before
        && first.after == last.before
        && last.after == first.before
}

/// Whether any text in a value has a property.
fn is_text_with(value: &Value, property: impl Fn(&str) -> bool + Copy) -> bool {
    match value {
        Value::String(text) => property(text),
        Value::Array(items) => items.iter().any(|item| is_text_with(item, property)),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
