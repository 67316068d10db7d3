//! `ti schema`.

mod check;
mod coverage;
mod diff;
mod history;
mod pull;
mod report;
mod source;
mod validate;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use graphql_drift::{FailOn, Levels};

use crate::arguments::TenantArguments;
use crate::failure::Failure;
use crate::output::{Output, ReportFormat};
use source::Place;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Introspect the tenant and write its schema as sorted SDL
    Pull {
        /// The file to write; without one, standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Say what changed from one schema to another, and what that breaks
    ///
    /// A schema is SDL or introspection JSON, in a file or, as `git:REV:PATH`, in a revision of the repository.
    /// Exit 0: nothing that fails the check; 1: something; 2: could not run.
    Diff {
        /// The schema before
        old: Place,
        /// The schema after
        new: Place,
        #[command(flatten)]
        operations: OperationsArguments,
        #[command(flatten)]
        check: CheckArguments,
    },
    /// Introspect the tenant and say what changed since its schema was pinned
    ///
    /// Exit 0: nothing that fails the check; 1: something; 2: could not run.
    Check {
        /// The pinned schema
        #[arg(long, value_name = "FILE", default_value = "schema/schema.graphql")]
        pinned: Place,
        #[command(flatten)]
        operations: OperationsArguments,
        #[command(flatten)]
        check: CheckArguments,
    },
    /// Check operations against a schema: every document, all errors
    ///
    /// Exit 0: all fit; 1: some do not; 2: could not run.
    Validate {
        /// The schema
        schema: Place,
        #[command(flatten)]
        operations: RequiredOperations,
    },
    /// Say which types and fields operations use, and which deprecated ones they do not
    Coverage {
        /// The schema
        schema: Place,
        #[command(flatten)]
        operations: RequiredOperations,
    },
    /// Compare the schemas of a folder, one after the other: what came, went and came back, and what broke
    ///
    /// Versions are ordered by file name, numbers in it by value. Exit 0: nothing that fails the check; 1: something;
    /// 2: could not run.
    History {
        /// A folder of schemas, each SDL or introspection JSON
        folder: PathBuf,
        #[command(flatten)]
        operations: OperationsArguments,
        #[command(flatten)]
        check: CheckArguments,
    },
}

#[derive(Debug, Args)]
pub(crate) struct OperationsArguments {
    /// A folder of operations, or a file; may be given several times
    #[arg(long, value_name = "DIR")]
    operations: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct RequiredOperations {
    /// A folder of operations, or a file; may be given several times
    #[arg(long, value_name = "DIR", required = true)]
    operations: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The least level of a change that fails the check; one that breaks an operation does whatever its level
    #[arg(long, value_enum, default_value_t = FailLevel::Breaking, value_name = "LEVEL")]
    fail_on: FailLevel,
    /// A list of changes that were accepted (TOML)
    #[arg(long, value_name = "FILE")]
    accept: Option<PathBuf>,
    /// Add the changes that fail the check to the list of accepted ones
    #[arg(long, requires = "accept")]
    write_accept: bool,
    /// Why they are accepted
    #[arg(long, requires = "write_accept", value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: Option<String>,
    /// Whose levels: this tool's own, which know where a type stands, or graphql-inspector's
    #[arg(long, value_enum, default_value_t = Whose::Own, value_name = "WHOSE")]
    levels: Whose,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Whose {
    Own,
    GraphqlInspector,
}

impl From<Whose> for Levels {
    fn from(whose: Whose) -> Self {
        match whose {
            Whose::Own => Self::Own,
            Whose::GraphqlInspector => Self::GraphqlInspector,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailLevel {
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

pub(crate) async fn run(tenant: &TenantArguments, output: Option<Output>, command: Command) -> Result<(), Failure> {
    if tenant.is_given() && !matches!(command, Command::Pull { .. } | Command::Check { .. }) {
        return Err(Failure::CouldNotRun {
            reason: "this command needs no tenant".to_owned(),
            help: Some("leave out --sandbox, --url and --subdomain; `ti schema check` compares with a tenant"),
        });
    }
    match command {
        Command::Pull { out } => pull::run(tenant, out.as_deref()).await,
        Command::Diff { old, new, operations, check } => {
            diff::run(ReportFormat::of(output)?, &old, &new, &operations.operations, &check)
        }
        Command::Check { pinned, operations, check } => {
            check::run(tenant, ReportFormat::of(output)?, &pinned, &operations.operations, &check).await
        }
        Command::Validate { schema, operations } => {
            validate::run(ReportFormat::of(output)?, &schema, &operations.operations)
        }
        Command::Coverage { schema, operations } => {
            coverage::run(ReportFormat::of(output)?, &schema, &operations.operations)
        }
        Command::History { folder, operations, check } => {
            history::run(ReportFormat::of(output)?, &folder, &operations.operations, &check)
        }
    }
}
