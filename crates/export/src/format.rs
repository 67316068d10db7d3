//! The formats of files.

use std::path::Path;
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// The format of the files of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A JSON object on each line, with the API's names.
    Ndjson,
    /// The same, compressed with zstd.
    NdjsonZstd,
    /// CSV as in RFC 4180, in UTF-8, with a heading and `\n` at the ends of lines. Lists are JSON.
    Csv,
    /// A database of `SQLite`, with a table for each stream.
    Sqlite,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Ndjson, Self::NdjsonZstd, Self::Csv, Self::Sqlite];

    /// Its name in arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::NdjsonZstd => "ndjson-zstd",
            Self::Csv => "csv",
            Self::Sqlite => "sqlite",
        }
    }

    /// The end of the names of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::NdjsonZstd => "ndjson.zst",
            other => other.name(),
        }
    }

    /// The format that the name of a file shows.
    ///
    /// ```
    /// use thought_industries_export::Format;
    ///
    /// assert_eq!(Format::of_path("users.ndjson.zst".as_ref()), Some(Format::NdjsonZstd));
    /// assert_eq!(Format::of_path("tenant.db".as_ref()), Some(Format::Sqlite));
    /// assert_eq!(Format::of_path("users".as_ref()), None);
    /// ```
    pub fn of_path(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let ends = [
            (".ndjson", Self::Ndjson),
            (".jsonl", Self::Ndjson),
            (".ndjson.zst", Self::NdjsonZstd),
            (".jsonl.zst", Self::NdjsonZstd),
            (".csv", Self::Csv),
            (".sqlite", Self::Sqlite),
            (".sqlite3", Self::Sqlite),
            (".db", Self::Sqlite),
        ];
        ends.into_iter().find(|(end, _)| name.ends_with(end)).map(|(_, format)| format)
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::new(ErrorKind::Argument, format!("`{text}` is not a format; use one of {names}"))
        })
    }
}
