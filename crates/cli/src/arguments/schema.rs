//! The command line of `ti schema`.

use std::path::PathBuf;

use clap::Subcommand;
use graphql_drift_cli::{CheckArguments, Command, OperationsArguments, Place, ReadArguments};

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// Introspect the tenant and write its schema as sorted SDL
    Pull {
        /// The file to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
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
        check: Box<CheckArguments>,
    },
    #[command(flatten)]
    Offline(Box<Command>),
}
