//! The kinds of failures.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::{Error, GraphQlError};
use crate::execution::Execution;
use crate::transport::TransportError;

/// What failed.
#[derive(Debug)]
pub(crate) enum Kind {
    /// The client is configured incorrectly.
    Settings(String),
    /// An argument of the call is invalid.
    InvalidArgument(String),
    Transport(TransportError),
    Refused(String),
    /// The response has no such key, and no message either.
    Lacks(String),
    NotFound(String),
    NotJson(String),
    Empty,
    GraphQl(Vec<GraphQlError>),
    Decode {
        path: String,
        source: Undecodable,
    },
    Paging(String),
    NoRoute(String),
    /// A write was accepted, but these fields were not applied.
    NotApplied(Vec<String>),
    /// A write was carried out, and reading it back failed.
    Unverified(Box<Error>),
    /// The call took longer than this.
    Elapsed(Duration),
    /// The wait for the tenant's limit would exceed this.
    Paced(Duration),
    /// The response shows another record than the one that was asked for.
    Mismatch,
    /// A cache returned a response that is so many seconds old.
    Cached(u64),
}

impl Kind {
    /// What the kind alone reveals about whether a mutation was carried out.
    pub(super) fn execution(&self) -> Execution {
        match self {
            Self::NotApplied(_) | Self::Unverified(_) => Execution::Ran,
            _ => Execution::DidNotRun,
        }
    }
}

/// Where and how decoding a body failed. Excludes the decoder's own message, which may contain values of the body.
#[derive(Debug)]
pub(crate) struct Undecodable {
    category: serde_json::error::Category,
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for Undecodable {
    fn from(error: serde_json::Error) -> Self {
        Self { category: error.classify(), line: error.line(), column: error.column() }
    }
}

impl Undecodable {
    /// Whether the body is truncated or malformed.
    pub(super) fn is_malformed(&self) -> bool {
        use serde_json::error::Category;
        matches!(self.category, Category::Eof | Category::Syntax)
    }
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl StdError for Undecodable {}
