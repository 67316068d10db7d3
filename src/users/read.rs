//! Reads of one user by id.

use crate::error::Kind;
use crate::execute::run;
use crate::model::User;
use crate::operations::{UserById, UserProfileById, user_by_id, user_profile_by_id};
use crate::runtime::OperationSpec;
use crate::tenant::Tenant;
use crate::{Error, Response, routes};

/// A user with everything they hold.
pub(super) async fn by_id(tenant: &Tenant, id: &str) -> Result<Response<User>, Error> {
    run::<UserById>(tenant, &routes::USERS_GET, user_by_id::Variables { id: id.to_owned() }, &[], None).await
}

/// The writable fields of a user.
pub(super) async fn profile_by_id(tenant: &Tenant, id: &str) -> Result<Response<User>, Error> {
    let variables = user_profile_by_id::Variables { id: id.to_owned() };
    run::<UserProfileById>(tenant, &routes::USERS_GET_PROFILE, variables, &[], None).await
}

/// Reads a user after a write, to verify it.
pub(super) async fn read_back(tenant: &Tenant, spec: &OperationSpec, id: &str) -> Result<Response<User>, Error> {
    let read = profile_by_id(tenant, id).await.and_then(|response| response.reject_partial(spec.name));
    read.map_err(|error| Error::new(Kind::Unverified(Box::new(error))).with_operation(spec.name))
}
