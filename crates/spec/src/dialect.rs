//! The interpretations of TI's documents.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidName;

/// An interpretation of TI's documents that a tenant may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// As the reference and the API guide describe it: GraphQL with the operations that the v2 reference names, v2 bodies
    /// as `data.<Operation>` paged by number, and v1.
    #[default]
    Documented,
    /// As production clients observed it: flat bodies, cursors, no listing over GraphQL, no v1.
    Observed,
}

impl Dialect {
    /// Both, in declaration order.
    pub const ALL: [Self; 2] = [Self::Documented, Self::Observed];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let found = Self::ALL.into_iter().find(|dialect| dialect.name() == text);
        found.ok_or_else(|| InvalidName(format!("`{text}` is not a dialect; use `documented` or `observed`")))
    }
}
