//! Changes that were looked at and accepted, in a file of their own.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::report::{FailOn, Report};

/// A list of accepted changes.
///
/// ```
/// let list = graphql_drift::Accepted::parse(
///     "[[accept]]\nfingerprint = \"0123456789ab\"\nreason = \"nobody uses it\"\nexpires = 2026-12-31\n",
/// )?;
/// assert_eq!(list.entries[0].reason, "nobody uses it");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The entries, in the order of the file.
    pub entries: Vec<Entry>,
}

/// One accepted change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The fingerprint of the change.
    pub fingerprint: String,
    /// Why it was accepted.
    pub reason: String,
    /// The last day on which it is.
    pub expires: Option<Date>,
    /// What the change was, for the reader of the file.
    pub change: Option<String>,
}

/// What is to be said of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The fingerprint of the entry.
    pub fingerprint: String,
    /// What is to be said.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accept: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    fingerprint: String,
    reason: String,
    expires: Option<toml::Value>,
    change: Option<String>,
}

impl Accepted {
    /// Reads a list.
    ///
    /// # Errors
    /// If it is none: in words that name the line, or the entry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let mut seen = HashSet::new();
        let mut entries = Vec::new();
        for raw in file.accept {
            let fingerprint = raw.fingerprint;
            if fingerprint.len() != 12 || !fingerprint.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
                return Err(format!("`{fingerprint}` is no fingerprint: those are twelve hex digits in lower case"));
            }
            if raw.reason.trim().is_empty() {
                return Err(format!("entry {fingerprint} gives no reason"));
            }
            if !seen.insert(fingerprint.clone()) {
                return Err(format!("entry {fingerprint} stands there twice"));
            }
            let expires = raw.expires.map(|value| date(&value)).transpose().map_err(|wrong| {
                format!("entry {fingerprint} expires on `{wrong}`, which is no date; write it as 2026-12-31")
            })?;
            entries.push(Entry { fingerprint, reason: raw.reason, expires, change: raw.change });
        }
        Ok(Self { entries })
    }

    /// What to add to the file so that the changes that now make a check fail no longer do.
    pub fn additions(reports: &[&Report], fail_on: FailOn, reason: &str) -> String {
        let mut text = String::new();
        let mut added = HashSet::new();
        for change in reports.iter().flat_map(|report| report.failures(fail_on)) {
            if !added.insert(&change.fingerprint) {
                continue;
            }
            // Writing to a string cannot fail. A JSON string is a TOML string.
            _ = write!(
                text,
                "\n[[accept]]\nfingerprint = \"{}\"\nreason = {}\nchange = {}\n",
                change.fingerprint,
                serde_json::Value::from(reason),
                serde_json::Value::from(format!("{}: {}", change.kind, change.message)),
            );
        }
        text
    }
}

fn date(value: &toml::Value) -> Result<Date, String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| text)
}

impl Accepted {
    /// What is to be said of the entries: those that expired, and those that no change used.
    pub(crate) fn notes(&self, used: &HashSet<String>, today: Date) -> Vec<Note> {
        let note = |entry: &Entry| {
            let expired = entry.expires.filter(|expires| *expires < today);
            let what = entry.change.as_deref().map(|change| format!(" ({change})")).unwrap_or_default();
            let message = match (expired, used.contains(&entry.fingerprint)) {
                (Some(day), true) => format!("expired on {day}, so the change counts again{what}"),
                (Some(day), false) => format!("expired on {day}, and no change has this fingerprint{what}"),
                (None, false) => format!("no change has this fingerprint; remove the entry{what}"),
                (None, true) => return None,
            };
            Some(Note { fingerprint: entry.fingerprint.clone(), message })
        };
        self.entries.iter().filter_map(note).collect()
    }
}

impl Report {
    /// Marks the changes that are in the list, and notes entries that expired or that nothing used.
    pub fn accept(&mut self, list: &Accepted, today: Date) {
        let used = self.mark_accepted(list, today);
        self.notes = list.notes(&used, today);
    }

    /// Marks the changes that are in the list; returns the fingerprints that changes have.
    pub(crate) fn mark_accepted(&mut self, list: &Accepted, today: Date) -> HashSet<String> {
        let entries: HashMap<&str, &Entry> =
            list.entries.iter().map(|entry| (entry.fingerprint.as_str(), entry)).collect();
        let mut used = HashSet::new();
        for change in &mut self.changes {
            let Some(entry) = entries.get(change.fingerprint.as_str()) else { continue };
            used.insert(change.fingerprint.clone());
            if entry.expires.is_none_or(|expires| expires >= today) {
                change.accepted = Some(entry.reason.clone());
            }
        }
        self.count();
        used
    }
}
