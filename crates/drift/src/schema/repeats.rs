//! Names that a source defines more than once. Servers answer introspection with such schemas, and tools read them.

use std::fmt;

use serde::Serialize;

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

/// A name that is defined more than once, with its lines.
///
/// ```
/// let version = graphql_drift::Version::read("a.graphql", b"type Query {\n a: Int\n a: String\n}")?;
/// let warning = &version.warnings()[0];
/// assert_eq!(warning.to_string(), "`Query.a` is defined twice, in lines 2 and 3; the last definition counts");
/// # Ok::<(), graphql_drift::LoadError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// The coordinate of the repeated name.
    pub coordinate: String,
    /// The line of the definition that is ignored, counted from 1.
    pub ignored_line: Option<usize>,
    /// The line of the definition that counts.
    pub kept_line: Option<usize>,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is defined twice", self.coordinate)?;
        if let (Some(first), Some(last)) = (self.ignored_line, self.kept_line) {
            write!(f, ", in lines {first} and {last}")?;
        }
        write!(f, "; the last definition counts")
    }
}
