//! `ti schema`: the commands of graphql-drift, and those that need a tenant.

mod check;
mod pull;

use graphql_drift_cli::{Context, run as run_offline};

use crate::arguments::{SchemaCommand, TenantArguments};
use crate::failure::Failure;
use crate::output::{Output, report_format};
use crate::saved::remove_keys;

/// No program that a command starts needs a key.
const CONTEXT: Context = Context {
    prepare: |program| {
        remove_keys(program);
    },
};

pub(crate) async fn run(
    tenant: &TenantArguments,
    output: Option<Output>,
    command: SchemaCommand,
) -> Result<(), Failure> {
    match command {
        SchemaCommand::Pull { out } => pull::run(tenant, out.as_deref()).await,
        SchemaCommand::Check { pinned, read, operations, check } => {
            check::run(tenant, report_format(output)?, &pinned, (&read, &operations, &check)).await
        }
        SchemaCommand::Offline(_) if tenant.is_given() => Err(Failure::CouldNotRun {
            reason: "this command needs no tenant".to_owned(),
            help: Some(
                "leave out --sandbox, --url, --subdomain and --tenant; `ti schema check` compares with a tenant",
            ),
        }),
        SchemaCommand::Offline(command) => Ok(run_offline(*command, report_format(output)?, &CONTEXT)?),
    }
}
