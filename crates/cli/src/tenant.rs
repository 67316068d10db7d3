//! Connects to the tenant that the command line names.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use thought_industries::{Client, ClientBuilder, Limits};
use thought_industries_export::Usage;
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::arguments::{Pace, Preferences, TenantArguments};
use crate::failure::Failure;
use crate::saved::{Folder, Name, Saved, variable};
use crate::waits::{Waits, with_events};

/// A client, and the embedded sandbox if it is connected to one.
pub(crate) struct Tenant {
    pub(crate) client: Client,
    /// Its address.
    pub(crate) url: String,
    sandbox: Option<RunningSandbox>,
}

impl Tenant {
    /// Whether it is a sandbox in this process, which no other process knows.
    pub(crate) fn is_embedded(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Keeps the digest of the tenant's schema in the file of the tenant, if it is saved.
    pub(crate) fn remember_schema(&self, digest: String) -> Result<(), Failure> {
        let Some((name, mut saved)) = saved_at(&Address::Url(self.url.clone())) else { return Ok(()) };
        if saved.profile.schema_digest.as_ref() != Some(&digest) {
            saved.profile.schema_digest = Some(digest);
            Folder::of_user()?.save(&name, &saved)?;
        }
        Ok(())
    }
}

/// The tenant that the command line or the environment names.
enum Named {
    Sandbox(Dialect),
    Address(Address),
    Saved(Name, Box<Saved>),
}

/// The address of a tenant, as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Address {
    Url(String),
    Subdomain(String),
    /// None was given; the client reports what is missing.
    None,
}

/// What a client starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// What is saved about the tenant.
    Saved,
    /// Nothing.
    Fresh,
}

/// How a command uses its client.
#[derive(Debug, Clone)]
struct Session {
    waits: Waits,
    /// The share of the tenant's limits, in percent.
    share: Option<u32>,
    /// What counts the requests.
    usage: Usage,
}

impl Session {
    fn of(waits: Waits) -> Self {
        Self { waits, share: None, usage: Usage::default() }
    }
}

/// Connects to the tenant; an embedded one is started first.
pub(crate) async fn connect(arguments: &TenantArguments) -> Result<Tenant, Failure> {
    open(arguments, Start::Saved, Session::of(Waits::Logged)).await
}

/// Connects to the tenant for an export, which counts its requests and may use a share of the limits only.
pub(crate) async fn connect_for_export(
    arguments: &TenantArguments,
    share: Option<u32>,
    usage: Usage,
) -> Result<Tenant, Failure> {
    open(arguments, Start::Saved, Session { waits: Waits::Reported, share, usage }).await
}

/// Connects to the tenant for a run that may wait long, and reports long waits.
pub(crate) async fn connect_for_run(arguments: &TenantArguments) -> Result<Tenant, Failure> {
    open(arguments, Start::Saved, Session::of(Waits::Reported)).await
}

/// Connects to the tenant as if nothing was known about it.
pub(crate) async fn connect_anew(arguments: &TenantArguments) -> Result<Tenant, Failure> {
    open(arguments, Start::Fresh, Session::of(Waits::Logged)).await
}

async fn open(arguments: &TenantArguments, start: Start, session: Session) -> Result<Tenant, Failure> {
    match named(arguments)? {
        Named::Sandbox(dialect) => {
            let sandbox = Sandbox::new(dialect).start().await.map_err(|error| Failure::could_not_run(&error))?;
            // An embedded sandbox has no limits.
            let builder = Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key()).without_limits();
            let builder = preferring(builder, &arguments.preferences);
            let client = with_events(builder, arguments.verbose, session.waits, session.usage).build()?;
            let url = client.url().to_owned();
            Ok(Tenant { client, url, sandbox: Some(sandbox) })
        }
        Named::Address(address) => open_at(&address, variable("TI_API_KEY"), arguments, start, session),
        Named::Saved(name, saved) => {
            let key = saved.key.read(&name)?;
            let builder = Client::builder().set_url(&saved.url).set_api_key(key);
            let builder = match start {
                // The saved places of the key are in the profile, with what came of them.
                Start::Saved => {
                    let set = Preferences { key_in: Vec::new(), ..preferences(&saved)? };
                    preferring(builder.with_profile(saved.profile), &arguments.preferences.or(&set))
                }
                Start::Fresh => preferring(builder, &arguments.preferences.or(&preferences(&saved)?)),
            };
            of(builder, arguments, session)
        }
    }
}

