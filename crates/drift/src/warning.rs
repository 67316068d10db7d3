//! What a schema can be read with, but should not contain.

use std::fmt;

use serde::Serialize;

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
