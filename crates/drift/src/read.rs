//! Schemas from texts, told apart by what is in them.

use crate::{LoadError, Schema, Version};

/// Reads a schema from SDL or from introspection JSON, whichever the text is.
///
/// # Errors
/// As [`Version::read`].
pub fn read(text: &str) -> Result<Schema, LoadError> {
    Version::read("", text.as_bytes()).map(|version| version.schema)
}
