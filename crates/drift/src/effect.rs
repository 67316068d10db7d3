//! The effect of a change on an operation.

use serde::Serialize;

/// An operation that a change reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Impact {
    /// The effect of the change on it.
    pub status: Status,
    /// Its name.
    pub name: String,
    /// The file that uses the changed part: the operation's own, or that of a fragment.
    pub file: String,
    /// The line in that file.
    pub line: usize,
    /// The file and line in which the operation begins, which distinguish it from others of the same name.
    #[serde(skip)]
    pub declared_in: String,
}

/// The effect of a change on an operation that it reaches. The worst sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is rejected, or its response can no longer be read.
    Broken,
    /// The effect depends on the variables and on the response.
    PotentiallyAffected,
    /// It works as before.
    Unaffected,
}

impl Status {
    /// Its human-readable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::PotentiallyAffected => "potentially affected",
            Self::Unaffected => "unaffected",
        }
    }
}