/// Connects to the tenant at an address for a run, with a key of its own.
pub(crate) fn connect_for_run_at(
    address: &Address,
    key: String,
    arguments: &TenantArguments,
) -> Result<Tenant, Failure> {
    open_at(address, Some(key), arguments, Start::Saved, Session::of(Waits::Reported))
}

fn open_at(
    address: &Address,
    key: Option<String>,
    arguments: &TenantArguments,
    start: Start,
    session: Session,
) -> Result<Tenant, Failure> {
    let builder = key.into_iter().fold(at(address), ClientBuilder::set_api_key);
    // What is saved about a tenant is known, whichever way the tenant is named.
    match saved_at(address).filter(|_| start == Start::Saved) {
        Some((_, saved)) => {
            let set = Preferences { key_in: Vec::new(), ..preferences(&saved)? };
            let builder = builder.with_profile(saved.profile);
            of(preferring(builder, &arguments.preferences.or(&set)), arguments, session)
        }
        None => of(preferring(builder, &arguments.preferences), arguments, session),
    }
}

/// A client of a tenant at an address, of which nothing is known.
pub(crate) fn connect_to(
    address: &Address,
    key: String,
    arguments: &TenantArguments,
    preferences: &Preferences,
) -> Result<Client, Failure> {
    let builder = preferring(at(address), preferences).set_api_key(key);
    Ok(of(builder, arguments, Session::of(Waits::Logged))?.client)
}

/// Refuses a store that belongs to another tenant: its users would be taken for those of this one.
pub(crate) fn check_store(known: Option<&str>, url: &str) -> Result<(), Failure> {
    let is_sandbox = |url: &str| url.starts_with("http://127.0.0.1:");
    match known {
        Some(known) if known != url && !(is_sandbox(known) && is_sandbox(url)) => Err(Failure::new(
            format!("the store belongs to the tenant {known}, and this is {url}"),
            "nothing was read or written; name the store of this tenant with --store",
        )),
        _ => Ok(()),
    }
}

/// The address as the client writes it. No request is made.
pub(crate) fn checked(address: &Address) -> Result<String, Failure> {
    let client = at(address).set_api_key("none").build()?;
    Ok(client.url().to_owned())
}

/// The saved tenant with this address. A file that cannot be read is no reason to fail: the tenant was not named by it.
fn saved_at(address: &Address) -> Option<(Name, Saved)> {
    let url = checked(address).ok()?;
    let folder = Folder::of_user().ok()?;
    let saved = |name: Name| folder.find(&name).ok().flatten().map(|saved| (name, saved));
    folder.names().into_iter().filter_map(saved).find(|(_, saved)| saved.url == url)
}

fn named(arguments: &TenantArguments) -> Result<Named, Failure> {
    if let Some(dialect) = arguments.sandbox {
        return Ok(Named::Sandbox(dialect));
    }
    if let Some(address) = address_of_flags(arguments) {
        return Ok(Named::Address(address));
    }
    if let Some(name) = chosen(arguments)? {
        let saved = Folder::of_user()?.get(&name)?;
        return Ok(Named::Saved(name, Box::new(saved)));
    }
    if let Some(address) = address_of_environment() {
        return Ok(Named::Address(address));
    }
    // Without a folder for settings there is no default, and the client reports that no tenant is named.
    let Ok(folder) = Folder::of_user() else { return Ok(Named::Address(Address::None)) };
    match folder.default()? {
        Some(name) => {
            let saved = folder.get(&name)?;
            Ok(Named::Saved(name, Box::new(saved)))
        }
        None => Ok(Named::Address(Address::None)),
    }
}

