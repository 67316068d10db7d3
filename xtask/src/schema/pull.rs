//! `cargo xtask schema pull`: introspects over HTTP and writes the pinned schema and its lock.

use std::collections::BTreeMap;

use clap::Args;
use graphql_drift::introspection::{Introspected, introspect};
use graphql_drift::pin::{Lock, Pin};
use graphql_drift::sdl;
use thought_industries_sandbox::{Dialect, Sandbox};
use url::Url;

use super::{LOCK, OBSERVED, PINNED};
use crate::outcome::{Done, Failure};
use crate::project;

#[derive(Args)]
pub(crate) struct Arguments {
    /// The tenant to introspect, such as <https://acme.thoughtindustries.com>; without one, the sandbox. The key is
    /// read from `TI_API_KEY`
    #[arg(long)]
    url: Option<Url>,
}

/// A schema as it was pulled: its text, and the pin that goes into the lock.
pub(super) struct Pulled {
    pub(super) file: &'static str,
    pub(super) sdl: String,
    pub(super) pin: Pin,
}

pub(super) fn run(arguments: &Arguments) -> Done {
    let pulled = runtime()?.block_on(async {
        match &arguments.url {
            Some(url) => tenant(url).await.map(|pulled| vec![pulled]),
            None => sandboxes().await,
        }
    })?;
    let mut lock = match project::read(LOCK) {
        Ok(source) => Lock::parse(&source.text).unwrap_or_default(),
        Err(_) => Lock { pins: BTreeMap::new() },
    };
    for Pulled { file, sdl, pin } in pulled {
        project::write(file, &sdl)?;
        lock.pins.insert(name_of(file).to_owned(), pin);
    }
    project::write(LOCK, &lock.print("cargo xtask schema pull"))?;
    println!("next: cargo xtask capabilities");
    Ok(())
}

/// The name by which the lock calls a schema file.
pub(super) fn name_of(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(|error| Failure::could_not_run(&error))
}

/// Pulls the schema of each dialect from a sandbox.
pub(super) async fn sandboxes() -> Result<Vec<Pulled>, Failure> {
    let mut pulled = Vec::new();
    for (dialect, file) in [(Dialect::Documented, PINNED), (Dialect::Observed, OBSERVED)] {
        let tenant = Sandbox::new(dialect).start().await.map_err(|error| Failure::could_not_run(&error))?;
        let url = Url::parse(&tenant.url()).map_err(|error| Failure::could_not_run(&error))?;
        pulled.push(pull(&url, dialect.graphql_path(), tenant.api_key(), file).await?);
    }
    Ok(pulled)
}

/// Pulls the schema of somebody's tenant, from whichever endpoint it has.
async fn tenant(url: &Url) -> Result<Pulled, Failure> {
    let key = std::env::var("TI_API_KEY").unwrap_or_default();
    if key.is_empty() {
        return Err(Failure::CouldNotRun("set TI_API_KEY to a key of the tenant".to_owned()));
    }
    if url.scheme() != "https" && !matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
        return Err(Failure::CouldNotRun(format!("{url} is not https, and the key would be readable on the way")));
    }
    let mut refusals = Vec::new();
    for dialect in Dialect::ALL {
        let path = dialect.graphql_path();
        match pull(url, path, &key, PINNED).await {
            Ok(pulled) => return Ok(pulled),
            Err(Failure::CouldNotRun(reason)) => refusals.push(format!("{path}: {reason}")),
            Err(found) => return Err(found),
        }
    }
    Err(Failure::CouldNotRun(format!("no endpoint could be introspected; {}", refusals.join("; "))))
}

async fn pull(url: &Url, path: &str, key: &str, file: &'static str) -> Result<Pulled, Failure> {
    let endpoint = url.join(path).map_err(|error| Failure::could_not_run(&error))?;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Failure::could_not_run(&error.without_url()))?;
    let send = async |body: String| -> Result<Vec<u8>, SendError> {
        // The API guide documents the one header, the page on rate limits the other; neither puts the key into a URL.
        let request = client
            .post(endpoint.clone())
            .header("Content-Type", "application/json")
            .header("X-API-Key", key)
            .bearer_auth(key)
            .body(body);
        let response = request.send().await.map_err(|error| SendError::Transport(error.without_url()))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| SendError::Transport(error.without_url()))?;
        // A GraphQL error answer says more than its status does.
        if status.is_success() || bytes.starts_with(b"{") { Ok(bytes.to_vec()) } else { Err(SendError::Status(status)) }
    };
    let Introspected { schema, specification, .. } =
        introspect(send).await.map_err(|error| Failure::could_not_run(&error))?;
    let sdl = sdl::print(&schema);
    Ok(Pulled { file, pin: Pin::new(path, specification, &sdl), sdl })
}

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("the request failed")]
    Transport(#[source] reqwest::Error),
    #[error("the endpoint answered {0}")]
    Status(reqwest::StatusCode),
}
