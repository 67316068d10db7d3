//! `ti webhooks`.

mod check;

use std::net::IpAddr;

use reqwest::Url;
use thought_industries::Secret;

use crate::arguments::{TenantArguments, WebhooksCommand};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::lock;
use crate::output::Format;
use crate::saved::variable;
use crate::tenant::connect;

pub(crate) async fn run(tenant: &TenantArguments, format: Format, command: WebhooksCommand) -> Result<(), Failure> {
    match command {
        WebhooksCommand::Create { url, events, secret_env } => create(tenant, &url, events, &secret_env).await,
        WebhooksCommand::Check { url } => check::run(format, &parsed(&url)?).await,
    }
}

async fn create(arguments: &TenantArguments, url: &str, events: Vec<String>, name: &str) -> Result<(), Failure> {
    let address = parsed(url)?;
    if address.scheme() != "https" && !is_local(&address) {
        let help = "events have names and addresses of users: register an https address";
        return Err(Failure::new("events would cross the network in clear", help));
    }
    // An empty secret would let any sender sign.
    let secret = variable(name).filter(|secret| !secret.trim().is_empty());
    let help = "set it to a random text, such as that of `openssl rand -hex 32`, and give the receiver the same";
    let secret = secret.ok_or_else(|| Failure::new(format!("the variable {name} for the secret is not set"), help))?;
    let audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    let _lock = lock::for_write(&tenant)?;
    // The path of the address may be a secret, and is not printed.
    let host = address.host_str().unwrap_or_default().to_owned();
    let done = tenant.client.webhooks().create(url, &events, Secret::from(secret)).await;
    let registered = audit.recorded("webhooks.create", &host, &events, done)?;
    let id = registered.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    println!(
        "registered a webhook at {host} for {}{}",
        events.join(", "),
        id.map_or(String::new(), |id| format!(": {id}"))
    );
    Ok(())
}

fn parsed(url: &str) -> Result<Url, Failure> {
    let help = "name an address such as https://hr.example.com/ti/events";
    let parsed: Option<Url> = url.parse().ok();
    let parsed = parsed.filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
    let parsed = parsed.ok_or_else(|| Failure::new("the address is not an http or https URL", help))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        let help = "senders drop a user name and a password: put a long random text into the path instead";
        return Err(Failure::new("the address has a user name or a password", help));
    }
    Ok(parsed)
}

/// Whether an address is on this machine.
fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
