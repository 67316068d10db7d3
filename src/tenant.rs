//! The tenant of a client: its address, its key, its sender, and what is known about it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::lock::{Mutex, MutexGuard};
use url::Url;

use crate::capabilities::Capabilities;
use crate::profile::{EndpointProfile, TenantProfile};
use crate::runtime::Surface;
use crate::send::Sender;
use crate::transport::https::is_loopback;
use crate::{Date, Dialect, Error, Secret};

/// The state that all clones of a client share. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    inner: Arc<Inner>,
    /// Whether flat REST records are completed with further reads.
    completes: bool,
}

#[derive(Debug)]
struct Inner {
    base: Url,
    key: Secret,
    sender: Sender,
    /// The dialect that the caller has set.
    dialect: Option<Dialect>,
    known: RwLock<Arc<Capabilities>>,
    /// Held while an endpoint is tried for the first time, so that calls at the same time do not all try it.
    contact: Mutex<()>,
}

impl Tenant {
    pub(crate) fn new(base: Url, key: Secret, sender: Sender, dialect: Option<Dialect>, known: Capabilities) -> Self {
        let known = RwLock::new(Arc::new(known));
        let inner = Inner { base, key, sender, dialect, known, contact: Mutex::new(()) };
        Self { inner: Arc::new(inner), completes: true }
    }

    /// The same tenant, whose flat REST records are read as they are.
    pub(crate) fn without_completion(&self) -> Self {
        Self { completes: false, ..self.clone() }
    }

    pub(crate) fn completes(&self) -> bool {
        self.completes
    }

    /// Scheme and host.
    pub(crate) fn base(&self) -> &Url {
        &self.inner.base
    }

    pub(crate) fn key(&self) -> &Secret {
        &self.inner.key
    }

    pub(crate) fn sender(&self) -> &Sender {
        &self.inner.sender
    }

    /// The dialect that the caller has set.
    pub(crate) fn set_dialect(&self) -> Option<Dialect> {
        self.inner.dialect
    }

    /// What is known about it so far.
    pub(crate) fn known(&self) -> Arc<Capabilities> {
        Arc::clone(&self.inner.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Updates what is known.
    pub(crate) fn learn(&self, lesson: impl FnOnce(&mut TenantProfile)) {
        let mut known = self.inner.known.write().unwrap_or_else(PoisonError::into_inner);
        lesson(Arc::make_mut(&mut known).profile_mut());
    }

    /// Updates what is known about an endpoint.
    pub(crate) fn learn_endpoint(&self, path: &str, lesson: impl FnOnce(&mut EndpointProfile)) {
        self.learn(|profile| {
            if let Some(endpoint) = profile.endpoint_mut(path) {
                lesson(endpoint);
            }
        });
    }

    /// The endpoint that a surface is used through.
    pub(crate) fn endpoint(&self, surface: Surface) -> Option<EndpointProfile> {
        self.known().profile().open(surface).cloned()
    }

    /// Waits until no other call tries an endpoint for the first time.
    pub(crate) async fn first_contact(&self) -> MutexGuard<'_, ()> {
        self.inner.contact.lock().await
    }

    /// The current time.
    pub(crate) fn now(&self) -> Option<Date> {
        let now: Duration = self.sender().clock.now();
        i64::try_from(now.as_millis()).ok().and_then(Date::from_millisecond)
    }
}

/// Parses the subdomain of a tenant: a DNS label of letters, digits and inner hyphens, at most 63 characters.
pub(crate) fn parse_subdomain(subdomain: &str) -> Result<Url, Error> {
    let is_label = (1..=63).contains(&subdomain.len())
        && subdomain.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !subdomain.starts_with('-')
        && !subdomain.ends_with('-');
    let wrong = || {
        // A URL pasted here may contain a key, so it is not repeated.
        let shown = if subdomain.contains(['/', '?', '@', ':']) { "the text" } else { subdomain };
        Error::settings(format!(
            "`{shown}` is not a subdomain: for https://acme.thoughtindustries.com use `acme`; for a custom domain use \
             the URL"
        ))
    };
    if !is_label {
        return Err(wrong());
    }
    Url::parse(&format!("https://{subdomain}.thoughtindustries.com")).map_err(|_| wrong())
}

/// Parses the URL of a tenant: https, or loopback; scheme and host only.
pub(crate) fn parse_url(text: &str) -> Result<Url, Error> {
    // The parser's message does not repeat the text, which may contain a key.
    let url = Url::parse(text).map_err(|error| Error::settings(format!("the tenant's URL is not valid: {error}")))?;
    // Over http to another machine, the key would be readable in transit.
    let is_loopback = is_loopback(&url);
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
        return Err(Error::settings("the tenant's URL is not https: the key would be readable in transit"));
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return Err(Error::settings("the tenant's URL has more than scheme and host: remove the user, path and query"));
    }
    Ok(url)
}
