//! Content for several users at once.

use crate::execute::{to_arguments, write};
use crate::model::{APIBulkResult, BulkContentAssignmentUser, BulkContentRemoveAccessUser};
use crate::operations::{ContentBulkAssign, ContentBulkRemove, content_bulk_assign, content_bulk_remove};
use crate::tenant::Tenant;
use crate::{Error, Response, routes};

/// Users' access to content.
#[derive(Debug, Clone)]
pub struct Content {
    tenant: Tenant,
}

impl Content {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Assigns courses and learning paths to several users. Records that fail are reported individually.
    ///
    /// # Errors
    /// If the entire call fails.
    pub async fn bulk_assign(&self, users: Vec<BulkContentAssignmentUser>) -> Result<Response<APIBulkResult>, Error> {
        let arguments = to_arguments(&content_bulk_assign::Variables { users })?;
        write::<ContentBulkAssign>(&self.tenant, &routes::CONTENT_BULK_ASSIGN, &arguments).await
    }

    /// Revokes several users' access to courses and learning paths. Records that fail are reported individually.
    ///
    /// # Errors
    /// If the entire call fails.
    pub async fn bulk_remove(&self, users: Vec<BulkContentRemoveAccessUser>) -> Result<Response<APIBulkResult>, Error> {
        let arguments = to_arguments(&content_bulk_remove::Variables { users })?;
        write::<ContentBulkRemove>(&self.tenant, &routes::CONTENT_BULK_REMOVE, &arguments).await
    }
}
