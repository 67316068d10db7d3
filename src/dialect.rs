//! The interpretations of TI's documents.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// An interpretation of TI's documents that a tenant may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Dialect {
    /// As the reference and the API guide describe it.
    #[default]
    Documented,
    /// As production clients observed it: flat bodies, cursors, no listing over GraphQL, no v1.
    Observed,
}

impl Dialect {
    const ALL: [(Self, &str); 2] = [(Self::Documented, "documented"), (Self::Observed, "observed")];
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(dialect, _)| dialect == self).map_or("documented", |(_, name)| name))
    }
}

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text).map(|(dialect, _)| *dialect);
        found.ok_or_else(|| {
            Error::invalid_argument(format!("`{text}` is not a dialect; use `documented` or `observed`"))
        })
    }
}
