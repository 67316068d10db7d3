//! What a plan may do: whom it is about, and how much it may change.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thought_industries::Client;
use thought_industries::model::{AllocatedLicense, User};

use crate::error::{Error, ErrorKind};
use crate::guards::Guards;
use crate::provenance::Provenance;

/// What a plan may do.
///
/// ```
/// use thought_industries_provision::{Guards, Policy};
///
/// let policy = Policy::new().deactivate_missing(true).guards(Guards::new().deactivations(50));
/// assert!(policy.deactivate_missing);
/// assert_eq!((policy.guards.deactivations, policy.guards.percent), (50, 10.0));
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// Whether users of the scope who are not in the roster are deactivated, and users who are in it reactivated unless
    /// their row has a status.
    pub deactivate_missing: bool,
    /// The client whose users the roster is about; `None` for all users.
    pub scope: Option<String>,
    /// The role keys of users who may be changed; empty for those of learners, as the tenant's profile has them or most
    /// users have them.
    pub managed_roles: Vec<String>,
    /// Whether fields are written that the tenant does not show. They are planned again each time.
    pub write_hidden: bool,
    /// Where users who are created carry the mark of the plan; nowhere by default.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provenance: Option<Provenance>,
    /// What is planned where a user who is in no row and a row that no user matches look like one user.
    #[serde(skip_serializing_if = "Renames::is_ask", default)]
    pub renames: Renames,
    /// What is planned for users who start on a later day.
    #[serde(skip_serializing_if = "Starters::wait", default)]
    pub starters: Starters,
    /// How much may be changed.
    pub guards: Guards,
}

/// What is planned for users who are not in the tenant yet and start on a later day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Starters {
    /// Nothing until that day.
    #[default]
    Wait,
    /// They are created and disabled, and activated on that day. Their rows need a status, unless missing users are
    /// deactivated: no later plan would activate them otherwise.
    Disabled,
}

impl Starters {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn wait(&self) -> bool {
        *self == Self::Wait
    }
}

/// What is planned where a user who is in no row and a row that no user matches look like one user: their name is the same,
/// or their address has the same text before the `@`. In a roster that deactivates no missing users, both have to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Renames {
    /// Nothing: the entry is a problem, and names both.
    #[default]
    Ask,
    /// The address and the other fields of the same account change. Users and rows of which several look like each other, or
    /// whose names differ, stay problems.
    Update,
    /// Another account is created, and the missing one is treated like any other.
    Create,
}

impl Renames {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_ask(&self) -> bool {
        *self == Self::Ask
    }
}

impl Policy {
    /// The policy of a roster that is about some of the tenant's learners: it deactivates no user who is not in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether users of the scope who are not in the roster are deactivated.
    #[must_use]
    pub fn deactivate_missing(self, deactivate_missing: bool) -> Self {
        Self { deactivate_missing, ..self }
    }

    /// The client whose users the roster is about; all users by default.
    #[must_use]
    pub fn scope(self, client_id: impl Into<String>) -> Self {
        Self { scope: Some(client_id.into()), ..self }
    }

    /// The role keys of users who may be changed; those of learners by default.
    #[must_use]
    pub fn managed_roles(self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { managed_roles: roles.into_iter().map(Into::into).collect(), ..self }
    }

    /// Whether fields are written that the tenant does not show.
    #[must_use]
    pub fn write_hidden(self, write_hidden: bool) -> Self {
        Self { write_hidden, ..self }
    }

    /// Where users who are created carry the mark of the plan.
    #[must_use]
    pub fn provenance(self, provenance: Provenance) -> Self {
        Self { provenance: Some(provenance), ..self }
    }

    /// What is planned where a missing user and a new row look like one user; a problem by default.
    #[must_use]
    pub fn renames(self, renames: Renames) -> Self {
        Self { renames, ..self }
    }

    /// What is planned for users who start on a later day; nothing by default.
    #[must_use]
    pub fn starters(self, starters: Starters) -> Self {
        Self { starters, ..self }
    }

    /// How much may be changed.
    #[must_use]
    pub fn guards(self, guards: Guards) -> Self {
        Self { guards, ..self }
    }

    /// This policy with the role keys of users who may be changed.
    ///
    /// # Errors
    /// If the policy does not name them and the tenant does not show which role is that of learners.
    pub(crate) async fn resolved(&self, client: &Client) -> Result<Self, Error> {
        if !self.managed_roles.is_empty() {
            return Ok(self.clone());
        }
        let managed_roles: Vec<String> = client.users().learner_roles().await?.into_iter().collect();
        if managed_roles.is_empty() {
            let known = client.profile().role_keys;
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let message = format!("no role is that of most users; role keys in use: {}", known.join(", "));
            let help = "name the roles of the users who may be changed, such as --role KEY";
            return Err(Error::new(ErrorKind::Guard, message).with_help(help));
        }
        Ok(Self { managed_roles, ..self.clone() })
    }

    /// Whether a user may be changed, by role.
    pub(crate) fn manages_role_of(&self, user: &User) -> bool {
        user.role_key.as_ref().is_some_and(|key| self.managed_roles.contains(key))
    }

    /// Whether a user belongs to the scope.
    pub(crate) fn has_in_scope(&self, user: &User) -> bool {
        self.scope.is_none() || self.scope == user.client_id
    }
}

/// Whether a user is a learner, by role: `roles` are the role keys of learners.
pub fn is_learner(user: &User, roles: &BTreeSet<String>) -> bool {
    user.role_key.as_ref().is_some_and(|key| roles.contains(key))
}

/// Whether a user takes a seat of a license they hold: students do, managers do not. Where a tenant does not show the role of
/// a license, learners count as students and all other users as managers: of the two records of a dual role, the
/// learner's holds what is studied and the other what is managed.
pub fn takes_seat(user: &User, held: &AllocatedLicense, roles: &BTreeSet<String>) -> bool {
    match &held.license_role {
        Some(role) => role.to_string() == "student",
        None => user.role_key.is_none() || is_learner(user, roles),
    }
}
