//! Exit codes, errors and what to do about them.

use std::error::Error as StdError;
use std::io;
use std::process::ExitCode;

use graphql_drift::printable;
use thought_industries::{ConnectionProblem, Error as ClientError};
use thought_industries_export::Error as ExportError;
use thought_industries_identity::Error as IdentityError;
use thought_industries_provision::{Error as ProvisionError, ErrorKind as ProvisionErrorKind};

/// Why a command did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The requested object was not found.
    NotFound(String),
    /// A check found something and has reported it.
    Found,
    /// An export may be incomplete, which was reported.
    Unproven,
    /// The command could not run.
    CouldNotRun { reason: String, help: Option<&'static str> },
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
}

impl From<graphql_drift_cli::Failure> for Failure {
    fn from(failure: graphql_drift_cli::Failure) -> Self {
        match failure {
            graphql_drift_cli::Failure::Found => Self::Found,
            graphql_drift_cli::Failure::CouldNotRun { reason, help } => Self::CouldNotRun { reason, help },
            graphql_drift_cli::Failure::BrokenPipe => Self::BrokenPipe,
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let reason = with_causes(&error);
        if error.is_not_found() {
            return Self::NotFound(reason);
        }
        Self::CouldNotRun { reason, help: help(&error) }
    }
}

/// What to do about an error of the client.
fn help(error: &ClientError) -> Option<&'static str> {
    let helps = [
        (error.execution().is_unknown(), "the write may have run: use `ti users get` before you try again"),
        (error.connection_problem().is_some(), error.connection_problem().map_or("", ConnectionProblem::help)),
        (error.is_unverified(), "the write was made, but could not be verified; check it with `ti users get`"),
        (
            !error.fields_not_applied().is_empty(),
            "the other fields were written; an administrator has to set up the keys of custom fields first",
        ),
        (
            error.is_settings(),
            "name a tenant with --url or --subdomain and its key with TI_API_KEY, or with --tenant; or try --sandbox",
        ),
        (error.is_invalid_argument(), "nothing was sent; correct the argument and try again"),
        (
            error.is_unauthorized(),
            "check that the key in TI_API_KEY, or where the saved tenant has it, is a key of this tenant; `ti doctor` \
             shows where it was sent",
        ),
        (error.is_forbidden(), "the key does not have the permission; use the key of an administrator"),
        (error.is_no_route(), "`ti doctor` shows what the tenant responds, `ti capabilities --live` what it has"),
        (
            error.is_retry_budget_spent(),
            "nothing was changed; most responses of the tenant are failures, so wait until it works again",
        ),
        (error.is_retryable(), "nothing was changed; try again later"),
        (error.is_conflict(), "nothing was changed; `ti users get` with the address shows the user who has it"),
        (error.is_decode(), "the response does not match the pinned schema; `ti schema pull` shows the tenant's own"),
    ];
    // The first that holds counts: whether a write ran matters more than why it failed.
    helps.into_iter().find(|(holds, _)| *holds).map(|(_, help)| help)
}

impl From<ProvisionError> for Failure {
    fn from(error: ProvisionError) -> Self {
        // `io::Error` cannot be cloned, and its kind shows whether the reader has merely stopped reading.
        if let Some(io) = error.as_io_error() {
            return Self::from(io::Error::new(io.kind(), io.to_string()));
        }
        // What a broken list means is in its own message.
        if let Some(client) = error.as_client_error().filter(|_| error.kind() != ProvisionErrorKind::List) {
            let reason = with_causes(client);
            return if client.is_not_found() {
                Self::NotFound(reason)
            } else {
                Self::CouldNotRun { reason, help: help(client) }
            };
        }
        for problem in error.problems() {
            eprintln!("error: {}", printable(problem));
        }
        Self::CouldNotRun { reason: error.to_string(), help: error.help() }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        if error.as_io_error().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return Self::BrokenPipe;
        }
        // What to do about the tenant comes before how the export goes on, which its documentation says.
        let of_client = error.as_client_error().filter(|client| client.is_unauthorized() || client.is_settings());
        Self::CouldNotRun { reason: with_causes(&error), help: of_client.and_then(help).or_else(|| error.help()) }
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        let help = error.as_client_error().and_then(help).or_else(|| error.help());
        Self::CouldNotRun { reason: with_causes(&error), help }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
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
        // As an I/O error, a closed pipe keeps its kind.
        Self::from(io::Error::from(error))
    }
}

pub(crate) fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Reports on standard error why a command did not succeed, unless it has been reported; each line begins with `prefix`.
pub(crate) fn report(failure: &Failure, prefix: &str) {
    match failure {
        Failure::Found | Failure::Unproven | Failure::BrokenPipe => {}
        Failure::NotFound(reason) => eprintln!("{prefix}{}", printable(reason)),
        Failure::CouldNotRun { reason, help } => {
            // The message may hold text of the tenant, with control characters for the terminal.
            eprintln!("{prefix}error: {}", printable(reason));
            if let Some(help) = help {
                eprintln!("{prefix}help: {help}");
            }
        }
    }
}

/// Reports an error on standard error, and returns exit code 0, 1, 2 or 3.
pub(crate) fn exit_code(done: Result<(), Failure>) -> ExitCode {
    match done {
        // A reader such as `head` stops on purpose, which is no failure.
        Ok(()) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure, "");
            ExitCode::from(match failure {
                Failure::CouldNotRun { .. } => 2,
                Failure::Unproven => 3,
                _ => 1,
            })
        }
    }
}
