//! How bad a change is, why, and what it breaks.

pub(crate) mod inspector;
mod own;
mod positions;
mod types;

use std::fmt;

use serde::Serialize;

use crate::diff::Difference;
use crate::schema::Schema;
use positions::Positions;

pub(crate) use types::{is_required, narrows};

/// How bad a change is to those who use the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing that worked stops working.
    Safe,
    /// Something that worked may behave in another way.
    Dangerous,
    /// Something that worked is rejected, or can no longer be read.
    Breaking,
}

impl Level {
    /// The worst first.
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

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whose levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Levels {
    /// This crate's, which know where a type stands and what it is coerced from. `docs/drift-levels.md` lists in what
    /// they differ from the others.
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
    /// An answer no longer fits the types that were generated for it.
    Decode,
    /// Generated code is another, and what uses it may not compile.
    Source,
    /// A query costs another number of points.
    Cost,
    /// The same query does something else, or soon will.
    Behaviour,
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
            Self::Behaviour => "behaviour",
        }
    }
}

/// What is to be thought of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) level: Level,
    pub(crate) reason: String,
    pub(crate) breaks: Vec<Break>,
}

impl Verdict {
    fn new(level: Level, reason: impl Into<String>, breaks: &[Break]) -> Self {
        Self { level, reason: reason.into(), breaks: breaks.to_vec() }
    }
}

/// Judges the differences between two schemas.
pub(crate) struct Judge<'s> {
    old: &'s Schema,
    new: &'s Schema,
    levels: Levels,
    /// Where the types of the old schema stand: it is the old schema that queries were written for.
    positions: Positions<'s>,
}

impl<'s> Judge<'s> {
    pub(crate) fn new(old: &'s Schema, new: &'s Schema, levels: Levels) -> Self {
        Self { old, new, levels, positions: Positions::of(old) }
    }

    /// The verdict, and this crate's own level whichever was asked for.
    pub(crate) fn judge(&self, difference: &Difference<'s>) -> (Verdict, Level) {
        let own = self.own(difference);
        let own_level = own.level;
        if self.levels == Levels::Own {
            return (own, own_level);
        }
        let level = inspector::level(difference, self.new);
        if level == own_level {
            return (own, own_level);
        }
        let reason = format!("the level is graphql-inspector's; to this tool it is {own_level}: {}", own.reason);
        (Verdict { level, reason, ..own }, own_level)
    }
}
