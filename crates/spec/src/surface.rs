//! The ways to reach a tenant, and where they take the key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidName;

/// An API surface of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Surface {
    /// The GraphQL endpoint.
    #[serde(rename = "graphql")]
    GraphQl,
    /// REST below `/incoming/v2`.
    #[serde(rename = "v2")]
    RestV2,
    /// REST below `/incoming/api/v1`.
    #[serde(rename = "v1")]
    RestV1,
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GraphQl => "GraphQL",
            Self::RestV2 => "REST v2",
            Self::RestV1 => "REST v1",
        })
    }
}

/// Where a request carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum KeyPlacement {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `X-API-Key: KEY`.
    Header,
    /// `?apiKey=KEY`. Servers and proxies log URLs.
    Query,
}

impl KeyPlacement {
    /// All, in declaration order.
    pub const ALL: [Self; 3] = [Self::Bearer, Self::Header, Self::Query];
}

impl fmt::Display for KeyPlacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer => "bearer",
            Self::Header => "header",
            Self::Query => "query",
        })
    }
}

impl FromStr for KeyPlacement {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let found = Self::ALL.into_iter().find(|placement| placement.to_string() == text);
        found.ok_or_else(|| {
            InvalidName(format!("`{text}` is not a place for the key; use `bearer`, `header` or `query`"))
        })
    }
}
