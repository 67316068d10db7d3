//! How sure each part of the wire contract is, and where the surfaces are.

use std::fmt;

use serde::Deserialize;

use crate::surface::Surface;

/// The evidence for a part of the wire contract, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Evidence {
    /// None: it is plausible.
    #[default]
    Unknown,
    /// Only the API guide, which TI did not write.
    Guide,
    /// TI's reference.
    Official,
    /// This many public clients.
    Observed(u8),
}

impl TryFrom<String> for Evidence {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "unknown" => Ok(Self::Unknown),
            "guide" => Ok(Self::Guide),
            "official" => Ok(Self::Official),
            other => match other.strip_prefix("observed by ").and_then(|clients| clients.parse().ok()) {
                Some(clients @ 1..) => Ok(Self::Observed(clients)),
                _ => Err(format!("`{other}` is no evidence; use `observed by N`, `official`, `guide` or `unknown`")),
            },
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown"),
            Self::Guide => f.write_str("guide"),
            Self::Official => f.write_str("official"),
            Self::Observed(1) => f.write_str("observed (1 client)"),
            Self::Observed(clients) => write!(f, "observed ({clients} clients)"),
        }
    }
}

/// An endpoint of a surface: the GraphQL endpoint itself, or the base of a REST version.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Its path.
    pub path: String,
    /// The surface that it belongs to.
    pub surface: Surface,
    /// How sure it is that tenants have it.
    pub evidence: Evidence,
    /// Where it takes the key, in the order in which a client tries them.
    pub keys: Vec<Key>,
    /// The test which shows that every plausible refusal moves on to the next endpoint.
    pub fallthrough: Option<String>,
}

/// A place for the key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The place.
    pub r#in: KeyPlacement,
    /// How sure it is.
    pub evidence: Evidence,
}

/// Where a request carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyPlacement {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `X-API-Key: KEY`.
    Header,
    /// `?apiKey=KEY`.
    Query,
}

impl KeyPlacement {
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Bearer => "`Authorization: Bearer`",
            Self::Header => "`X-API-Key`",
            Self::Query => "`?apiKey=`",
        }
    }
}

/// An assumption about requests or responses.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireFact {
    /// What is assumed.
    pub fact: String,
    /// How sure it is.
    pub evidence: Evidence,
    /// How a client finds out if a tenant differs.
    pub corrected: String,
}
