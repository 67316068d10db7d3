//! Client settings.

mod network;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::Client;
use crate::capabilities::Capabilities;
use crate::clock::{Clock, TokioClock};
use crate::profile::TenantProfile;
use crate::rate::{Limits, MachineRateLimiter, RateLimiter, SharedRateLimiter};
use crate::runtime::{KeyPlacement, Surface};
use crate::send::{Event, Listener, RetryPolicy, Sender};
use crate::tenant::{Tenant, parse_subdomain, parse_url};
use crate::transport::https::{Https, Network};
use crate::transport::{Bounds, Connection, Transport};
use crate::{Dialect, Error, Secret};

/// Settings of a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use thought_industries::Client;
///
/// let client = Client::builder()
///     .set_subdomain("acme")
///     .set_api_key("a-key")
///     .with_share(50)
///     .with_timeout(Duration::from_secs(20))
///     .build()?;
/// assert_eq!(client.url(), "https://acme.thoughtindustries.com/");
/// # Ok::<(), thought_industries::Error>(())
/// ```
#[derive(Default)]
#[must_use]
pub struct ClientBuilder {
    subdomain: Option<String>,
    url: Option<String>,
    api_key: Option<Secret>,
    dialect: Option<Dialect>,
    bounds: Bounds,
    keys: Vec<(Surface, KeyPlacement)>,
    graphql_path: Option<String>,
    learner_roles: BTreeSet<String>,
    profile: Option<TenantProfile>,
    service: Option<Arc<dyn Connection>>,
    layers: Vec<Layer>,
    network: Network,
    clock: Option<Arc<dyn Clock>>,
    limits: Paced,
    machine: Option<PathBuf>,
    share: Option<u32>,
    max_wait: Option<Duration>,
    policy: RetryPolicy,
    listener: Listener,
}

/// Wraps a service.
type Layer = Box<dyn FnOnce(Arc<dyn Connection>) -> Arc<dyn Connection> + Send + Sync>;

/// The longest wait for the tenant's limit by default.
const MAX_WAIT: Duration = Duration::from_secs(2 * 60 * 60);

/// The rate limits that the client enforces.
#[derive(Debug, Default)]
enum Paced {
    #[default]
    Documented,
    By(Limits),
    Through(Arc<dyn RateLimiter>),
    Not,
}

