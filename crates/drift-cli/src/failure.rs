//! Why a command did not succeed.

use std::error::Error as StdError;
use std::io;
use std::process::ExitCode;

use graphql_drift::printable;

/// Why a command did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A check found something and has reported it.
    Found,
    /// The command could not run.
    CouldNotRun {
        /// Why.
        reason: String,
        /// What to do about it.
        help: Option<&'static str>,
    },
    /// The reader of the output has stopped reading.
    BrokenPipe,
}

impl Failure {
    /// The command could not run; `help` is what to do next.
    pub(crate) fn new(reason: impl Into<String>, help: &'static str) -> Self {
        Self::CouldNotRun { reason: reason.into(), help: Some(help) }
    }

    /// An error with all its causes.
    pub(crate) fn could_not_run(error: &dyn StdError) -> Self {
        Self::CouldNotRun { reason: with_causes(error), help: None }
    }

    /// Reports it on standard error, unless it has been reported.
    pub fn report(&self) {
        if let Self::CouldNotRun { reason, help } = self {
            // A message may repeat what a file or a server holds, with control characters for the terminal.
            eprintln!("error: {}", printable(reason));
            if let Some(help) = help {
                eprintln!("help: {help}");
            }
        }
    }

    /// The exit code: 1 if a check found something, 2 if the command could not run.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            // A reader such as `head` stops on purpose, which is no failure.
            Self::BrokenPipe => ExitCode::SUCCESS,
            Self::Found => ExitCode::from(1),
            Self::CouldNotRun { .. } => ExitCode::from(2),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::BrokenPipe } else { Self::could_not_run(&error) }
    }
}

/// The message of an error with those of its causes.
pub(crate) fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
