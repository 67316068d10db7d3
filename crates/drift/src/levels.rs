//! How severe a change is, why, and what it breaks.

pub(crate) mod inspector;
mod own;
mod positions;
mod types;

use crate::diff::Difference;
use crate::level::{Level, Levels, Verdict};
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
}

impl<'s> Judge<'s> {
    pub(crate) fn new(old: &'s Schema, new: &'s Schema, levels: Levels) -> Self {
        Self { old, new, levels, positions: Positions::of(old) }
    }

    /// The verdict, and this crate's own level whichever levels were requested.
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
        let reason = format!("graphql-inspector's level; this tool's own level is {own_level}: {}", own.reason);
        (Verdict { level, reason, ..own }, own_level)
    }
}