/// Shows which settings are present, but not their values: a URL that was not validated yet may contain a secret.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("has_tenant", &(self.subdomain.is_some() || self.url.is_some()))
            .field("has_api_key", &self.api_key.is_some())
            .field("dialect", &self.dialect)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Settings from `TI_URL` or `TI_SUBDOMAIN`, and `TI_API_KEY`. Missing variables are left unset.
    pub fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        Self {
            subdomain: variable("TI_SUBDOMAIN"),
            url: variable("TI_URL"),
            api_key: variable("TI_API_KEY").map(Secret::from),
            ..Self::default()
        }
    }

    /// The tenant's subdomain: `acme` for `https://acme.thoughtindustries.com`. Replaces a URL.
    pub fn set_subdomain(mut self, subdomain: impl Into<String>) -> Self {
        self.subdomain = Some(subdomain.into());
        self.url = None;
        self
    }

    /// The tenant's URL, for tenants with a custom domain. Replaces a subdomain.
    pub fn set_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self.subdomain = None;
        self
    }

    /// The API key. It is sent in a header.
    pub fn set_api_key(mut self, key: impl Into<Secret>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// The dialect assumed until detected; the default is [`Dialect::Documented`]. Setting the right one avoids detours
    /// in the first calls.
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// How long a request may take, from connecting to the last byte of the response; 60 seconds by default. A call may
    /// take several requests.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.bounds.total = timeout;
        self
    }

    /// How long establishing a connection may take; 10 seconds by default.
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.bounds.connect = timeout;
        self
    }

    /// How long the tenant may take until its response begins; 45 seconds by default.
    pub fn with_first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.bounds.first_byte = timeout;
        self
    }

    /// How long the tenant may pause in the middle of a response; 15 seconds by default.
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.bounds.idle = timeout;
        self
    }

    /// The maximum number of idle connections; 8 by default.
    pub fn with_kept_connections(mut self, connections: usize) -> Self {
        self.bounds.kept = connections;
        self
    }

    /// Starts from what is known about the tenant, so that nothing is asked again: see
    /// [`Client::profile`](crate::Client::profile).
    pub fn with_profile(mut self, profile: TenantProfile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Tries this path for GraphQL first, such as `/helium`. The paths of the wire contract are still tried if the
    /// tenant does not have it.
    pub fn with_graphql_path(mut self, path: impl Into<String>) -> Self {
        self.graphql_path = Some(path.into());
        self
    }

    /// The role keys of learners. By default, those of the profile, or the one that most users have.
    pub fn with_learner_roles(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.learner_roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// Where a surface is given the key first. If the tenant refuses it there, the other places are tried once, and the
    /// accepted one is remembered. By default, the place with the best evidence comes first: `?apiKey=` for `/helium`,
    /// `Authorization: Bearer` for v2, `X-API-Key` for the endpoints of the API guide (`docs/capabilities.md`). Servers
    /// and proxies log URLs.
    pub fn with_key_in(mut self, surface: Surface, placement: KeyPlacement) -> Self {
        self.keys.push((surface, placement));
        self
    }

    /// The limits of the tenant's plan, if they differ from those in the public documents ([`Limits::documented`]). The
    /// client enforces them before it sends, counts points and requests across all its clones, and corrects the limits
    /// from the tenant's response headers.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Paced::By(limits);
        self
    }

    /// Enforces no limits except those that the tenant reports, such as HTTP 429. For a sandbox without limits.
    pub fn without_limits(mut self) -> Self {
        self.limits = Paced::Not;
        self
    }

    /// Shares the limits with the other processes of this user on this machine that use the same tenant and key, through a
    /// small file in this folder; see [`MachineRateLimiter`]. Without limits, or with a limiter of the caller, it has no
    /// effect.
    pub fn with_machine_limits(mut self, folder: impl Into<PathBuf>) -> Self {
        self.machine = Some(folder.into());
        self
    }

    /// Keeps to the limits of this limiter, which other clients may share: see [`SharedRateLimiter`]. Replaces
    /// [`with_limits`](Self::with_limits) and [`without_limits`](Self::without_limits), and the last call counts;
    /// [`with_share`](Self::with_share) has no effect on it.
    pub fn with_rate_limiter(mut self, limiter: Arc<dyn RateLimiter>) -> Self {
        self.limits = Paced::Through(limiter);
        self
    }

    /// The share of the limits to use, in percent, from 1 to 100. The rest is left to other users of the key. The
    /// default is 100.
    pub fn with_share(mut self, percent: u32) -> Self {
        self.share = Some(percent);
        self
    }

    /// The longest time that a call may wait for the tenant's rate limit in total. A call that would wait longer fails
    /// at once with [`is_rate_limited`](Error::is_rate_limited). The default is two hours: limits with windows of
    /// minutes and hours are documented, and a call that waits its turn is not in trouble.
    pub fn with_max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Some(max_wait);
        self
    }

    /// How often and how long a request is tried. A query is retried after any transient failure. A mutation is retried
    /// only if it provably did not run or is idempotent.
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Calls `listener` for each event: the start and end of calls, attempts and their responses, waits, and surfaces that
    /// turn out to lack an operation. It should return at once, as the call waits for it. `examples/metrics.rs` makes
    /// metrics of events.
    pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listener = Listener(Some(Box::new(listener)));
        self
    }

    /// Replaces the source of time and randomness; intended for tests.
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// If the subdomain is not a DNS label, the URL is neither https nor loopback, or the key is missing.
    pub fn build(self) -> Result<Client, Error> {
        let base = match (&self.url, &self.subdomain) {
            (Some(url), _) => parse_url(url)?,
            (None, Some(subdomain)) => parse_subdomain(subdomain)?,
            (None, None) => {
                return Err(Error::settings("no tenant: set a subdomain or a URL (TI_SUBDOMAIN or TI_URL)"));
            }
        };
        let key = self.api_key.filter(|key| !key.reveal().trim().is_empty());
        let Some(key) = key else { return Err(Error::settings("no API key: set one (TI_API_KEY)")) };
        // A key that does not fit into a header would be left out of requests silently.
        if key.reveal().bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(Error::settings("the API key contains a space, a line break or a non-ASCII character"));
        }
        let service = match self.service {
            Some(service) => service,
            None => Arc::new(Https::new(self.bounds.clone(), &self.network, &base).map_err(Error::settings)?),
        };
        let service = self.layers.into_iter().fold(service, |service, layer| layer(service));
        let transport = Transport::new(service, self.bounds);
        let mut profile = profile(self.profile, self.dialect, self.graphql_path.as_deref(), &self.keys)?;
        if !self.learner_roles.is_empty() {
            profile.learner_roles = self.learner_roles;
        }
        let share = self.share.unwrap_or(100);
        if !(1..=100).contains(&share) {
            return Err(Error::settings(format!("the share must be from 1 to 100 percent, not {share}")));
        }
        let shared = |limits| limiter(self.machine.as_deref(), &base, &key, &limits, share, self.clock.as_ref());
        let limiter = match self.limits {
            Paced::Documented => Some(shared(Limits::documented().corrected(&profile.limits))),
            Paced::By(limits) => Some(shared(limits)),
            Paced::Through(limiter) => Some(limiter),
            Paced::Not => None,
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(TokioClock::default()));
        let max_wait = self.max_wait.unwrap_or(MAX_WAIT);
        let sender = Sender::new(transport, clock, limiter, self.policy, max_wait, self.listener);
        Ok(Client { tenant: Tenant::new(base, key, sender, self.dialect, Capabilities::from(profile)) })
    }
}

