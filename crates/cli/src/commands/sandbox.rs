//! `ti sandbox`.

use std::io::Write as _;

use serde_json::json;
use thought_industries_sandbox::{Limits, Sandbox};

use crate::arguments::SandboxArguments;
use crate::failure::Failure;

/// Prints the address of the tenant in one line of JSON, then serves until interrupted.
pub(crate) async fn run(settings: SandboxArguments) -> Result<(), Failure> {
    let mut sandbox = Sandbox::new(settings.dialect).users(settings.users).seed(settings.seed).port(settings.port);
    if let Some(path) = &settings.schema {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::CouldNotRun {
            reason: format!("cannot read {}: {error}", path.display()),
            help: Some("give a file with SDL or introspection JSON"),
        })?;
        sandbox = sandbox.schema(text);
    }
    sandbox = settings.fault.iter().fold(sandbox, |sandbox, fault| sandbox.fault(*fault));
    if let Some(limits) = limits(&settings)? {
        sandbox = sandbox.limits(limits);
    }
    let running = sandbox.start().await.map_err(|error| Failure::could_not_run(&error))?;
    let place = json!({ "url": running.url(), "api_key": running.api_key(), "dialect": running.dialect().to_string() });
    let mut out = std::io::stdout();
    writeln!(out, "{place}")?;
    out.flush()?;
    tokio::signal::ctrl_c().await.map_err(|error| Failure::could_not_run(&error))
}

/// The limits to enforce, if any.
fn limits(settings: &SandboxArguments) -> Result<Option<Limits>, Failure> {
    let cannot = |reason: String| Failure::CouldNotRun {
        reason,
        help: Some("--limits is off, documented, enterprise, or a TOML file with lines such as `rest-requests = 120`"),
    };
    let limits = match settings.limits.as_str() {
        "off" if settings.window.is_some() => {
            return Err(cannot("--window needs --limits".to_owned()));
        }
        "off" => return Ok(None),
        "documented" => Limits::documented(),
        "enterprise" => Limits::enterprise(),
        file => {
            let text = std::fs::read_to_string(file).map_err(|error| cannot(format!("cannot read {file}: {error}")))?;
            Limits::parse(&text).map_err(|error| cannot(format!("{file}: {error}")))?
        }
    };
    match settings.window {
        Some(window) => limits.with_window(window).map(Some).map_err(cannot),
        None => Ok(Some(limits)),
    }
}
