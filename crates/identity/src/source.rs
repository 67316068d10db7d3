//! The sources: who they know, whether that is all of them, and how old it is.

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::identity::Identity;

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SourceKind {
    /// The list of the staff, as HR keeps it.
    Hr,
    /// The directory that users log in with: Okta, Entra, Google.
    Idp,
    /// The tenant.
    Tenant,
}

impl SourceKind {
    /// The name: `hr`, `idp` or `tenant`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hr => "hr",
            Self::Idp => "idp",
            Self::Tenant => "tenant",
        }
    }

    /// The name for readers.
    pub fn title(self) -> &'static str {
        match self {
            Self::Hr => "HR",
            Self::Idp => "the directory",
            Self::Tenant => "the tenant",
        }
    }
}

/// A source of identities.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// Its name, such as that of a file.
    pub name: String,
    /// When it was made; unknown sources count as too old.
    pub made: Option<Date>,
    /// Who it knows.
    pub identities: Vec<Identity>,
    /// Why it does not have all; empty if it does.
    pub doubts: Vec<String>,
    /// What was detected while it was read.
    pub notes: Vec<String>,
}

impl Source {
    /// A source that has all identities.
    pub fn new(kind: SourceKind, name: &str, made: Date, identities: Vec<Identity>) -> Self {
        Self { kind, name: name.to_owned(), made: Some(made), identities, doubts: Vec::new(), notes: Vec::new() }
    }

    /// Says why it does not have all identities.
    #[must_use]
    pub fn incomplete(mut self, doubt: impl Into<String>) -> Self {
        self.doubts.push(doubt.into());
        self
    }
}

/// A source in a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceReport {
    /// What it is.
    pub kind: SourceKind,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub made: Option<Date>,
    /// How many hours ago that was.
    pub age_hours: Option<i64>,
    /// How many identities, or users, it has.
    pub rows: usize,
    /// Whether findings may rest on the absence of an identity from it.
    pub is_sound: bool,
    /// Why not: it is incomplete or stale.
    pub doubts: Vec<String>,
    /// What was detected while it was read.
    pub notes: Vec<String>,
}

/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

impl SourceReport {
    /// Judges a source. `most_hours` is the age from which it is stale.
    pub(crate) fn judge(
        kind: SourceKind,
        name: &str,
        made: Option<Date>,
        rows: usize,
        mut doubts: Vec<String>,
        now: Date,
        most_hours: u32,
    ) -> Self {
        let age_hours = made.map(|made| (now.as_millisecond() - made.as_millisecond()).max(0) / HOUR);
        match age_hours {
            None => doubts.push("its age is unknown".to_owned()),
            Some(age) if age > i64::from(most_hours) => {
                doubts.push(format!("it is {age} hours old, and at most {most_hours} are allowed"));
            }
            Some(_) => {}
        }
        if rows == 0 {
            doubts.push("it is empty".to_owned());
        }
        let is_sound = doubts.is_empty();
        Self { kind, name: name.to_owned(), made, age_hours, rows, is_sound, doubts, notes: Vec::new() }
    }

    pub(crate) fn with_notes(self, notes: &[String]) -> Self {
        Self { notes: notes.to_vec(), ..self }
    }
}
