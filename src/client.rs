//! The client, and how it is set up.

mod builder;

use std::sync::{Arc, PoisonError, RwLock};

use url::Url;

pub use builder::ClientBuilder;

use crate::capabilities::Capabilities;
use crate::send::Sender;
use crate::{Clients, Content, Courses, Error, Groups, Jobs, Licenses, Secret, Users, Webhooks};

/// A client of one tenant. Cloning is cheap, and clones share connections and what is learned of the tenant.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) base: Url,
    pub(crate) key: Secret,
    pub(crate) key_in_query: bool,
    pub(crate) sender: Sender,
    pub(crate) capabilities: RwLock<Capabilities>,
}

impl Client {
    /// A client to be set up.
    ///
    /// ```
    /// use thought_industries::Client;
    ///
    /// let client = Client::builder().set_subdomain("acme").set_api_key("key").build()?;
    /// # Ok::<(), thought_industries::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client for the tenant at a subdomain of thoughtindustries.com.
    ///
    /// # Errors
    /// If the subdomain is no DNS label, or the key is empty.
    pub fn new(subdomain: &str, api_key: &str) -> Result<Self, Error> {
        Self::builder().set_subdomain(subdomain).set_api_key(api_key).build()
    }

    /// A client set up from the environment: `TI_URL` or `TI_SUBDOMAIN`, and `TI_API_KEY`.
    ///
    /// # Errors
    /// If one of them is missing or wrong; the text says which.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }

    /// People.
    pub fn users(&self) -> Users {
        Users::new(self.clone())
    }

    /// Clients (Panorama).
    pub fn clients(&self) -> Clients {
        Clients::new(self.clone())
    }

    /// Courses, and who is enrolled in them.
    pub fn courses(&self) -> Courses {
        Courses::new(self.clone())
    }

    /// What several people have access to.
    pub fn content(&self) -> Content {
        Content::new(self.clone())
    }

    /// Groups.
    pub fn groups(&self) -> Groups {
        Groups::new(self.clone())
    }

    /// Background jobs.
    pub fn jobs(&self) -> Jobs {
        Jobs::new(self.clone())
    }

    /// Webhooks.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(self.clone())
    }

    /// Licences.
    pub fn licenses(&self) -> Licenses {
        Licenses::new(self.clone())
    }

    /// The tenant's address, such as `https://acme.thoughtindustries.com/`.
    pub fn url(&self) -> &str {
        self.inner.base.as_str()
    }

    /// What is known by now of the tenant: where each operation goes, and what has proved absent.
    pub fn capabilities(&self) -> Capabilities {
        self.inner.capabilities.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn learn(&self, lesson: impl FnOnce(&mut Capabilities)) {
        lesson(&mut self.inner.capabilities.write().unwrap_or_else(PoisonError::into_inner));
    }
}
