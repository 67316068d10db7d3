//! The rules by which links are made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A rule that links, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Rule {
    /// By hand.
    Manual,
    /// The same number of the employee.
    Number,
    /// The link that the SCIM gateway made.
    Scim,
    /// The same address.
    Address,
    /// An address that the directory has as an alias.
    Alias,
    /// The same address, but for a domain that was renamed.
    Domain,
}

impl Rule {
    /// The rules in their order.
    pub const ALL: [Self; 6] = [Self::Manual, Self::Number, Self::Scim, Self::Address, Self::Alias, Self::Domain];

    /// The name, as reports have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Number => "number",
            Self::Scim => "scim",
            Self::Address => "address",
            Self::Alias => "alias",
            Self::Domain => "domain",
        }
    }

    /// What it compares, for readers.
    pub fn title(self) -> &'static str {
        match self {
            Self::Manual => "by hand",
            Self::Number => "employee number",
            Self::Scim => "SCIM link",
            Self::Address => "address",
            Self::Alias => "alias",
            Self::Domain => "address in a renamed domain",
        }
    }
}

/// A link that the SCIM gateway made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ScimLink {
    /// The id in the tenant.
    pub user_id: String,
    /// The id in the directory.
    pub external_id: Option<String>,
    /// The name that the directory knows the user by.
    pub user_name: String,
}

impl ScimLink {
    /// A link.
    pub fn new(user_id: impl Into<String>, external_id: Option<String>, user_name: impl Into<String>) -> Self {
        Self { user_id: user_id.into(), external_id, user_name: user_name.into() }
    }
}

/// Domains that were renamed, each with the one that it is now.
pub(crate) type Domains = BTreeMap<String, String>;
