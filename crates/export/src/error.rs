//! Why something was not exported, read or compared.

use std::fmt;
use std::io;
use std::path::Path;

/// Why something was not exported, read or compared. The text says what happened, [`help`](Self::help) what to do next.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    help: Option<&'static str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument is not valid, such as a column that the stream does not have. Nothing was read.
    Argument,
    /// A file is in the way. Nothing was overwritten.
    Exists,
    /// There is no checkpoint, or it is that of another export. Nothing was changed.
    Checkpoint,
    /// Another process writes the same export. This one wrote nothing.
    Locked,
    /// The tenant could not be read to the end. What was read is kept, and the export can be resumed.
    Tenant,
    /// A file of an export is not what its manifest says.
    Damaged,
    /// A file could not be read or written. An export that had begun can be resumed.
    Io,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None, source: None }
    }

    /// An error about a file.
    pub(crate) fn of_file(kind: ErrorKind, path: &Path, message: impl fmt::Display) -> Self {
        Self::new(kind, format!("{}: {message}", path.display()))
    }

    /// An error of the system about a file.
    pub(crate) fn of_io(path: &Path, what: &str, error: io::Error) -> Self {
        let message = format!("cannot {what} {}: {error}", path.display());
        Self { source: Some(Box::new(error)), ..Self::new(ErrorKind::Io, message) }
    }

    /// An error of the client that ends an export which can be resumed.
    pub(crate) fn of_client(message: String, error: thought_industries::Error) -> Self {
        Self { source: Some(Box::new(error)), ..Self::new(ErrorKind::Tenant, message) }
    }

    pub(crate) fn with_help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }

    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do next, if that can be said.
    pub fn help(&self) -> Option<&'static str> {
        self.help
    }

    /// The error of the client, if a call failed.
    pub fn as_client_error(&self) -> Option<&thought_industries::Error> {
        self.source.as_ref()?.downcast_ref()
    }

    /// The error of the system, if a file could not be read or written.
    pub fn as_io_error(&self) -> Option<&io::Error> {
        self.source.as_ref()?.downcast_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The message has the text of its source.
        self.source.as_ref().and_then(|source| source.source())
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        let message = error.to_string();
        Self { source: Some(Box::new(error)), ..Self::new(ErrorKind::Io, message) }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::from(error),
            other => Self::new(ErrorKind::Damaged, format!("not readable as CSV: {other:?}")),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let message = format!("SQLite: {error}");
        Self { source: Some(Box::new(error)), ..Self::new(ErrorKind::Io, message) }
    }
}
