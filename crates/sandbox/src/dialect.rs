//! The two readings of the public documents.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which reading of the documents a tenant follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// As the reference and the API guide describe it: GraphQL at `/incoming/api/graphql` with the operations that the
    /// v2 reference names, v2 bodies as `data.<Operation>` paged by number, and v1.
    #[default]
    Documented,
    /// As production clients observed it: GraphQL at `/helium` with the public roots, flat v2 bodies paged by cursor,
    /// no v1.
    Observed,
}

impl Dialect {
    /// Both, in declaration order.
    pub const ALL: [Self; 2] = [Self::Documented, Self::Observed];

    /// The path of the dialect's GraphQL endpoint.
    pub fn graphql_path(self) -> &'static str {
        match self {
            Self::Documented => "/incoming/api/graphql",
            Self::Observed => "/helium",
        }
    }

    /// Whether a path is that of GraphQL in either dialect.
    pub(crate) fn is_graphql_path(path: &str) -> bool {
        Self::ALL.iter().any(|dialect| dialect.graphql_path() == path)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
        })
    }
}

impl FromStr for Dialect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.to_string() == text)
            .ok_or_else(|| format!("`{text}` is not a dialect; use `documented` or `observed`"))
    }
}
