//! Webhooks: where a tenant reports events, and the signatures of its reports.

mod signature;

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::request::Request;
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::{Response, Secret, routes};

pub use signature::{Refused, Verified, verify};

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
    /// the tenant's response. Not idempotent; [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let hook = client.webhooks().create("https://hr.example.com/ti", ["user.created"], "<secret>").await?;
    /// println!("{}", *hook);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the tenant refuses the address or an event.
    pub fn create(
        &self,
        url: impl Into<String>,
        events: impl IntoIterator<Item = impl Into<String>>,
        secret: impl Into<Secret>,
    ) -> Request<Response<Value>> {
        let spec = &routes::WEBHOOKS_CREATE;
        let (url, secret) = (url.into(), secret.into());
        let events: Vec<String> = events.into_iter().map(Into::into).collect();
        Request::new(&self.tenant, spec, move |tenant| async move {
            let arguments = json!({ "url": url, "events": events, "secret": secret.reveal(), "active": true });
            let answer: Response<Value> = write_rest(&tenant, spec, &arguments, Selection::NONE).await?;
            Ok(answer.map(|mut registered| {
                // If the tenant repeats the secret, it is removed.
                registered.as_object_mut().map(|fields| fields.remove("secret"));
                registered
            }))
        })
    }
}
