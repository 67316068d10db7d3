//! Connects to the tenant that the command line names.

use thought_industries::{Client, ClientBuilder, Event, Limits};
use thought_industries_sandbox::{RunningSandbox, Sandbox};

use crate::arguments::{Pace, TenantArguments};
use crate::failure::Failure;
use crate::progress::waiting;

/// A client, and the embedded sandbox if it is connected to one.
pub(crate) struct Tenant {
    pub(crate) client: Client,
    /// Its address.
    pub(crate) url: String,
    _sandbox: Option<RunningSandbox>,
}

/// Connects to the tenant; an embedded one is started first.
pub(crate) async fn connect(arguments: &TenantArguments) -> Result<Tenant, Failure> {
    if let Some(dialect) = arguments.sandbox {
        let sandbox = Sandbox::new(dialect).start().await.map_err(|error| Failure::could_not_run(&error))?;
        // An embedded sandbox has no limits.
        let builder = Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key()).without_limits();
        let client = with_events(builder, arguments.verbose).build()?;
        let url = client.url().to_owned();
        return Ok(Tenant { client, url, _sandbox: Some(sandbox) });
    }
    let mut builder = ClientBuilder::from_env();
    if let Some(url) = &arguments.url {
        builder = builder.set_url(url);
    }
    if let Some(subdomain) = &arguments.subdomain {
        builder = builder.set_subdomain(subdomain);
    }
    builder = match arguments.pace {
        Pace::Documented => builder,
        Pace::Enterprise => builder.with_limits(Limits::documented().rest_requests(600).rest_burst(100)),
        Pace::Off => builder.without_limits(),
    };
    let client = with_events(builder, arguments.verbose).build()?;
    let url = client.url().to_owned();
    Ok(Tenant { client, url, _sandbox: None })
}

/// Reports what the client is doing: waits in the progress bar; with -v waits and demotions on standard error, with -vv
/// requests as well.
fn with_events(builder: ClientBuilder, verbose: u8) -> ClientBuilder {
    builder.on_event(move |event| {
        if let Event::Wait { .. } = event {
            waiting(&event.to_string());
        }
        // A first attempt is an ordinary request, which -v leaves out; a later one is a retry.
        if verbose > 1 || (verbose > 0 && !matches!(event, Event::Attempt { attempt: 1, .. })) {
            eprintln!("{event}");
        }
    })
}
