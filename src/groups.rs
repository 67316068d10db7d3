//! Groups.

use serde_json::{Value, json};

use crate::execute::write_rest;
use crate::users::{NOTHING, id_of};
use crate::{Answer, Client, Error, UserKey, routes};

/// Groups of people, which v1 alone knows (API guide).
#[derive(Debug, Clone)]
pub struct Groups {
    client: Client,
}

impl Groups {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Adds a person to a group. Adding somebody who is in it changes nothing.
    ///
    /// # Errors
    /// If the group or the person is not there, or the tenant has no v1.
    pub async fn add_user(&self, group_id: &str, who: impl Into<UserKey>) -> Result<Answer<()>, Error> {
        let id = id_of(&self.client, &who.into()).await?;
        let arguments = json!({ "groupId": group_id, "userId": id });
        let answer = write_rest::<Value>(&self.client, &routes::GROUPS_ADD_USER, &arguments, &NOTHING).await?;
        Ok(answer.map(drop))
    }
}
