//! What an operation does, and whether it may be repeated.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether an operation reads or writes, whatever its HTTP verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationKind {
    /// Reads.
    Query,
    /// Writes.
    Mutation,
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
        })
    }
}

/// Whether an operation may be retried if it is unknown whether the first request arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Replay {
    /// It changes nothing.
    Safe,
    /// It is idempotent: repeating it has no further effect.
    Idempotent,
    /// It is not idempotent.
    Never,
}
