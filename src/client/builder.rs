//! Settings of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Client;
use crate::capabilities::{Capabilities, Dialect};
use crate::clock::{Clock, TokioClock};
use crate::rate::Limits;
use crate::send::{Event, Listener, RetryPolicy, Sender};
use crate::tenant::{Tenant, parse_subdomain, parse_url};
use crate::transport::Transport;
use crate::transport::https::{Bounds, Https};
use crate::{Error, Secret};

/// Settings of a [`Client`].
#[derive(Default)]
#[must_use]
pub struct ClientBuilder {
    subdomain: Option<String>,
    url: Option<String>,
    api_key: Option<Secret>,
    dialect: Option<Dialect>,
    bounds: Bounds,
    key_in_query: bool,
    transport: Option<Box<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    limits: Paced,
    share: Option<u32>,
    max_wait: Option<Duration>,
    policy: RetryPolicy,
    listener: Listener,
}

/// The limits to keep to.
#[derive(Debug, Default)]
enum Paced {
    #[default]
    Documented,
    By(Limits),
    Not,
}

/// Shows which settings are there. A URL may hold a secret before it has been refused for that.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("has_tenant", &(self.subdomain.is_some() || self.url.is_some()))
            .field("has_api_key", &self.api_key.is_some())
            .field("dialect", &self.dialect)
            .field("bounds", &self.bounds)
            .field("key_in_query", &self.key_in_query)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Settings from `TI_URL` or `TI_SUBDOMAIN`, and `TI_API_KEY`. What is not there is left open.
    pub fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        Self {
            subdomain: variable("TI_SUBDOMAIN"),
            url: variable("TI_URL"),
            api_key: variable("TI_API_KEY").map(Secret::from),
            ..Self::default()
        }
    }

    /// The tenant's subdomain: `acme` for `https://acme.thoughtindustries.com`. Takes the place of a URL.
    pub fn set_subdomain(mut self, subdomain: impl Into<String>) -> Self {
        self.subdomain = Some(subdomain.into());
        self.url = None;
        self
    }

    /// The tenant's address, for tenants with a host of their own. Takes the place of a subdomain.
    pub fn set_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self.subdomain = None;
        self
    }

    /// The API key. It goes into a header.
    pub fn set_api_key(mut self, key: impl Into<Secret>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// What the tenant is taken for until it shows otherwise; the default is [`Dialect::Documented`]. Naming the
    /// right one saves the first calls a detour.
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// How long a request may take, from connecting to the last byte of the answer; 60 seconds by default. A call may
    /// take several requests.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.bounds.total = timeout;
        self
    }

    /// How long a connection may take to come about; 10 seconds by default.
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.bounds.connect = timeout;
        self
    }

    /// How long the tenant may take until its answer begins; 45 seconds by default.
    pub fn with_first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.bounds.first_byte = timeout;
        self
    }

    /// How long the tenant may pause in the middle of an answer; 15 seconds by default.
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.bounds.idle = timeout;
        self
    }

    /// How many connections are kept open while nothing is sent; 8 by default.
    pub fn with_kept_connections(mut self, connections: usize) -> Self {
        self.bounds.kept = connections;
        self
    }

    /// Sends the key to GraphQL in the query, as `?apiKey=`, where production clients put it for `/helium`. Servers
    /// and proxies write URLs into their logs, so a header is the default.
    pub fn with_key_in_query(mut self, key_in_query: bool) -> Self {
        self.key_in_query = key_in_query;
        self
    }

    /// The limits of the tenant's plan, where they are not those that the public documents state
    /// ([`Limits::documented`]). The client keeps to them before it sends, counts points and requests for itself and
    /// all its clones, and corrects them by what the tenant's headers say.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Paced::By(limits);
        self
    }

    /// Keeps to no limit but the tenant's own word, such as 429: for a sandbox without limits.
    pub fn without_limits(mut self) -> Self {
        self.limits = Paced::Not;
        self
    }

    /// How much of the limits to use, in percent, from 1 to 100; the rest is left to others that use the key. The
    /// default is 100.
    pub fn with_share(mut self, percent: u32) -> Self {
        self.share = Some(percent);
        self
    }

    /// How long a call may wait for the tenant's limit; one that would have to wait longer fails at once, with
    /// [`is_rate_limited`](Error::is_rate_limited). The default is the deadline of the retry policy.
    pub fn with_max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = Some(max_wait);
        self
    }

    /// How often and how long a request is tried. A query is sent again after any failure that passes; a mutation only
    /// where it is proven that it did not run, or where twice is as once.
    pub fn with_retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Calls this with what the client is doing: attempts, waits, and surfaces that prove absent.
    pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listener = Listener(Some(Box::new(listener)));
        self
    }

    /// Takes time and chance from elsewhere; meant for tests.
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sends requests another way than over HTTPS; meant for tests.
    pub fn with_transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// If the subdomain is no DNS label, the URL is neither https nor loopback, or the key is missing.
    pub fn build(self) -> Result<Client, Error> {
        let base = match (&self.url, &self.subdomain) {
            (Some(url), _) => parse_url(url)?,
            (None, Some(subdomain)) => parse_subdomain(subdomain)?,
            (None, None) => {
                return Err(Error::settings("no tenant: give a subdomain or a URL (TI_SUBDOMAIN or TI_URL)"));
            }
        };
        let key = self.api_key.filter(|key| !key.reveal().trim().is_empty());
        let Some(key) = key else { return Err(Error::settings("no API key: give one (TI_API_KEY)")) };
        if key.reveal().bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(Error::settings("the API key has a space, a line break or a character that is not ASCII"));
        }
        let transport = match self.transport {
            Some(transport) => transport,
            None => {
                let https =
                    Https::new(self.bounds).map_err(|error| Error::new(crate::error::Kind::Transport(error)))?;
                Box::new(https)
            }
        };
        let capabilities = Capabilities::of(self.dialect.unwrap_or_default());
        let share = self.share.unwrap_or(100);
        if !(1..=100).contains(&share) {
            return Err(Error::settings(format!("a share of {share} % is none: give one from 1 to 100")));
        }
        let limits = match self.limits {
            Paced::Documented => Some(Limits::documented()),
            Paced::By(limits) => Some(limits),
            Paced::Not => None,
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(TokioClock::new()));
        let sender = Sender::new(transport, clock, limits, share, self.policy, self.max_wait, self.listener);
        Ok(Client { tenant: Tenant::new(base, key, self.key_in_query, sender, capabilities) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(builder: ClientBuilder) -> String {
        let error = builder.build().expect_err("these settings are wrong");
        assert!(error.is_settings());
        error.to_string()
    }

    #[test]
    fn wrong_settings_are_told_apart() {
        let keyed = || Client::builder().set_api_key("key");
        for subdomain in ["", "acme.example", "-acme", "acme-", "ac me", "höhe", &"a".repeat(64)] {
            assert!(refused(keyed().set_subdomain(subdomain)).contains("is not a subdomain"), "{subdomain}");
        }
        for url in ["http://acme.example", "ftp://127.0.0.1", "http://127.0.0.1.example"] {
            assert!(refused(keyed().set_url(url)).contains("not https"), "{url}");
        }
        assert!(refused(keyed().set_url("acme")).contains("is not valid"));
        for url in ["https://me:secret@acme.example", "https://acme.example/ti", "https://acme.example?apiKey=secret"] {
            let told = refused(keyed().set_url(url));
            assert!(told.contains("remove the user, path and query") && !told.contains("secret"), "{told}");
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
            builder.build().expect("these settings are right");
        }
    }

    #[test]
    fn the_key_is_not_printed() {
        let builder = Client::builder().set_subdomain("acme").set_api_key("planted-key");
        assert!(!format!("{builder:?}").contains("planted-key"));
        assert!(!format!("{:?}", builder.build().expect("right settings")).contains("planted-key"));
    }
}
