//! Reads the schema of an endpoint by introspection. The only place that uses the network.

use std::time::Duration;

use graphql_drift::introspection::{IntrospectError, Introspected, detect, introspect};
use graphql_drift::{LoadError, Version};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::failure::{Failure, with_causes};
use crate::header::{self, Header};
use crate::place::Place;

/// How long an endpoint may take for each of the two requests.
const LONGEST: Duration = Duration::from_secs(120);

/// Why a request has no response that is worth reading.
#[derive(Debug)]
struct NoResponse(String);

impl std::fmt::Display for NoResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoResponse {}

/// Introspects an endpoint.
pub(crate) fn schema(url: &Url, headers: &[Header]) -> Result<Introspected, Failure> {
    let headers = header::all(headers)?;
    let is_here = match url.host_str() {
        Some("localhost" | "[::1]") => true,
        host => host.is_some_and(|host| host.starts_with("127.")),
    };
    let name = Place::Endpoint(url.clone()).name();
    if url.scheme() == "http" && !is_here && !headers.is_empty() {
        let reason = format!("{name}: the headers would be sent without encryption");
        return Err(Failure::new(reason, "use https://, or leave out --header"));
    }
    let mut url = url.clone();
    if headers.contains_key(AUTHORIZATION) {
        // The name and password of the address would replace the header. Only a base without a host refuses.
        _ = url.set_username("").and_then(|()| url.set_password(None));
    }
    // On a thread of its own, since a caller may have a runtime on this one, which cannot wait for another.
    let introspected = std::thread::scope(|scope| scope.spawn(|| run(&url, headers)).join());
    introspected.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(|reason| {
        let help =
            "the address has to be that of a GraphQL endpoint that allows introspection; give its key with --header";
        Failure::new(format!("cannot read the schema of {name}: {reason}"), help)
    })
}

fn run(url: &Url, headers: HeaderMap) -> Result<Introspected, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    // A redirect could take the headers to another host.
    let client = Client::builder().redirect(Policy::none()).timeout(LONGEST).default_headers(headers).build();
    let client = client.map_err(|error| with_causes(&error.without_url()))?;
    let introspected = runtime.block_on(introspect(async |request| send(&client, url, request).await));
    introspected.map_err(|error| match error {
        IntrospectError::Send(error) => error.0,
        other => with_causes(&other),
    })
}

async fn send(client: &Client, url: &Url, request: String) -> Result<Vec<u8>, NoResponse> {
    // The address may hold a key.
    let cannot = |error: reqwest::Error| NoResponse(with_causes(&error.without_url()));
    let sent = client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(request).send();
    let mut response = sent.await.map_err(cannot)?;
    let status = response.status();
    if status.is_redirection() {
        return Err(NoResponse(format!("it redirects (HTTP {status}); use the address that it redirects to")));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cannot)? {
        body.extend_from_slice(&chunk);
        // Compressed or endless, a response must not fill the memory.
        if body.len() > Version::LARGEST {
            return Err(NoResponse(LoadError::TooLarge(body.len()).to_string()));
        }
    }
    match detect(&body) {
        // Servers refuse with errors in any status.
        Err(refused @ LoadError::Refused(_)) => Err(NoResponse(refused.to_string())),
        _ if !status.is_success() => Err(NoResponse(format!("it responds with HTTP {status}"))),
        _ => Ok(body),
    }
}
