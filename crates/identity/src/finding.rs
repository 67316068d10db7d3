//! Findings: what differs, with the evidence for it.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::source::SourceKind;

/// What a finding is. The order is that of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A user with another role than learners have, and no person.
    AdminWithoutPerson,
    /// A user who may log in, of a person who has left or is disabled.
    Leaver,
    /// A user in scope without a person.
    Orphan,
    /// Several users of one person that are no dual role.
    Duplicate,
    /// A user, or an identity, that several persons fit, or that facts contradict.
    Ambiguous,
    /// A seat that is held by a user who is disabled, has left, or is idle.
    GhostSeat,
    /// A person who is expected, and is no user of the tenant.
    Hidden,
    /// A field that differs.
    Drift,
    /// A source that is incomplete or too old.
    StaleSource,
}

impl FindingKind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::AdminWithoutPerson,
        Self::Leaver,
        Self::Orphan,
        Self::Duplicate,
        Self::Ambiguous,
        Self::GhostSeat,
        Self::Hidden,
        Self::Drift,
        Self::StaleSource,
    ];

    /// The name, as keys and files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AdminWithoutPerson => "admin-without-person",
            Self::Leaver => "leaver",
            Self::Orphan => "orphan",
            Self::Duplicate => "duplicate",
            Self::Ambiguous => "ambiguous",
            Self::GhostSeat => "ghost-seat",
            Self::Hidden => "hidden",
            Self::Drift => "drift",
            Self::StaleSource => "stale-source",
        }
    }

    /// The title, for readers.
    pub fn title(self) -> &'static str {
        match self {
            Self::AdminWithoutPerson => "Administrators without a person",
            Self::Leaver => "Leavers who are still active",
            Self::Orphan => "Users without a person",
            Self::Duplicate => "Several users of one person",
            Self::Ambiguous => "Ambiguous",
            Self::GhostSeat => "Seats held in vain",
            Self::Hidden => "Expected, and not in the tenant",
            Self::Drift => "Fields that differ",
            Self::StaleSource => "Sources that are stale or incomplete",
        }
    }
}

impl Finding {
    /// A finding without evidence yet. `ids` are what it is about.
    pub(crate) fn new(kind: FindingKind, ids: &[&str], subject: String) -> Self {
        Self {
            key: Key::new(kind, ids),
            kind,
            subject,
            account: None,
            email: None,
            person: None,
            since: None,
            evidence: Vec::new(),
            fix: None,
        }
    }
}

impl FromStr for FindingKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| format!("`{text}` is not a kind of finding"))
    }
}

/// A finding of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is called in every run: the kind, and the ids of what it is about.
    pub key: Key,
    /// What it is.
    pub kind: FindingKind,
    /// Whom it is about, for readers.
    pub subject: String,
    /// The id of the user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<String>,
    /// The address of the user, as the tenant has it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<String>,
    /// The key of the person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<String>,
    /// Since which day it is so, if a source says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// What would fix it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fix: Option<Fix>,
}

/// A fact that shows a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// Where it is from.
    pub source: SourceKind,
    /// The fact.
    pub fact: String,
}

impl Evidence {
    pub(crate) fn new(source: SourceKind, fact: impl Into<String>) -> Self {
        Self { source, fact: fact.into() }
    }
}

/// What would fix a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fix {
    /// Disable the user.
    Disable {
        /// Their last day, if a source has one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        ended: Option<String>,
        /// Whether only the absence from sources speaks for it.
        is_absence: bool,
    },
    /// Write a field.
    Update {
        /// The field, as the API spells it.
        field: String,
        /// The value.
        value: String,
    },
}

/// What a finding is called in every run: its kind and ids, with `%` before the bytes of unusual characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// The key of ids.
    pub(crate) fn new(kind: FindingKind, ids: &[&str]) -> Self {
        let mut key = kind.name().to_owned();
        for id in ids {
            key.push('/');
            for byte in id.bytes() {
                if byte.is_ascii_alphanumeric() || b"-_.@:~+".contains(&byte) {
                    key.push(char::from(byte));
                } else {
                    // Writing to a string cannot fail.
                    _ = write!(key, "%{byte:02x}");
                }
            }
        }
        Self(key)
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_differ_have_keys_that_differ() {
        let key = |ids: &[&str]| Key::new(FindingKind::Leaver, ids).to_string();
        assert_eq!(key(&["u-1"]), "leaver/u-1");
        assert_eq!(key(&["a/b"]), "leaver/a%2fb");
        assert_ne!(key(&["a", "b"]), key(&["a/b"]));
        assert_ne!(key(&["a%2fb"]), key(&["a/b"]));
        assert_eq!(key(&["\u{e9} \u{1b}"]), "leaver/%c3%a9%20%1b");
        for kind in FindingKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.name());
        }
    }
}
