//! Changes that were reviewed and accepted, in a file of their own.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use jiff::civil::Date;
use serde::Deserialize;

use crate::change::Change;
use crate::report::{FailOn, Note, Report};
use crate::selector::Selector;

/// A list of accepted changes: by fingerprint, or by patterns of kinds and coordinates ([`Selector`]).
///
/// ```
/// let list = graphql_drift::Accepted::parse(
///     "[[accept]]\nfingerprint = \"0123456789ab\"\nreason = \"no query uses it\"\nexpires = 2026-12-31\n",
/// )?;
/// assert_eq!(list.entries[0].reason, "no query uses it");
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Accepted {
    /// The entries, in the order of the file.
    pub entries: Vec<Entry>,
}

/// One accepted change, or several that a pattern selects.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// The fingerprint of the change; with a pattern, the pattern as text.
    pub fingerprint: String,
    /// The changes, if they are selected by a pattern.
    pub selector: Option<Selector>,
    /// Why it was accepted.
    pub reason: String,
    /// The last day on which the entry applies.
    pub expires: Option<Date>,
    /// A description of the change, for readers of the file.
    pub change: Option<String>,
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
    fingerprint: Option<String>,
    kind: Option<String>,
    coordinate: Option<String>,
    reason: String,
    expires: Option<toml::Value>,
    change: Option<String>,
}

impl RawEntry {
    /// What the entry selects, and how it is called in notes.
    fn selected(&self) -> Result<(String, Option<Selector>), String> {
        let Some(fingerprint) = &self.fingerprint else {
            let conditions = [("kind", &self.kind), ("coordinate", &self.coordinate)];
            let conditions = conditions.into_iter().filter_map(|(name, it)| Some(format!("{name}={}", it.as_ref()?)));
            let conditions: Vec<String> = conditions.collect();
            if conditions.is_empty() {
                return Err("an entry has no fingerprint, and no kind and coordinate either".to_owned());
            }
            let selector: Selector = conditions.join(",").parse()?;
            return Ok((selector.to_string(), Some(selector)));
        };
        if self.kind.is_some() || self.coordinate.is_some() {
            return Err(format!("entry {fingerprint} has a fingerprint, and a kind or a coordinate besides"));
        }
        if fingerprint.len() != 12 || !fingerprint.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
            return Err(format!("`{fingerprint}` is not a fingerprint: expected twelve lowercase hex digits"));
        }
        Ok((fingerprint.clone(), None))
    }
}

impl Accepted {
    /// Reads a list.
    ///
    /// # Errors
    /// If the text is not a valid list. The message names the line or the entry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let mut seen = HashSet::new();
        let mut entries = Vec::new();
        for raw in file.accept {
            let (fingerprint, selector) = raw.selected()?;
            if raw.reason.trim().is_empty() {
                return Err(format!("entry {fingerprint} has no reason"));
            }
            if !seen.insert(fingerprint.clone()) {
                return Err(format!("duplicate entry {fingerprint}"));
            }
            let expires = raw.expires.map(|value| date(&value)).transpose().map_err(|wrong| {
                format!("entry {fingerprint} expires on `{wrong}`, which is not a date; use the form 2026-12-31")
            })?;
            entries.push(Entry { fingerprint, selector, reason: raw.reason, expires, change: raw.change });
        }
        Ok(Self { entries })
    }

    /// The entries to add to the file to accept every change that currently fails a check.
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

impl Entry {
    /// Whether its pattern selects a change.
    fn selects(&self, change: &Change) -> bool {
        let place = change.coordinate.as_deref().unwrap_or_default();
        self.selector.as_ref().is_some_and(|selector| selector.selects_place(change.kind, place))
    }
}

fn date(value: &toml::Value) -> Result<Date, String> {
    let text = match value {
        // A date in quotes is accepted as well as a TOML date.
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| text)
}

impl Accepted {
    /// Notes on entries that expired or match no change.
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
    /// Marks the changes in the list as accepted, and notes entries that expired or match no change.
    pub fn accept(&mut self, list: &Accepted, today: Date) {
        let used = self.mark_accepted(list, today);
        self.notes = list.notes(&used, today);
    }

    /// Marks the changes in the list as accepted. Returns the fingerprints that match a change.
    pub(crate) fn mark_accepted(&mut self, list: &Accepted, today: Date) -> HashSet<String> {
        let (patterns, single): (Vec<&Entry>, Vec<&Entry>) =
            list.entries.iter().partition(|entry| entry.selector.is_some());
        let single: HashMap<&str, &Entry> =
            single.into_iter().map(|entry| (entry.fingerprint.as_str(), entry)).collect();
        let mut used = HashSet::new();
        for change in &mut self.changes {
            let by_pattern = patterns.iter().filter(|entry| entry.selects(change)).copied();
            // The entry of the change itself comes first, since its reason says more.
            let entries: Vec<&Entry> =
                single.get(change.fingerprint.as_str()).copied().into_iter().chain(by_pattern).collect();
            // An expired entry still matches, so that its note differs from that of an entry without a change.
            used.extend(entries.iter().map(|entry| entry.fingerprint.clone()));
            let valid = entries.into_iter().find(|entry| entry.expires.is_none_or(|expires| expires >= today));
            if let Some(entry) = valid {
                change.accepted = Some(entry.reason.clone());
            }
        }
        self.count();
        used
    }
}
