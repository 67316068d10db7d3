//! How severe a change is, and by which set of levels.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How severe a change is for users of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing that worked stops working.
    Safe,
    /// Something that worked may behave differently.
    Dangerous,
    /// Something that worked is rejected, or can no longer be read.
    Breaking,
}

impl Level {
    /// All levels, the worst first.
    pub const ALL: [Self; 3] = [Self::Breaking, Self::Dangerous, Self::Safe];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Dangerous => "dangerous",
            Self::Breaking => "breaking",
        }
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let level = Self::ALL.into_iter().find(|level| level.name() == text);
        level.ok_or_else(|| format!("`{text}` is no level; use breaking, dangerous or safe"))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which set of levels to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Levels {
    /// This crate's, which consider where a type is used and what can be coerced to it. `docs/drift-levels.md` lists
    /// how they differ from graphql-inspector's.
    #[default]
    Own,
    /// Those of graphql-inspector's core, kind by kind.
    GraphqlInspector,
}

/// What a change breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Break {
    /// A query is rejected.
    Document,
    /// An input is rejected.
    Variables,
    /// A response no longer fits the types that were generated for it.
    Decode,
    /// Generated code changes, and code that uses it may not compile.
    Source,
    /// A query costs a different number of points.
    Cost,
    /// The same query behaves differently, or soon will.
    Behavior,
}

impl Break {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Variables => "variables",
            Self::Decode => "decode",
            Self::Source => "source",
            Self::Cost => "cost",
            Self::Behavior => "behavior",
        }
    }
}

/// The judgment of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) level: Level,
    pub(crate) reason: String,
    pub(crate) breaks: Vec<Break>,
}

impl Verdict {
    pub(crate) fn new(level: Level, reason: impl Into<String>, breaks: &[Break]) -> Self {
        Self { level, reason: reason.into(), breaks: breaks.to_vec() }
    }
}
