//! Why identities were not compared.

use std::fmt;
use std::path::Path;

/// Why identities were not compared. The text says what happened, [`help`](Self::help) what to do next.
#[derive(Debug)]
pub struct Error {
    message: String,
    help: Option<&'static str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, source: None }
    }

    pub(crate) fn of_file(path: &Path, message: impl fmt::Display) -> Self {
        Self::new(format!("{}: {message}", path.display()))
    }

    pub(crate) fn with_help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }

    /// What to do next.
    pub fn help(&self) -> Option<&'static str> {
        self.help
    }

    /// The error of the engine, if it is one.
    pub fn as_provision_error(&self) -> Option<&thought_industries_provision::Error> {
        self.source.as_ref().and_then(|source| source.downcast_ref())
    }

    /// The error of the client, if a call failed.
    pub fn as_client_error(&self) -> Option<&thought_industries::Error> {
        let own = self.source.as_ref().and_then(|source| source.downcast_ref());
        own.or_else(|| self.as_provision_error().and_then(thought_industries_provision::Error::as_client_error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<thought_industries_provision::Error> for Error {
    fn from(error: thought_industries_provision::Error) -> Self {
        let problems = error.problems().iter().map(|problem| format!("{problem}\n"));
        let message = problems.chain([error.to_string()]).collect::<String>();
        Self { help: error.help(), source: Some(Box::new(error)), ..Self::new(message) }
    }
}

impl From<thought_industries_export::Error> for Error {
    fn from(error: thought_industries_export::Error) -> Self {
        Self { help: error.help(), ..Self::new(error.to_string()) }
    }
}

impl From<thought_industries::Error> for Error {
    fn from(error: thought_industries::Error) -> Self {
        Self { source: Some(Box::new(error)), ..Self::new("the tenant could not be read") }
    }
}
