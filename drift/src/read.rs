//! Schemas from files, told apart by what is in them.

use crate::{LoadError, Schema, introspection, sdl};

/// Reads a schema from SDL or from introspection JSON, whichever the text is.
///
/// # Errors
/// As [`sdl::load`] and [`introspection::load`].
pub fn read(text: &str) -> Result<Schema, LoadError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') { introspection::load(text.as_bytes()) } else { sdl::load(text) }
}
