//! Groups.

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::request::Request;
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::users::id_of;
use crate::{Response, UserKey, routes};

/// Groups of users, available in v1 only (API guide).
#[derive(Debug, Clone)]
pub struct Groups {
    tenant: Tenant,
}

impl Groups {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Adds a user to a group. Idempotent: adding a user who is already in it has no effect.
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// client.groups().add_user("<group id>", "ada@example.com").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the group or the user is not found, or the tenant has no v1.
    pub fn add_user(&self, group_id: impl Into<String>, who: impl Into<UserKey>) -> Request<Response<()>> {
        let spec = &routes::GROUPS_ADD_USER;
        let (group_id, who) = (group_id.into(), who.into());
        Request::new(&self.tenant, spec, move |tenant| async move {
            let arguments = json!({ "groupId": group_id, "userId": id_of(&tenant, &who).await? });
            Ok(write_rest::<Value>(&tenant, spec, &arguments, Selection::NONE).await?.map(drop))
        })
    }
}
