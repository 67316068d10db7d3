//! The commands of `graphql-drift`: for its own binary, and for other programs that have them among theirs.
//!
//! ```
//! use clap::Parser as _;
//! use graphql_drift_cli::{Command, Context};
//!
//! #[derive(clap::Parser)]
//! struct Arguments {
//!     #[command(subcommand)]
//!     command: Command,
//! }
//!
//! let arguments = Arguments::parse_from(["tool", "diff", "/nowhere/old.graphql", "new.graphql"]);
//! let context = Context::default();
//! assert!(graphql_drift_cli::run(arguments.command, graphql_drift::Format::Text, &context).is_err());
//! ```
//!
//! *Invariant*: only `fetch` uses the network, and only for a schema that is named by its URL.

mod arguments;
mod clock;
mod commands;
mod configuration;
mod context;
mod failure;
mod fetch;
mod git;
mod header;
mod output;
mod place;
mod settings;
mod source;

pub use arguments::{CheckArguments, Command, Days, OperationsArguments, ReadArguments};
pub use commands::run;
pub use context::Context;
pub use failure::Failure;
pub use header::Header;
pub use output::{finish, print};
pub use place::Place;
pub use settings::Settings;
pub use source::{operations, version};
