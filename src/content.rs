//! The catalogue, and content for several users at once.

use crate::execute::{to_arguments, write};
use crate::model::{APIBulkResult, BulkContentAssignmentUser, BulkContentRemoveAccessUser, Content as Record};
use crate::operations::{ContentBulkAssign, ContentBulkRemove, content_bulk_assign, content_bulk_remove, content_list};
use crate::records::{Records, record_list, records_with_id};
use crate::request::Request;
use crate::tenant::Tenant;
use crate::{Response, routes};

/// The catalogue, and users' access to it.
#[derive(Debug, Clone)]
pub struct Content {
    tenant: Tenant,
}

impl Content {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists the catalogue: courses, learning paths, articles and all else that it offers. With the key of a client, it is
    /// that of the client.
    pub fn list(&self) -> ListContent {
        ListContent::new(&self.tenant, content_list::Variables::new())
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

records_with_id!(Record);

record_list! {
    /// A list of the catalogue; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send).
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let mut courses = client.content().list().set_query("kind:course").items();
    /// while let Some(course) = courses.try_next().await? {
    ///     println!("{} {:?}", course.id, course.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug, Clone)]
    #[must_use = "a request is sent only when it is awaited"]
    ListContent of Record: ContentList, content_list, CONTENT_LIST,
    paged by cursor and size,
    |page| Records::new(page.content_items.into_iter().flatten().flatten(), page.page_info),
    {
        /// Only content that matches this search expression: words, or `field:value`, joined by `OR`.
        set_query: query, String;
        /// The order, as the tenant spells it; the reference does not list its values.
        set_sort: sort, String;
    }
}
