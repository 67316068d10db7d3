//! Groups.

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::users::id_of;
use crate::{Error, Response, UserKey, routes};

/// Groups of users, available in v1 only (API guide).
#[derive(Debug, Clone)]
pub struct Groups {
    tenant: Tenant,
}

impl Groups {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Adds a user to a group. Adding a user who is already in it has no effect.
    ///
    /// # Errors
    /// If the group or the user is not found, or the tenant has no v1.
    pub async fn add_user(&self, group_id: &str, who: impl Into<UserKey>) -> Result<Response<()>, Error> {
        let id = id_of(&self.tenant, &who.into()).await?;
        let arguments = json!({ "groupId": group_id, "userId": id });
        let answer = write_rest::<Value>(&self.tenant, &routes::GROUPS_ADD_USER, &arguments, Selection::NONE).await?;
        Ok(answer.map(drop))
    }
}
