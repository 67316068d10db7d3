//! `cargo xtask schema pull`: introspects over HTTP and writes the pinned schema and its lock.

use std::time::Duration;

use clap::Args;
use graphql_drift::introspection::{Introspected, introspect};
use graphql_drift::pin::{Lock, Pin};
use graphql_drift::sdl;
use thought_industries_sandbox::{Dialect, Sandbox, graphql_path};
use url::Url;

use super::{LOCK, OBSERVED};
use crate::outcome::{Done, Failure};
use crate::project::{self, PINNED, TENANT};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The tenant to introspect, such as <https://acme.thoughtindustries.com>; the sandbox if omitted. The key is read
    /// from `TI_API_KEY`
    #[arg(long)]
    url: Option<Url>,
}

/// A pulled schema: its text, and the pin that goes into the lock.
pub(super) struct Pulled {
    pub(super) file: &'static str,
    pub(super) sdl: String,
    pub(super) pin: Pin,
}

/// The name of the sandbox in the lock; a tenant is named by its host.
pub(super) const SANDBOX: &str = "sandbox";

pub(super) fn run(arguments: &Arguments) -> Done {
    let pulled = pull(arguments.url.as_ref())?;
    let mut lock = lock()?;
    for Pulled { file, sdl, pin } in pulled {
        project::write(file, &sdl)?;
        lock.pins.insert(name_of(file).to_owned(), pin);
    }
    project::write(LOCK, &lock.print("cargo xtask schema pull"))?;
    println!("next: cargo xtask capabilities");
    Ok(())
}

/// Pulls the schemas of the sandbox's dialects, or the schema of a tenant.
pub(super) fn pull(url: Option<&Url>) -> Result<Vec<Pulled>, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::could_not_run(&error))?;
    runtime.block_on(async {
        match url {
            Some(url) => tenant(url).await.map(|pulled| vec![pulled]),
            None => sandboxes().await,
        }
    })
}

/// The current lock; empty before the first pull.
pub(super) fn lock() -> Result<Lock, Failure> {
    if !project::root().join(LOCK).exists() {
        return Ok(Lock::default());
    }
    Lock::parse(&project::read(LOCK)?.text)
        .map_err(|error| Failure::CouldNotRun(format!("{LOCK} is not a valid lock; remove it and pull again: {error}")))
}

/// The name of a schema file in the lock.
pub(super) fn name_of(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

/// The file for a schema of the sandbox.
fn file_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Documented => PINNED,
        Dialect::Observed => OBSERVED,
    }
}

async fn sandboxes() -> Result<Vec<Pulled>, Failure> {
    let mut pulled = Vec::new();
    for dialect in Dialect::ALL {
        let tenant = Sandbox::new(dialect).start().await.map_err(|error| Failure::could_not_run(&error))?;
        let url = Url::parse(&tenant.url()).map_err(|error| Failure::could_not_run(&error))?;
        pulled.push(introspected(&url, graphql_path(dialect), tenant.api_key(), SANDBOX, file_of(dialect)).await?);
    }
    Ok(pulled)
}

/// Pulls the schema of a tenant, from the first endpoint that provides it.
async fn tenant(url: &Url) -> Result<Pulled, Failure> {
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "https" && !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
        return Err(Failure::CouldNotRun(format!("{host} does not use https: the key would be readable in transit")));
    }
    let key = std::env::var("TI_API_KEY").unwrap_or_default();
    if key.is_empty() {
        return Err(Failure::CouldNotRun("set TI_API_KEY to a key of the tenant".to_owned()));
    }
    let mut refusals = Vec::new();
    for path in Dialect::ALL.map(graphql_path) {
        match introspected(url, path, &key, host, TENANT).await {
            Ok(pulled) => return Ok(pulled),
            Err(Failure::CouldNotRun(reason)) => refusals.push(format!("{path}: {reason}")),
            Err(found @ Failure::Found(_)) => return Err(found),
        }
    }
    Err(Failure::CouldNotRun(format!("no endpoint could be introspected; {}", refusals.join("; "))))
}

async fn introspected(url: &Url, path: &str, key: &str, source: &str, file: &'static str) -> Result<Pulled, Failure> {
    let endpoint = url.join(path).map_err(|error| Failure::could_not_run(&error))?;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(60))
        .build()
        .map_err(|error| Failure::could_not_run(&error.without_url()))?;
    let send = async |body: String| -> Result<Vec<u8>, SendError> {
        // The API guide documents one header, the page on rate limits the other.
        let request = client.post(endpoint.clone()).header("Content-Type", "application/json").body(body.clone());
        let request = request.header("X-API-Key", key).bearer_auth(key);
        let mut response = request.send().await.map_err(|error| SendError::Transport(error.without_url()))?;
        if matches!(response.status().as_u16(), 401 | 403) {
            // Production clients put the key into the URL, which servers and proxies log.
            let mut keyed = endpoint.clone();
            keyed.query_pairs_mut().append_pair("apiKey", key);
            let request = client.post(keyed).header("Content-Type", "application/json").body(body);
            let sent = request.send().await;
            response = sent.map_err(|error| SendError::Transport(error.without_url()))?;
        }
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| SendError::Transport(error.without_url()))?;
        // A GraphQL error response is more specific than its status.
        if status.is_success() || bytes.starts_with(b"{") { Ok(bytes.to_vec()) } else { Err(SendError::Status(status)) }
    };
    let Introspected { schema, specification, .. } =
        introspect(send).await.map_err(|error| Failure::could_not_run(&error))?;
    let sdl = sdl::print(&schema);
    Ok(Pulled { file, pin: Pin::new(source, path, specification, &sdl), sdl })
}

#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error("the request failed")]
    Transport(#[source] reqwest::Error),
    #[error("the endpoint returned {0}")]
    Status(reqwest::StatusCode),
}
