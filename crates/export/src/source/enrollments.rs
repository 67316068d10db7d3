//! Enrollments with their dates: one request for each user.

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use thought_industries::model::UsersList;
use thought_industries::{Client, Enrollment, Error as ClientError, ListUsers, PagePosition, Response, UserKey};

use super::users::object;
use super::{Entry, Pages, Reading, Record, Source, SourcePage};

pub(super) static ENROLLMENTS: Source =
    Source { name: "enrollments", operations: &["users.list", "users.enrollments"], open };

fn open(client: &Client, reading: &Reading, start: Option<&PagePosition>) -> Pages {
    let list = client.users().list();
    let list = reading.role.iter().fold(list, ListUsers::set_role);
    let list = start.into_iter().fold(list, ListUsers::start_at);
    let (client, is_check) = (client.clone(), reading.is_check);
    let pages = list.pages().and_then(move |page| enrollments_of(client.clone(), page, is_check).boxed());
    pages.filter_map(|page| std::future::ready(page.transpose())).boxed()
}

/// The users whose enrollments are read at the same time, within the tenant's limits.
const AT_ONCE: usize = 8;

/// The enrollments of the users on a page.
async fn enrollments_of(
    tenant: Client,
    page: Response<UsersList>,
    is_check: bool,
) -> Result<Option<SourcePage>, ClientError> {
    let users: Vec<String> = page.users.iter().flatten().map(|user| user.id.clone()).collect();
    let entries = stream::iter(users).map(|id| {
        let tenant = tenant.clone();
        async move {
            let rows = if is_check { Vec::new() } else { rows_of(&tenant, &id).await? };
            Ok::<_, ClientError>(Entry { id, rows })
        }
    });
    let entries: Vec<Entry> = entries.buffered(AT_ONCE).try_collect().await?;
    let requests = if is_check { 1 } else { 1 + entries.len() as u64 };
    let total = page.page_info.as_ref().and_then(|info| info.total);
    let page = SourcePage::of(&page, "users", total, entries);
    Ok(page.map(|page| SourcePage { gaps: Vec::new(), requests, ..page }))
}

async fn rows_of(tenant: &Client, user_id: &str) -> Result<Vec<Record>, ClientError> {
    let listed = match tenant.users().enrollments(UserKey::Id(user_id.to_owned())).await {
        Ok(listed) => listed.into_inner(),
        // The user left after the page was read.
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(error),
    };
    let row = |own: Enrollment| {
        let (course, completed) = (own.course_id, own.completed_at);
        let fields = json!({ "userId": user_id, "courseId": course, "status": own.status, "completedAt": completed });
        Record { stream: "enrollments", fields: object(fields) }
    };
    Ok(listed.into_iter().map(row).collect())
}
