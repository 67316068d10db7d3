//! `ti schema`.

use std::io::Write as _;

use graphql_drift::introspection::{IntrospectError, introspect};
use graphql_drift::{pin, sdl};

use crate::arguments::{SchemaCommand, TenantArguments};
use crate::failure::Failure;
use crate::tenant::connect;

pub(crate) async fn run(tenant: &TenantArguments, command: SchemaCommand) -> Result<(), Failure> {
    let SchemaCommand::Pull { out } = command;
    let tenant = connect(tenant).await?;
    let send = async |request: String| -> Result<Vec<u8>, thought_industries::Error> {
        let (_, answer) = tenant.client.post_graphql(&request).await?;
        Ok(answer)
    };
    let introspected = introspect(send).await.map_err(|error| match error {
        IntrospectError::Send(error) => Failure::from(error),
        other => Failure::could_not_run(&other),
    })?;
    let sdl = sdl::print(&introspected.schema);
    match out {
        None => std::io::stdout().lock().write_all(sdl.as_bytes())?,
        Some(path) => {
            pin::write_atomically(&path, sdl.as_bytes()).map_err(|error| Failure::CouldNotRun {
                reason: format!("cannot write {}: {error}", path.display()),
                help: Some("name a file in a folder that exists"),
            })?;
            eprintln!(
                "wrote {}: {} types, introspection of {}",
                path.display(),
                introspected.schema.types.len(),
                introspected.specification
            );
        }
    }
    Ok(())
}
