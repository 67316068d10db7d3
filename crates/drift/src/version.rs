//! One version of a schema: its name, its content, and the lines of its parts.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::schema::{Position, Repeat, Schema};
use crate::warning::Warning;
use crate::{LoadError, introspection, sdl};

/// A schema that was read from a text, so that its parts have lines.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its name in reports, such as the path of its file.
    pub name: String,
    /// The schema.
    pub schema: Schema,
    /// Its date, if that is known; `None` unless the caller sets it.
    pub date: Option<Date>,
    /// The offsets of the newlines in its text.
    newlines: Vec<u32>,
    /// Whether it has lines. A minified introspection result is one line, which says nothing.
    has_lines: bool,
    /// Whether the text contains applied directives; introspection does not.
    pub(crate) has_usages: bool,
    /// Whether its name is that of a source, and its lines are those of the source.
    pub(crate) is_source: bool,
}

impl Version {
    /// The largest text that is read, in bytes.
    pub const LARGEST: usize = 64 << 20;

    /// Reads SDL or introspection JSON (with or without `data` around it), whichever the text contains.
    ///
    /// # Errors
    /// If it is neither, not UTF-8 or UTF-16 with a byte order mark, or larger than [`Version::LARGEST`].
    ///
    /// ```
    /// let version = graphql_drift::Version::read("a.graphql", b"type Query { a: Int }")?;
    /// assert!(version.schema.types.contains_key("Query"));
    /// # Ok::<(), graphql_drift::LoadError>(())
    /// ```
    pub fn read(name: impl Into<String>, text: &[u8]) -> Result<Self, LoadError> {
        if text.len() > Self::LARGEST {
            return Err(LoadError::TooLarge(text.len()));
        }
        let text = decode(text)?;
        let text = &*text;
        let is_json = text.trim_start().starts_with('{');
        let schema = if is_json { introspection::load(text.as_bytes())? } else { sdl::load(text)? };
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes()).filter_map(|offset| u32::try_from(offset).ok());
        let newlines: Vec<u32> = newlines.collect();
        Ok(Self {
            name: name.into(),
            schema,
            date: None,
            has_lines: !is_json || newlines.len() > 1,
            newlines,
            has_usages: !is_json,
            is_source: true,
        })
    }

    /// A version from an introspected schema. Its lines are those of its SDL ([`sdl::print`]).
    ///
    /// # Errors
    /// If it cannot be written as SDL.
    pub fn introspected(name: impl Into<String>, schema: &Schema) -> Result<Self, LoadError> {
        let version = Self::read(name, sdl::print(schema).as_bytes())?;
        // The printed SDL has no applied directives, but that does not mean that the server has none.
        Ok(Self { has_usages: false, is_source: false, ..version })
    }

    /// Names that the text defines more than once, which the specification forbids and some servers return. The last
    /// definition counts.
    pub fn warnings(&self) -> Vec<Warning> {
        let warning = |repeat: &Repeat| Warning {
            coordinate: repeat.coordinate.clone(),
            ignored_line: self.line(repeat.ignored),
            kept_line: self.line(repeat.kept),
        };
        self.schema.repeats.0.iter().map(warning).collect()
    }

    /// The same version, if it has no [`warnings`](Self::warnings).
    ///
    /// # Errors
    /// The first warning, if there is one.
    pub fn strict(self) -> Result<Self, LoadError> {
        match self.warnings().into_iter().next() {
            Some(warning) => Err(LoadError::Duplicate(warning)),
            None => Ok(self),
        }
    }

    /// Whether it was read from SDL, so that errors can point into its text.
    pub fn is_sdl(&self) -> bool {
        self.has_usages
    }

    /// The line of a position, counted from 1; `None` in a minified introspection result.
    pub fn line(&self, position: Position) -> Option<usize> {
        let offset = u32::try_from(position.offset().filter(|_| self.has_lines)?).ok()?;
        Some(self.newlines.partition_point(|newline| *newline < offset) + 1)
    }
}

/// The characters of a text in UTF-8, or in UTF-16 with a byte order mark, as some editors and shells write it.
///
/// # Errors
/// If it is in another encoding.
///
/// ```
/// assert_eq!(graphql_drift::decode(b"\xff\xfea\0b\0")?, "ab");
/// # Ok::<(), graphql_drift::LoadError>(())
/// ```
pub fn decode(text: &[u8]) -> Result<Cow<'_, str>, LoadError> {
    let from_pair: fn([u8; 2]) -> u16 = match text {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => {
            let text = str::from_utf8(text).map_err(|error| LoadError::NotUtf8(error.valid_up_to()))?;
            // serde_json rejects a byte order mark, which some editors write.
            return Ok(Cow::Borrowed(text.trim_start_matches('\u{feff}')));
        }
    };
    let (pairs, rest) = text.as_chunks::<2>();
    let units = pairs.iter().skip(1).copied().map(from_pair);
    let decoded: Result<String, _> = char::decode_utf16(units).collect();
    match (decoded, rest) {
        (Ok(text), []) => Ok(Cow::Owned(text)),
        _ => Err(LoadError::NotUtf16),
    }
}
