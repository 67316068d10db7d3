//! `ti schema pull`.

use std::io::Write as _;
use std::path::Path;

use graphql_drift::introspection::{IntrospectError, Introspected, introspect};
use graphql_drift::{pin, sdl};

use crate::arguments::TenantArguments;
use crate::failure::Failure;
use crate::tenant::{Tenant, connect};

pub(super) async fn run(tenant: &TenantArguments, out: Option<&Path>) -> Result<(), Failure> {
    let tenant = connect(tenant).await?;
    let introspected = ask(&tenant).await?;
    let sdl = sdl::print(&introspected.schema);
    tenant.remember_schema(pin::sha256(sdl.as_bytes()))?;
    let Some(path) = out else {
        return Ok(std::io::stdout().lock().write_all(sdl.as_bytes())?);
    };
    pin::write_atomically(path, sdl.as_bytes()).map_err(|error| Failure::CouldNotRun {
        reason: format!("cannot write {}: {error}", path.display()),
        help: Some("name a file in a folder that exists"),
    })?;
    eprintln!(
        "wrote {}: {} types, introspection of {}",
        path.display(),
        introspected.schema.types.len(),
        introspected.specification
    );
    Ok(())
}

/// Introspects a tenant.
pub(super) async fn ask(tenant: &Tenant) -> Result<Introspected, Failure> {
    let send = async |request: String| -> Result<Vec<u8>, thought_industries::Error> {
        Ok(tenant.client.post_graphql(request).await?.body)
    };
    introspect(send).await.map_err(|error| match error {
        IntrospectError::Send(error) => Failure::from(error),
        other => Failure::could_not_run(&other),
    })
}
