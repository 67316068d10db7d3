//! The tenant of a client: its address, its key, its sender, and its capabilities.

use std::sync::{Arc, PoisonError, RwLock};

use url::Url;

use crate::capabilities::Capabilities;
use crate::send::Sender;
use crate::{Error, Secret};

/// The state that all clones of a client share. Cloning is cheap.
#[derive(Debug, Clone)]
pub(crate) struct Tenant(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base: Url,
    key: Secret,
    key_in_query: bool,
    sender: Sender,
    capabilities: RwLock<Capabilities>,
}

impl Tenant {
    pub(crate) fn new(base: Url, key: Secret, key_in_query: bool, sender: Sender, known: Capabilities) -> Self {
        let capabilities = RwLock::new(known);
        Self(Arc::new(Inner { base, key, key_in_query, sender, capabilities }))
    }

    /// Scheme and host.
    pub(crate) fn base(&self) -> &Url {
        &self.0.base
    }

    pub(crate) fn key(&self) -> &Secret {
        &self.0.key
    }

    /// Whether GraphQL requests carry the key in the query string.
    pub(crate) fn key_in_query(&self) -> bool {
        self.0.key_in_query
    }

    pub(crate) fn sender(&self) -> &Sender {
        &self.0.sender
    }

    /// What is known about its surfaces so far.
    pub(crate) fn capabilities(&self) -> Capabilities {
        self.0.capabilities.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Updates the capabilities.
    pub(crate) fn learn(&self, lesson: impl FnOnce(&mut Capabilities)) {
        lesson(&mut self.0.capabilities.write().unwrap_or_else(PoisonError::into_inner));
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
    // The parsed host is compared as a whole: `localhost.example.com` is not loopback, and http would expose the key.
    let is_loopback = match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
        return Err(Error::settings("the tenant's URL is not https: the key would be readable in transit"));
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
        return Err(Error::settings("the tenant's URL has more than scheme and host: remove the user, path and query"));
    }
    Ok(url)
}
