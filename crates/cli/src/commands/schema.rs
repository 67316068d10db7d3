//! `ti schema`.

mod check;
mod coverage;
mod diff;
mod history;
mod pull;
mod report;
mod source;
mod validate;

use crate::arguments::{SchemaCommand, TenantArguments};
use crate::failure::Failure;
use crate::output::{Output, report_format};

pub(crate) async fn run(
    tenant: &TenantArguments,
    output: Option<Output>,
    command: SchemaCommand,
) -> Result<(), Failure> {
    if tenant.is_given() && !matches!(command, SchemaCommand::Pull { .. } | SchemaCommand::Check { .. }) {
        return Err(Failure::CouldNotRun {
            reason: "this command needs no tenant".to_owned(),
            help: Some(
                "leave out --sandbox, --url, --subdomain and --tenant; `ti schema check` compares with a tenant",
            ),
        });
    }
    match command {
        SchemaCommand::Pull { out } => pull::run(tenant, out.as_deref()).await,
        SchemaCommand::Diff { old, new, read, operations, check } => {
            diff::run(report_format(output)?, (&old, &new), &read, &operations.operations, &check)
        }
        SchemaCommand::Check { pinned, read, operations, check } => {
            check::run(tenant, report_format(output)?, &pinned, &read, &operations.operations, &check).await
        }
        SchemaCommand::Validate { schema, read, operations } => {
            validate::run(report_format(output)?, &schema, &read, &operations.operations)
        }
        SchemaCommand::Coverage { schema, read, operations } => {
            coverage::run(report_format(output)?, &schema, &read, &operations.operations)
        }
        SchemaCommand::History { folder, read, operations, check } => {
            history::run(report_format(output)?, &folder, &read, &operations.operations, &check)
        }
    }
}
