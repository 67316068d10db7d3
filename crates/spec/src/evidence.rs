//! How sure each part of the wire contract is.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::InvalidName;

/// The evidence for a part of the wire contract, weakest first. `queries/routes.toml` holds the grades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(try_from = "String")]
#[non_exhaustive]
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

impl FromStr for Evidence {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        match text {
            "unknown" => Ok(Self::Unknown),
            "guide" => Ok(Self::Guide),
            "official" => Ok(Self::Official),
            other => match other.strip_prefix("observed by ").and_then(|clients| clients.parse().ok()) {
                Some(clients @ 1..) => Ok(Self::Observed(clients)),
                _ => Err(InvalidName(format!(
                    "`{other}` is no evidence; use `observed by N`, `official`, `guide` or `unknown`"
                ))),
            },
        }
    }
}

impl TryFrom<String> for Evidence {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
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
