//! Webhooks.

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::users::NOTHING;
use crate::{Answer, Client, Error, Secret, routes};

/// Where a tenant reports what happens. A tutorial of the developer site alone describes the registration, and shows no
/// answer.
#[derive(Debug, Clone)]
pub struct Webhooks {
    client: Client,
}

impl Webhooks {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Registers a webhook for events such as `user.created`. The tenant signs what it sends with the secret.
    /// Returns what the tenant answers.
    ///
    /// # Errors
    /// If the tenant refuses the address or an event.
    pub async fn create(&self, url: &str, events: &[&str], secret: &Secret) -> Result<Answer<Value>, Error> {
        let arguments = json!({ "url": url, "events": events, "secret": secret.reveal(), "active": true });
        let answer: Answer<Value> = write_rest(&self.client, &routes::WEBHOOKS_CREATE, &arguments, &NOTHING).await?;
        Ok(answer.map(|mut registered| {
            // What a tenant repeats of the secret is not handed on.
            registered.as_object_mut().map(|fields| fields.remove("secret"));
            registered
        }))
    }
}
