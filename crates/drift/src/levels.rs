//! How severe a change is, why, and what it breaks.

pub(crate) mod inspector;
mod own;
mod positions;
mod reach;
mod types;

use std::collections::HashSet;

use crate::diff::Difference;
use crate::level::{Break, Level, Levels, Verdict};
use crate::schema::Schema;
use positions::Positions;

pub(crate) use types::{is_required, narrows};

/// Judges the differences between two schemas.
pub(crate) struct Judge<'s> {
    old: &'s Schema,
    new: &'s Schema,
    levels: Levels,
    /// Where the types of the old schema are used, since queries were written for the old schema.
    positions: Positions<'s>,
    /// The types of the old schema that operations can reach, if that is known.
    reached: Option<HashSet<&'s str>>,
}

impl<'s> Judge<'s> {
    pub(crate) fn new(old: &'s Schema, new: &'s Schema, levels: Levels) -> Self {
        Self { old, new, levels, positions: Positions::of(old), reached: reach::reached(old) }
    }

    /// The verdict, and this crate's own level whichever levels were requested.
    pub(crate) fn judge(&self, difference: &Difference<'s>) -> (Verdict, Level) {
        let own = self.reachable(difference, self.own(difference));
        let own_level = own.level;
        if self.levels == Levels::Own {
            return (own, own_level);
        }
        let level = inspector::level(difference, self.new);
        if level == own_level {
            return (own, own_level);
        }
        let reason = format!("graphql-inspector's level; this tool's own level is {own_level}: {}", own.reason);
        (Verdict { level, reason, ..own }, own_level)
    }

    /// The verdict, if an operation can reach the type at all.
    fn reachable(&self, difference: &Difference<'s>, verdict: Verdict) -> Verdict {
        let owner = difference.coordinate.owner().filter(|_| !difference.coordinate.is_directive());
        match (owner, &self.reached) {
            // A type that only the new schema has is judged as new.
            (Some(owner), Some(reached)) if verdict.level > Level::Safe && self.old.types.contains_key(owner) => {
                if reached.contains(owner) {
                    return verdict;
                }
                let mut breaks = verdict.breaks;
                breaks.retain(|part| *part == Break::Source);
                Verdict::new(Level::Safe, format!("no operation can reach `{owner}`: no root leads to it"), &breaks)
            }
            _ => verdict,
        }
    }
}
