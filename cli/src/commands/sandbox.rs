//! `ti sandbox`.

use std::io::Write as _;

use serde_json::json;
use thought_industries_sandbox::Sandbox;

use crate::arguments::SandboxArguments;
use crate::failure::Failure;

/// Says in one line of JSON where the tenant is, then serves until interrupted.
pub(crate) async fn run(settings: SandboxArguments) -> Result<(), Failure> {
    let mut sandbox = Sandbox::new(settings.dialect).users(settings.users).seed(settings.seed).port(settings.port);
    if let Some(path) = &settings.schema {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::CouldNotRun {
            reason: format!("cannot read {}: {error}", path.display()),
            help: Some("give a file with SDL or introspection JSON"),
        })?;
        sandbox = sandbox.schema(text);
    }
    let running = sandbox.start().await.map_err(|error| Failure::could_not_run(&error))?;
    let place = json!({ "url": running.url(), "api_key": running.api_key(), "dialect": running.dialect().to_string() });
    let mut out = std::io::stdout();
    writeln!(out, "{place}")?;
    out.flush()?;
    tokio::signal::ctrl_c().await.map_err(|error| Failure::could_not_run(&error))
}
