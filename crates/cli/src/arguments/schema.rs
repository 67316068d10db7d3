//! The command line of `ti schema`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use graphql_drift::{FailOn, Levels};

use super::place::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Introspect the tenant and write its schema as sorted SDL
    Pull {
        /// The file to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Compare two schemas, and report what the changes break
    ///
    /// A schema is SDL or introspection JSON, in a file, on standard input (`-`) or, as `git:REV:PATH`, in a
    /// revision of the repository.
    /// Exit code 0: the check passes; 1: it fails; 2: could not run.
    Diff {
        /// The old schema
        old: Place,
        /// The new schema
        new: Place,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: OperationsArguments,
        #[command(flatten)]
        check: CheckArguments,
    },
    /// Compare the tenant's schema with the pinned one
    ///
    /// Exit code 0: the check passes; 1: it fails; 2: could not run.
    Check {
        /// The pinned schema
        #[arg(long, value_name = "FILE", default_value = "schema/schema.graphql")]
        pinned: Place,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: OperationsArguments,
        #[command(flatten)]
        check: CheckArguments,
    },
    /// Check operations against a schema: every document, all errors
    ///
    /// Exit code 0: all fit; 1: some do not; 2: could not run.
    Validate {
        /// The schema
        schema: Place,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: RequiredOperations,
    },
    /// List the types and fields that operations use, and deprecated ones that they do not use
    Coverage {
        /// The schema
        schema: Place,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: RequiredOperations,
    },
    /// Compare the schemas of a folder in order: what was added, removed and restored, and what broke
    ///
    /// Versions are ordered by file name, numbers in it by value. A version that cannot be read is reported and
    /// skipped. Exit code 0: the check passes; 1: it fails;
    /// 2: could not run.
    History {
        /// A folder of schemas, each SDL or introspection JSON
        folder: PathBuf,
        #[command(flatten)]
        read: ReadArguments,
        #[command(flatten)]
        operations: OperationsArguments,
        #[command(flatten)]
        check: CheckArguments,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ReadArguments {
    /// Refuse a schema that defines a name twice. Otherwise the last definition counts, with a warning
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OperationsArguments {
    /// A folder of operations, or a file; may be repeated
    #[arg(long, value_name = "DIR")]
    pub(crate) operations: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RequiredOperations {
    /// A folder of operations, or a file; may be repeated
    #[arg(long, value_name = "DIR", required = true)]
    pub(crate) operations: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The lowest level of a change that fails the check. A change that breaks an operation always does
    #[arg(long, value_enum, default_value_t = FailLevel::Breaking, value_name = "LEVEL")]
    pub(crate) fail_on: FailLevel,
    /// A list of accepted changes (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) accept: Option<PathBuf>,
    /// Add the changes that fail the check to the list of accepted ones
    #[arg(long, requires = "accept")]
    pub(crate) write_accept: bool,
    /// The reason for accepting them
    #[arg(long, requires = "write_accept", value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) reason: Option<String>,
    /// The levels to use: this tool's own, which depend on where a type is used, or graphql-inspector's
    #[arg(long, value_enum, default_value_t = LevelsOf::Own, value_name = "WHOSE")]
    pub(crate) levels: LevelsOf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LevelsOf {
    Own,
    GraphqlInspector,
}

impl From<LevelsOf> for Levels {
    fn from(whose: LevelsOf) -> Self {
        match whose {
            LevelsOf::Own => Self::Own,
            LevelsOf::GraphqlInspector => Self::GraphqlInspector,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FailLevel {
    Breaking,
    Dangerous,
    Any,
    None,
}

impl From<FailLevel> for FailOn {
    fn from(level: FailLevel) -> Self {
        match level {
            FailLevel::Breaking => Self::Breaking,
            FailLevel::Dangerous => Self::Dangerous,
            FailLevel::Any => Self::Any,
            FailLevel::None => Self::None,
        }
    }
}
