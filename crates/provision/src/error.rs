//! Why something was not planned, carried out or rolled back.

use std::fmt;
use std::io;
use std::path::Path;

/// Why something was not planned, carried out or rolled back. The text says what happened, [`help`](Self::help) what to do
/// next.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    help: Option<&'static str>,
    problems: Vec<String>,
    refused: Vec<(String, usize)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The roster, or the file that maps its columns, cannot be used. Nothing was planned.
    Roster,
    /// The plan would change more than the policy allows. Nothing was planned.
    Guard,
    /// The file is not a plan, or was changed. Nothing was written to the tenant.
    Plan,
    /// The plan is not approved as it has to be, or a file with keys or approvals cannot be used. Nothing was written to the
    /// tenant.
    Approval,
    /// The plan or the journal was written by another version. Nothing was written to the tenant.
    Version,
    /// The file is not the journal that is needed, or is in use. Nothing was written to the tenant.
    Journal,
    /// A list of the tenant could not be read to its end. Nothing was written.
    List,
    /// Another process writes to the tenant. This one wrote nothing.
    Locked,
    /// The run stopped before its end, since the tenant does not answer or does not accept the key, or too many entries
    /// failed.
    Stopped,
    /// A call to the tenant failed.
    Tenant,
    /// A file could not be read or written.
    Io,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None, problems: Vec::new(), refused: Vec::new(), source: None }
    }

    /// An error about a file.
    pub(crate) fn of_file(kind: ErrorKind, path: &Path, message: impl fmt::Display) -> Self {
        Self::new(kind, format!("{}: {message}", path.display()))
    }

    /// An error of the client, with what it means here.
    pub(crate) fn of_client(kind: ErrorKind, message: String, error: thought_industries::Error) -> Self {
        Self { source: Some(Box::new(error)), ..Self::new(kind, message) }
    }

    pub(crate) fn with_help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }

    pub(crate) fn with_problems(self, problems: Vec<String>) -> Self {
        Self { problems, ..self }
    }

    pub(crate) fn with_refused(self, refused: Vec<(String, usize)>) -> Self {
        Self { refused, ..self }
    }

    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do next, if that can be said.
    pub fn help(&self) -> Option<&'static str> {
        self.help
    }

    /// Further problems of the same kind, such as all bad rows of a roster but the last.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The guards that refused a plan: the name of each kind, and how many users the plan would have changed. Unlike the
    /// message, this names no user.
    pub fn refused(&self) -> &[(String, usize)] {
        &self.refused
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
        // The message of an error that was passed on is that of its source.
        self.source.as_ref().and_then(|source| source.source())
    }
}

impl From<thought_industries::Error> for Error {
    fn from(error: thought_industries::Error) -> Self {
        Self { source: Some(Box::new(error)), ..Self::new(ErrorKind::Tenant, "") }.with_message_of_source()
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self { source: Some(Box::new(error)), ..Self::new(ErrorKind::Io, "") }.with_message_of_source()
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}

impl Error {
    fn with_message_of_source(mut self) -> Self {
        if let Some(source) = &self.source {
            self.message = source.to_string();
        }
        self
    }
}
