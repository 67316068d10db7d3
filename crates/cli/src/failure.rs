//! How `ti` ends.

use std::error::Error as StdError;
use std::io;
use std::process::ExitCode;

use crate::output::printable;

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no such thing.
    Nothing(String),
    /// A check found something, and has said what.
    Found,
    /// The command could not run.
    CouldNotRun { reason: String, help: Option<&'static str> },
    /// Whoever read the output has stopped reading.
    NobodyReads,
}

impl Failure {
    /// An error with all its causes.
    pub(crate) fn could_not_run(error: &dyn StdError) -> Self {
        Self::CouldNotRun { reason: with_causes(error), help: None }
    }
}

impl From<thought_industries::Error> for Failure {
    fn from(error: thought_industries::Error) -> Self {
        let reason = with_causes(&error);
        if error.is_not_found() {
            return Self::Nothing(reason);
        }
        let help = if error.outcome_unknown() {
            Some("it may have been done all the same: look with `ti users get` before you try again")
        } else if error.is_unverified() {
            Some("it is written; look with `ti users get` whether it is as it should be")
        } else if !error.fields_not_applied().is_empty() {
            Some("the rest is written; keys of custom fields have to be set up by an administrator first")
        } else if error.is_settings() {
            Some("name a tenant with --url or --subdomain and its key with TI_API_KEY, or try --sandbox")
        } else if error.is_unauthorized() {
            Some("check that TI_API_KEY is a key of this tenant")
        } else if error.is_forbidden() {
            Some("the key's role may not do this; use the key of an administrator")
        } else if error.is_no_route() {
            Some("`ti capabilities --live` shows what the tenant has")
        } else if error.is_transient() {
            Some("nothing was changed; try again in a while")
        } else if error.is_conflict() {
            Some("nothing was changed; `ti users get` with the address shows who has it")
        } else if error.is_decode() {
            Some("the answer is not what the pinned schema says; `ti schema pull` shows the tenant's own")
        } else {
            None
        };
        Self::CouldNotRun { reason, help }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::CouldNotRun { reason: format!("cannot write: {error}"), help: None },
        }
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::from(error),
            other => Self::CouldNotRun { reason: format!("cannot write CSV: {other:?}"), help: None },
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}

fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Says on standard error what went wrong: exit 0, 1 or 2.
pub(crate) fn exit_code(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) | Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(Failure::Found) => ExitCode::from(1),
        Err(Failure::Nothing(reason)) => {
            eprintln!("{}", printable(&reason));
            ExitCode::from(1)
        }
        Err(Failure::CouldNotRun { reason, help }) => {
            eprintln!("error: {}", printable(&reason));
            if let Some(help) = help {
                eprintln!("help: {help}");
            }
            ExitCode::from(2)
        }
    }
}
