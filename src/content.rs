//! Content for several users at once.

use crate::execute::{to_arguments, write};
use crate::model::{APIBulkResult, BulkContentAssignmentUser, BulkContentRemoveAccessUser};
use crate::operations::{ContentBulkAssign, ContentBulkRemove, content_bulk_assign, content_bulk_remove};
use crate::request::Request;
use crate::tenant::Tenant;
use crate::{Response, routes};

/// Users' access to content.
#[derive(Debug, Clone)]
pub struct Content {
    tenant: Tenant,
}

impl Content {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Assigns courses and learning paths to several users. Records that fail are reported individually. Idempotent;
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::model::BulkContentAssignmentUser as Record;
    ///
    /// let ada = Record::new().email("ada@example.com").course_ids(vec!["<course id>".to_owned()]);
    /// let done = client.content().bulk_assign([ada]).await?;
    /// println!("{:?} records changed", done.updated_record_count);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the entire call fails.
    pub fn bulk_assign(
        &self,
        users: impl IntoIterator<Item = BulkContentAssignmentUser>,
    ) -> Request<Response<APIBulkResult>> {
        let spec = &routes::CONTENT_BULK_ASSIGN;
        let variables = content_bulk_assign::Variables { users: users.into_iter().collect() };
        Request::new(&self.tenant, spec, move |tenant| async move {
            write::<ContentBulkAssign>(&tenant, spec, &to_arguments(&variables)?).await
        })
    }

    /// Revokes several users' access to courses and learning paths. Records that fail are reported individually. Idempotent;
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::model::BulkContentRemoveAccessUser as Record;
    ///
    /// let ada = Record::new().email("ada@example.com").course_ids(vec!["<course id>".to_owned()]);
    /// let done = client.content().bulk_remove([ada]).await?;
    /// println!("{:?} records changed", done.updated_record_count);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the entire call fails.
    pub fn bulk_remove(
        &self,
        users: impl IntoIterator<Item = BulkContentRemoveAccessUser>,
    ) -> Request<Response<APIBulkResult>> {
        let spec = &routes::CONTENT_BULK_REMOVE;
        let variables = content_bulk_remove::Variables { users: users.into_iter().collect() };
        Request::new(&self.tenant, spec, move |tenant| async move {
            write::<ContentBulkRemove>(&tenant, spec, &to_arguments(&variables)?).await
        })
    }
}