/// The saved tenant that --tenant or `TI_TENANT` names.
pub(crate) fn chosen(arguments: &TenantArguments) -> Result<Option<Name>, Failure> {
    if let Some(name) = &arguments.tenant {
        return Ok(Some(name.clone()));
    }
    let Some(text) = variable("TI_TENANT") else { return Ok(None) };
    let name = text.parse().map_err(|reason| {
        let reason = format!("TI_TENANT does not name a saved tenant: {reason}");
        Failure::new(reason, "set it to a name that `ti connect` has saved, or unset it")
    })?;
    Ok(Some(name))
}

/// The address that --url or --subdomain gives.
pub(crate) fn address_of_flags(arguments: &TenantArguments) -> Option<Address> {
    let url = arguments.url.clone().map(Address::Url);
    url.or_else(|| arguments.subdomain.clone().map(Address::Subdomain))
}

/// The address that `TI_URL` or `TI_SUBDOMAIN` gives.
pub(crate) fn address_of_environment() -> Option<Address> {
    variable("TI_URL").map(Address::Url).or_else(|| variable("TI_SUBDOMAIN").map(Address::Subdomain))
}

/// The preferences that a saved tenant was connected with.
pub(crate) fn preferences(saved: &Saved) -> Result<Preferences, Failure> {
    let parsed = saved.key_in.iter().map(|text| text.parse()).collect::<Result<_, String>>();
    let key_in = parsed.map_err(|reason| {
        let reason = format!("the saved tenant has a wrong `key-in`: {reason}");
        Failure::new(reason, "correct the file, or connect to the tenant again with --replace")
    })?;
    let learner_role = saved.learner_role.clone();
    Ok(Preferences { dialect: saved.dialect, graphql_path: saved.graphql_path.clone(), key_in, learner_role })
}

fn at(address: &Address) -> ClientBuilder {
    match address {
        Address::Url(url) => Client::builder().set_url(url),
        Address::Subdomain(subdomain) => Client::builder().set_subdomain(subdomain),
        Address::None => Client::builder(),
    }
}

fn preferring(mut builder: ClientBuilder, preferences: &Preferences) -> ClientBuilder {
    if let Some(dialect) = preferences.dialect {
        builder = builder.with_dialect(dialect);
    }
    if let Some(path) = &preferences.graphql_path {
        builder = builder.with_graphql_path(path);
    }
    if !preferences.learner_role.is_empty() {
        builder = builder.with_learner_roles(&preferences.learner_role);
    }
    for key_in in &preferences.key_in {
        for surface in key_in.surfaces() {
            builder = builder.with_key_in(surface, key_in.placement());
        }
    }
    builder
}

/// The folder through which the processes of this user share rate limits: below that of the session, which is on a local
/// disk, or else below the caches of the user.
fn limits_folder() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    let parent = strategy.runtime_dir().filter(|folder| folder.is_dir()).unwrap_or_else(|| strategy.cache_dir());
    // The client creates the folder itself, for this user only. Without its parent, the client warns and goes on.
    _ = std::fs::create_dir_all(&parent);
    Some(parent.join("thought-industries-limits"))
}

/// The limits that requests are kept within; `None` for those that the tenant reports only.
pub(crate) fn limits(arguments: &TenantArguments) -> Option<Limits> {
    match arguments.pace {
        Pace::Documented => Some(Limits::documented()),
        Pace::Enterprise => Some(Limits::documented().rest_requests(600).rest_burst(100)),
        Pace::Off => None,
    }
}

/// Builds the client of a tenant that is not embedded.
fn of(builder: ClientBuilder, arguments: &TenantArguments, session: Session) -> Result<Tenant, Failure> {
    let builder = match limits(arguments) {
        Some(limits) => builder.with_limits(limits),
        None => builder.without_limits(),
    };
    let folder = if arguments.own_pace { None } else { limits_folder() };
    let builder = folder.into_iter().fold(builder, ClientBuilder::with_machine_limits);
    let builder = session.share.into_iter().fold(builder, ClientBuilder::with_share);
    let builder = arguments.max_wait.into_iter().fold(builder, ClientBuilder::with_max_wait);
    let client = with_events(builder, arguments.verbose, session.waits, session.usage).build()?;
    let url = client.url().to_owned();
    Ok(Tenant { client, url, sandbox: None })
}
