//! A user's enrollments with progress and certificates.

use super::find::id_of;
use super::key::UserKey;
use crate::execute::run;
use crate::model::ZendeskContent;
use crate::operations::{UserProgress, user_progress};
use crate::tenant::Tenant;
use crate::{Error, Response, routes};

pub(super) async fn list(tenant: &Tenant, key: &UserKey) -> Result<Response<Vec<ZendeskContent>>, Error> {
    let spec = &routes::USERS_PROGRESS;
    let variables = user_progress::Variables { user_id: id_of(tenant, key).await? };
    run::<UserProgress>(tenant, spec, variables, &[], None).await?.reject_partial(spec.name)
}
