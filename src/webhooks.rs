//! Webhooks.

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::{Error, Response, Secret, routes};

/// Where a tenant reports events. Only a tutorial on the developer site describes the registration, and it shows no
/// response.
#[derive(Debug, Clone)]
pub struct Webhooks {
    tenant: Tenant,
}

impl Webhooks {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Registers a webhook for events such as `user.created`. The tenant signs its requests with the secret. Returns
    /// the tenant's response.
    ///
    /// # Errors
    /// If the tenant refuses the address or an event.
    pub async fn create(&self, url: &str, events: &[&str], secret: &Secret) -> Result<Response<Value>, Error> {
        let arguments = json!({ "url": url, "events": events, "secret": secret.reveal(), "active": true });
        let answer: Response<Value> =
            write_rest(&self.tenant, &routes::WEBHOOKS_CREATE, &arguments, Selection::NONE).await?;
        Ok(answer.map(|mut registered| {
            // If the tenant repeats the secret, it is removed.
            registered.as_object_mut().map(|fields| fields.remove("secret"));
            registered
        }))
    }
}
