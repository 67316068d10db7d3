//! The tenant of a client: its address, its key, its sender, and what is known about it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::lock::{Mutex, MutexGuard};
use url::Url;

use crate::capabilities::Capabilities;
use crate::catalog::Catalog;
use crate::profile::{EndpointProfile, TenantProfile};
use crate::runtime::{OperationSpec, Surface};
use crate::send::{Progress, RetryPolicy, Sender};
use crate::transport::https::is_loopback;
use crate::{Date, Dialect, Error, Secret};

/// The state that all clones of a client share. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    inner: Arc<Inner>,
    /// That of the client, unless the call has a retry policy or a timeout of its own.
    sender: Arc<Sender>,
    options: CallOptions,
    /// Clients that were read before.
    catalog: Option<Catalog>,
    /// The token of the user on whose behalf GraphQL is asked.
    acting: Option<Arc<Secret>>,
}

/// The options of one call.
#[derive(Debug, Clone, Copy)]
struct CallOptions {
    /// Whether flat REST records are completed with further reads.
    completes: bool,
    /// How long the call may take.
    timeout: Option<Duration>,
    /// The only surface that is used.
    surface: Option<Surface>,
    /// The entries per page of a list, where the route takes a number.
    page_size: Option<u32>,
    /// The pages of a list that are read before their turn.
    pages_ahead: usize,
}

#[derive(Debug)]
struct Inner {
    base: Url,
    key: Secret,
    /// The dialect that the caller has set.
    dialect: Option<Dialect>,
    known: RwLock<Arc<Capabilities>>,
    /// Held while an endpoint is tried for the first time, so that calls at the same time do not all try it.
    contact: Mutex<()>,
}

impl Tenant {
    pub(crate) fn new(base: Url, key: Secret, sender: Sender, dialect: Option<Dialect>, known: Capabilities) -> Self {
        let known = RwLock::new(Arc::new(known));
        let inner = Inner { base, key, dialect, known, contact: Mutex::new(()) };
        let options = CallOptions { completes: true, timeout: None, surface: None, page_size: None, pages_ahead: 0 };
        Self { inner: Arc::new(inner), sender: Arc::new(sender), options, catalog: None, acting: None }
    }

    /// The same tenant, asked on behalf of a user.
    pub(crate) fn acting_as(&self, token: Secret) -> Self {
        Self { acting: Some(Arc::new(token)), ..self.clone() }
    }

    /// The token of the user on whose behalf GraphQL is asked.
    pub(crate) fn acting(&self) -> Option<&Secret> {
        self.acting.as_deref()
    }

    /// The same tenant, whose flat REST records are read as they are.
    pub(crate) fn without_completion(&self) -> Self {
        Self { options: CallOptions { completes: false, ..self.options }, ..self.clone() }
    }

    pub(crate) fn completes(&self) -> bool {
        self.options.completes
    }

    /// Lets the next call use clients that were read before.
    pub(crate) fn set_catalog(&mut self, catalog: &Catalog) {
        self.catalog = Some(catalog.clone());
    }

    /// The clients that were read before, if the call may use them.
    pub(crate) fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    /// Bounds the next call.
    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.options.timeout = Some(timeout);
    }

    /// The bound of a call that begins now, with what will be known of its mutations. The calls that it consists of are
    /// not bounded again.
    pub(crate) fn begin(&mut self) -> Option<(Duration, Progress)> {
        let timeout = self.options.timeout.take()?;
        let progress = Progress::default();
        self.sender = Arc::new(self.sender.with_progress(progress.clone()));
        Some((timeout, progress))
    }

    /// Sets the retry policy of the next call.
    pub(crate) fn set_policy(&mut self, policy: RetryPolicy) {
        self.sender = Arc::new(self.sender.with_policy(policy));
    }

    /// Lets the next call try a page after the first of a list as often as the policy allows for it.
    pub(crate) fn continue_list(&mut self) {
        let policy = self.sender.policy.of_further_page();
        if policy != self.sender.policy {
            self.set_policy(policy);
        }
    }

    /// Restricts the next call to one surface.
    pub(crate) fn set_surface(&mut self, surface: Surface) {
        self.options.surface = Some(surface);
    }

    /// The only surface that may be used, if the call is restricted to one.
    pub(crate) fn surface(&self) -> Option<Surface> {
        self.options.surface
    }

    /// Whether the call may use a surface.
    pub(crate) fn allows(&self, surface: Surface) -> bool {
        self.options.surface.is_none_or(|only| only == surface)
    }

    /// The surfaces on which an operation is tried, best first.
    pub(crate) fn routes_of(&self, spec: &OperationSpec) -> Vec<Surface> {
        let mut surfaces = self.known().routes_of(spec);
        surfaces.retain(|surface| self.allows(*surface));
        surfaces
    }

    /// The same tenant, asked for pages of this many entries.
    pub(crate) fn with_page_size(&self, page_size: Option<u32>) -> Self {
        Self { options: CallOptions { page_size, ..self.options }, ..self.clone() }
    }

    /// The entries per page, if the call sets them.
    pub(crate) fn page_size(&self) -> Option<u32> {
        self.options.page_size
    }

    /// Lets the next list read this many pages before their turn.
    pub(crate) fn set_pages_ahead(&mut self, pages: usize) {
        self.options.pages_ahead = pages;
    }

    /// The pages of a list that are read before their turn.
    pub(crate) fn pages_ahead(&self) -> usize {
        self.options.pages_ahead
    }

    /// Scheme and host.
    pub(crate) fn base(&self) -> &Url {
        &self.inner.base
    }

    pub(crate) fn key(&self) -> &Secret {
        &self.inner.key
    }

    pub(crate) fn sender(&self) -> &Sender {
        &self.sender
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

    /// The current time, by the tenant's clock as far as it is known.
    pub(crate) fn now(&self) -> Date {
        self.date_of(self.sender().clock.now())
    }

    /// A time of the client's clock, by the tenant's clock as far as it is known now.
    pub(crate) fn date_of(&self, time: Duration) -> Date {
        let time = self.sender().tenant_time(time);
        i64::try_from(time.as_millis()).ok().and_then(Date::from_millisecond).unwrap_or_else(Date::now)
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
