//! `ti schema check`.

use graphql_drift::{Capability, Version};
use graphql_drift_cli::{
    CheckArguments, OperationsArguments, Place, ReadArguments, Settings, finish, operations, version,
};
use thought_industries::{Capabilities, Dialect, OperationKind};

use super::{CONTEXT, pull};
use crate::arguments::TenantArguments;
use crate::failure::Failure;
use crate::output::ReportFormat;
use crate::tenant::connect;

pub(super) async fn run(
    tenant: &TenantArguments,
    format: ReportFormat,
    pinned: &Place,
    (read, places, check): (&ReadArguments, &OperationsArguments, &CheckArguments),
) -> Result<(), Failure> {
    let settings = Settings::of(read, Some(places), Some(check))?;
    // Local files come first: a mistake in them costs no request.
    let old = version(pinned, &settings, &CONTEXT)?;
    let operations = operations(&settings)?;
    let tenant = connect(tenant).await?;
    let live = pull::ask(&tenant).await?.schema;
    let new = Version::introspected("the tenant's schema", &live).map_err(|error| Failure::could_not_run(&error))?;
    let mut found = settings.policy.compare(&old, &new, operations.as_ref(), None);
    let client = Capabilities::of(Dialect::Documented);
    let capabilities = client.operations().filter_map(|spec| {
        let is_mutation = matches!(spec.kind, OperationKind::Mutation);
        Some(Capability { operation: spec.name, is_mutation, field: spec.graphql? })
    });
    found.note_capabilities(&old.schema, &new.schema, capabilities);
    Ok(finish(found, format, &settings)?)
}
