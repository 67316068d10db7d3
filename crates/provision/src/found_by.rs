//! How a row found its user, as a plan has it.

use serde::{Deserialize, Serialize};

use crate::desired::MatchBy;

/// How a row found its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum FoundBy {
    /// By the e-mail address.
    Email,
    /// By the id in the other system.
    ExternalCustomerId,
    /// By the name: the address or the id has changed.
    Name,
    /// By the text before the `@` of the address: the domain has changed.
    LocalPart,
}

impl FoundBy {
    /// The same in words, such as `e-mail address`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::ExternalCustomerId => "externalCustomerId",
            Self::Name => "name",
            Self::LocalPart => "the text before the @",
        }
    }
}

impl From<MatchBy> for FoundBy {
    fn from(key: MatchBy) -> Self {
        match key {
            MatchBy::Email => Self::Email,
            MatchBy::ExternalCustomerId => Self::ExternalCustomerId,
        }
    }
}
