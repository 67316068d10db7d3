//! Reads a schema from text and detects the format.

use crate::{LoadError, Schema, Version};

/// Reads a schema from SDL or from introspection JSON, whichever the text contains.
///
/// # Errors
/// As [`Version::read`].
pub fn read(text: &str) -> Result<Schema, LoadError> {
    Version::read("", text.as_bytes()).map(|version| version.schema)
}
