//! `ti schema check`.

use std::path::PathBuf;

use graphql_drift::{Capability, Version, compare};
use thought_industries::{Capabilities, Dialect, OperationKind};

use super::source::{operations, version};
use super::{pull, report};

use crate::arguments::{CheckArguments, Place, ReadArguments, TenantArguments};
use crate::failure::Failure;
use crate::output::ReportFormat;
use crate::tenant::connect;

pub(super) async fn run(
    tenant: &TenantArguments,
    format: ReportFormat,
    pinned: &Place,
    read: &ReadArguments,
    places: &[PathBuf],
    check: &CheckArguments,
) -> Result<(), Failure> {
    // Local files come first: a mistake in them costs no request.
    let old = version(pinned, read)?;
    let operations = operations(places)?;
    let tenant = connect(tenant).await?;
    let live = pull::ask(&tenant).await?.schema;
    let new = Version::introspected("the tenant's schema", &live).map_err(|error| Failure::could_not_run(&error))?;
    let mut found = compare(&old, &new, check.levels.into(), operations.as_ref());
    let client = Capabilities::of(Dialect::Documented);
    let capabilities = client.operations().filter_map(|spec| {
        let is_mutation = matches!(spec.kind, OperationKind::Mutation);
        Some(Capability { operation: spec.name, is_mutation, field: spec.graphql? })
    });
    found.note_capabilities(&old.schema, &new.schema, capabilities);
    report::finish(found, format, check)
}
