//! Reads of one user by id.

use std::time::Duration;

use crate::error::Kind;
use crate::execute::run;
use crate::model::User;
use crate::operations::{UserById, UserProfileById, user_by_id, user_profile_by_id};
use crate::runtime::{OperationSpec, Surface};
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

/// A user with this key in the path of v2.
pub(super) async fn over_v2(tenant: &Tenant, key: &str, is_profile: bool) -> Result<Response<User>, Error> {
    let (id, only) = (key.to_owned(), Some(Surface::RestV2));
    if is_profile {
        let variables = user_profile_by_id::Variables { id };
        return run::<UserProfileById>(tenant, &routes::USERS_GET_PROFILE, variables, &[], only).await;
    }
    run::<UserById>(tenant, &routes::USERS_GET, user_by_id::Variables { id }, &[], only).await
}

/// The pauses before a user is read again who is not as written: reads may lag behind writes.
const LAG: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Reads a user after a write.
pub(super) async fn read_back(tenant: &Tenant, spec: &OperationSpec, id: &str) -> Result<Response<User>, Error> {
    let read = profile_by_id(tenant, id).await.and_then(|response| response.reject_partial(spec.name));
    read.map_err(|error| Error::new(Kind::Unverified(Box::new(error))).with_operation(spec.name))
}

/// Reads a user after a write until `check` finds them as written, at most three times.
pub(super) async fn verified<T>(
    tenant: &Tenant,
    spec: &OperationSpec,
    id: &str,
    check: impl Fn(&Response<User>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut pauses = LAG.into_iter();
    loop {
        let checked = match read_back(tenant, spec, id).await {
            Ok(now) => check(&now),
            Err(error) => Err(error),
        };
        let is_lag = |error: &Error| !error.fields_not_applied().is_empty() || error.is_not_found_after_write();
        match (checked, pauses.next()) {
            (Err(error), Some(pause)) if is_lag(&error) => tenant.sender().clock.sleep(pause).await,
            (checked, _) => return checked.map_err(|error| error.with_operation(spec.name)),
        }
    }
}