/// A limiter of the process, or of the machine if the files of limits are in a folder.
fn limiter(
    folder: Option<&Path>,
    base: &Url,
    key: &Secret,
    limits: &Limits,
    share: u32,
    clock: Option<&Arc<dyn Clock>>,
) -> Arc<dyn RateLimiter> {
    let Some(folder) = folder else { return Arc::new(SharedRateLimiter::with_share(limits, share)) };
    let limiter = MachineRateLimiter::open(folder, base.as_str(), key.clone(), limits, share);
    Arc::new(clock.into_iter().fold(limiter, |limiter, clock| limiter.with_clock(Arc::clone(clock))))
}

/// The profile to start from: the given one or an empty one, with the caller's preferences.
fn profile(
    known: Option<TenantProfile>,
    dialect: Option<Dialect>,
    graphql_path: Option<&str>,
    keys: &[(Surface, KeyPlacement)],
) -> Result<TenantProfile, Error> {
    let mut profile = known.unwrap_or_else(|| TenantProfile::of(dialect.unwrap_or_default()));
    profile.check()?;
    profile.dialect = dialect.unwrap_or(profile.dialect);
    if let Some(path) = graphql_path {
        if !path.starts_with('/') || path.contains(['?', '#']) {
            return Err(Error::settings(format!("`{path}` is not a path: it begins with `/` and has no query")));
        }
        profile.prefer_graphql_path(path);
    }
    for (surface, placement) in keys {
        profile.prefer_key(*surface, *placement);
    }
    Ok(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(builder: ClientBuilder) -> String {
        let error = builder.build().expect_err("invalid settings");
        assert!(error.is_settings());
        error.to_string()
    }

    #[test]
    fn wrong_settings_are_distinguished() {
        let keyed = || Client::builder().set_api_key("key");
        for subdomain in ["", "acme.example", "-acme", "acme-", "ac me", "höhe", &"a".repeat(64)] {
            assert!(refused(keyed().set_subdomain(subdomain)).contains("is not a subdomain"), "{subdomain}");
        }
        for url in ["http://acme.example", "ftp://127.0.0.1", "http://127.0.0.1.example"] {
            assert!(refused(keyed().set_url(url)).contains("not https"), "{url}");
        }
        assert!(refused(keyed().set_url("acme")).contains("is not valid"));
        for url in ["https://me:secret@acme.example", "https://acme.example/ti", "https://acme.example?apiKey=secret"] {
            let message = refused(keyed().set_url(url));
            assert!(message.contains("remove the user, path and query") && !message.contains("secret"), "{message}");
            assert!(!format!("{:?}", keyed().set_url(url)).contains("secret"));
        }
        assert!(!refused(keyed().set_subdomain("https://acme.example?apiKey=secret")).contains("secret"));
        assert!(refused(keyed()).contains("TI_SUBDOMAIN"));
        for key in ["", "  "] {
            assert!(refused(Client::builder().set_subdomain("acme").set_api_key(key)).contains("TI_API_KEY"));
        }
        assert!(refused(Client::builder().set_subdomain("acme").set_api_key("two\nlines")).contains("line break"));
    }

    #[test]
    fn right_settings_are_taken() {
        let keyed = || Client::builder().set_api_key("key");
        for builder in [
            keyed().set_subdomain("acme"),
            keyed().set_subdomain("Acme-2"),
            keyed().set_url("https://learn.acme.example"),
            keyed().set_url("http://localhost:8080"),
            keyed().set_url("http://[::1]:8080"),
            keyed().set_url("http://127.0.0.1:8080"),
        ] {
            builder.build().expect("valid settings");
        }
    }

    #[test]
    fn the_key_is_not_printed() {
        let builder = Client::builder().set_subdomain("acme").set_api_key("planted-key");
        assert!(!format!("{builder:?}").contains("planted-key"));
        assert!(!format!("{:?}", builder.build().expect("valid settings")).contains("planted-key"));
    }
}
