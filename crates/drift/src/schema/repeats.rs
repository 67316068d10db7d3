//! Names that a source defines more than once. Servers answer introspection with such schemas, and tools read them.

use super::Position;

/// A name that a source defines more than once. The last definition counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repeat {
    pub(crate) coordinate: String,
    pub(crate) ignored: Position,
    pub(crate) kept: Position,
}

/// The repeated names of a source. All such lists compare equal.
#[derive(Debug, Clone, Default)]
pub struct Repeats(pub(crate) Vec<Repeat>);

impl PartialEq for Repeats {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Repeats {}

impl Repeats {
    pub(crate) fn note(&mut self, coordinate: String, ignored: Position, kept: Position) {
        self.0.push(Repeat { coordinate, ignored, kept });
    }

    /// Keeps the last of the members that share a name. The list is sorted by name, in source order within a name.
    pub(super) fn keep_last<T>(
        &mut self,
        members: &mut Vec<T>,
        name: impl Fn(&T) -> &str,
        position: impl Fn(&T) -> Position,
        coordinate: impl Fn(&str) -> String,
    ) {
        members.dedup_by(|next, kept| {
            let is_repeated = name(next) == name(kept);
            if is_repeated {
                self.note(coordinate(name(kept)), position(kept), position(next));
                std::mem::swap(next, kept);
            }
            is_repeated
        });
    }
}
