//! What earlier runs leave to a later one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::source::SourceKind;

/// What earlier runs leave to a later one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Memory {
    /// The links that were made by hand.
    pub by_hand: Vec<HandLink>,
    /// The last person of each user, by ids and keys.
    pub persons: BTreeMap<String, String>,
    /// How many rows each source had when it was last complete and fresh.
    pub rows: BTreeMap<SourceKind, usize>,
}

/// A link that was made by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HandLink {
    /// The user: their id or address.
    pub account: String,
    /// The person: their key, number or address.
    pub person: String,
    /// When it was made.
    pub at: Date,
    /// Who made it, as the caller names them.
    pub by: String,
}

impl HandLink {
    /// A link.
    pub fn new(account: &str, person: &str, at: Date, by: &str) -> Self {
        Self { account: account.to_owned(), person: person.to_owned(), at, by: by.to_owned() }
    }
}
