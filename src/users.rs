//! People.

mod find;
mod get;
mod list;

pub use get::{GetUser, UserKey};
pub use list::{BasicUsers, ListUsers};

use crate::Client;

/// People: learners, managers and everyone else with an account.
#[derive(Debug, Clone)]
pub struct Users {
    client: Client,
}

impl Users {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists people with what names them and says how they stand.
    pub fn list(&self) -> ListUsers {
        ListUsers::new(self.client.clone())
    }

    /// Lists people as the query of the API guide does: id, address, first name and `active`.
    pub fn basic(&self) -> BasicUsers {
        BasicUsers::new(self.client.clone())
    }

    /// Reads one person with everything they hold, by id, e-mail address or `externalCustomerId`.
    pub fn get(&self, who: impl Into<UserKey>) -> GetUser {
        GetUser::new(self.client.clone(), who.into())
    }
}
