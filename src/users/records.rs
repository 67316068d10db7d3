//! Entire user records: deletion, and the second record of a dual role.

use serde_json::{Value, json};

use super::find::id_of;
use super::key::UserKey;
use super::read::profile_by_id;
use super::update::or_not_found;
use crate::error::Kind;
use crate::execute::{write, write_rest};
use crate::model::{BulkRemoveDualRoleManagerResult, DualRoleStatus};
use crate::operations::{UserMakeDualRole, UserRemoveDualRole};
use crate::request::{CalledOperation, request};
use crate::runtime::{Selection, Surface};
use crate::tenant::Tenant;
use crate::{Error, Response, routes};

/// Permanently deletes a user. A 404 after a lost response is success: the earlier attempt deleted the user.
pub(super) async fn delete(tenant: &Tenant, key: &UserKey) -> Result<Response<()>, Error> {
    let spec = &routes::USERS_DELETE;
    let id = id_of(tenant, key).await?;
    let refused = match write_rest::<Value>(tenant, spec, &json!({ "id": id }), Selection::NONE).await {
        Ok(answer) => return Ok(answer.map(drop)),
        Err(error) => error,
    };
    // A tenant without v1 responds with 404 as it would for a missing user.
    let found = if refused.is_not_found() { Some(profile_by_id(tenant, &id).await) } else { None };
    let is_there = matches!(found, Some(Ok(_)));
    let is_gone = matches!(&found, Some(Err(error)) if error.is_not_found());
    if is_gone && refused.execution().is_unknown() {
        // An earlier attempt was carried out, and its response was lost.
        return Ok(Response { is_recovered: true, ..Response::new((), Surface::RestV1) });
    }
    if !refused.is_no_route() && !is_there {
        return Err(refused);
    }
    let message = "only v1 deletes users, and the tenant has no v1: disable the user instead, which keeps the history";
    Err(Error::new(Kind::NoRoute(message.to_owned())).with_operation(spec.name))
}

/// Gives a learner a second record with a manager role; ends in [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// let pair = client.users().make_dual_role("ada@example.com").set_role("client-manager").await?;
/// println!("{:?} manages", pair.manager_id);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct MakeDualRole {
    tenant: Tenant,
    key: UserKey,
    role: Option<String>,
}

impl MakeDualRole {
    pub(super) fn new(tenant: Tenant, key: UserKey) -> Self {
        Self { tenant, key, role: None }
    }

    /// The key of the manager role, such as `client-manager`. Without one, the tenant chooses.
    pub fn set_role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::USERS_MAKE_DUAL_ROLE)
    }

    async fn run(self) -> Result<Response<DualRoleStatus>, Error> {
        let id = id_of(&self.tenant, &self.key).await?;
        let mut arguments = json!({ "id": id });
        if let (Some(role), Some(fields)) = (self.role, arguments.as_object_mut()) {
            fields.insert("role".to_owned(), json!(role));
        }
        match write::<UserMakeDualRole>(&self.tenant, &routes::USERS_MAKE_DUAL_ROLE, &arguments).await {
            Err(error) => Err(or_not_found(&self.tenant, &id, error).await),
            done => done,
        }
    }
}

request! {
    /// Adds the record. Not idempotent; [Cancellation](crate#cancellation) describes what dropping the future means.
    ///
    /// # Errors
    /// If the user is not found, or already has two records ([`is_conflict`](Error::is_conflict)).
    MakeDualRole => Response<DualRoleStatus>
}

pub(super) async fn remove_dual_role(
    tenant: &Tenant,
    manager_ids: &[String],
) -> Result<Response<BulkRemoveDualRoleManagerResult>, Error> {
    let arguments = json!({ "userIds": manager_ids });
    write::<UserRemoveDualRole>(tenant, &routes::USERS_REMOVE_DUAL_ROLE, &arguments).await
}
