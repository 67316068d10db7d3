//! Saved tenants: each is a file with everything that is known about a tenant, except for its key.

mod folder;
mod key;
mod keyring;
mod name;

use serde::{Deserialize, Serialize};
use thought_industries::{Dialect, TenantProfile};

pub(crate) use folder::{Folder, remove_keys};
pub(crate) use key::{KeySource, variable};
pub(crate) use keyring::store;
pub(crate) use name::Name;

/// A saved tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Saved {
    /// The tenant's address.
    pub(crate) url: String,
    /// Where the key is.
    pub(crate) key: KeySource,
    /// `--dialect`, as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dialect: Option<Dialect>,
    /// `--graphql-path`, as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) graphql_path: Option<String>,
    /// `--key-in`, as it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) key_in: Vec<String>,
    /// `--learner-role`, as it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) learner_role: Vec<String>,
    /// What connecting has shown.
    pub(crate) profile: TenantProfile,
}
