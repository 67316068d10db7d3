//! Values that are read from responses.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json;
use crate::Error;
use crate::error::Kind;
use crate::runtime::{Filtered, Picked, Selection, pick};

/// What was read from the body of a response.
pub(crate) struct Found<T> {
    pub(crate) value: T,
    /// The selected paths that the body does not have, sorted.
    pub(crate) gaps: Vec<String>,
    /// The paths whose values were dropped because of their JSON type, with both types.
    pub(crate) dropped: BTreeMap<String, String>,
}

impl<T> Found<T> {
    /// A value without gaps.
    pub(crate) fn whole(value: T) -> Self {
        Self { value, gaps: Vec::new(), dropped: BTreeMap::new() }
    }
}

/// Reads a value of a response, whichever surface returned it.
pub(crate) fn from_value<T: DeserializeOwned>(value: &Value, selection: &'static Selection) -> Result<Found<T>, Error> {
    decode(
        pick(selection, value)
            .map_err(|source| Error::new(Kind::Decode { path: ".".to_owned(), source: source.into() }))?,
    )
}

pub(crate) fn decode<T: DeserializeOwned>(picked: Picked) -> Result<Found<T>, Error> {
    // As text, since a decoder of values beside that of texts would be as much code again for each type.
    let value = json::decode(&picked.value.to_string())?;
    Ok(Found { value, gaps: gaps(picked.missing), dropped: picked.dropped })
}

impl<T> From<Filtered<T>> for Found<T> {
    fn from(Filtered { value, missing }: Filtered<T>) -> Self {
        Self { value, gaps: gaps(missing), dropped: BTreeMap::new() }
    }
}

/// Fields of `pageInfo` differ between surfaces, and callers do not select them, so they are not gaps. A missing
/// `pageInfo` is a gap: it is then unknown whether more pages follow.
fn gaps(missing: BTreeSet<String>) -> Vec<String> {
    missing.into_iter().filter(|path| !path.starts_with("pageInfo.") && !path.contains(".pageInfo.")).collect()
}
