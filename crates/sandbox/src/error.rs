//! Why a sandbox could not start.

use apollo_compiler::validation::DiagnosticList;

/// A sandbox that could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The port is taken or unavailable.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port that was requested; 0 for any.
        port: u16,
        /// The error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// The schema to serve cannot be read.
    #[error("cannot read the schema to serve")]
    Load(#[from] graphql_drift::LoadError),
    /// The schema to serve was read, but is not valid.
    #[error("the schema to serve is not valid: {0}")]
    Invalid(String),
    /// Events cannot be delivered.
    #[error("events cannot be delivered: {0}")]
    Deliver(String),
    /// The number of users is zero, or too large for the ids.
    #[error("a sandbox has between 1 and 4294967295 users, not {0}")]
    Size(u64),
}

/// The problems of a schema, or of the documents that read REST bodies from it, each with its line. The documents are
/// long, and their text adds nothing.
pub(crate) fn problems(errors: &DiagnosticList) -> String {
    let problems = errors.iter().map(|diagnostic| {
        let place = diagnostic.line_column_range().map(|range| format!("line {}: ", range.start.line));
        format!("{}{}", place.unwrap_or_default(), diagnostic.error)
    });
    problems.collect::<Vec<_>>().join("; ")
}
