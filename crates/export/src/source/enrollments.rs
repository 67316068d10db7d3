//! Enrollments with their dates: one request for each user.

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use serde_json::json;
use thought_industries::model::UsersList;
use thought_industries::{Client, Error as ClientError, ListUsers, PagePosition, Response, UserKey};

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

/// The enrollments of the users on a page.
async fn enrollments_of(
    tenant: Client,
    page: Response<UsersList>,
    is_check: bool,
) -> Result<Option<SourcePage>, ClientError> {
    let (mut entries, mut requests) = (Vec::new(), 1);
    for user in page.users.iter().flatten() {
        let mut rows = Vec::new();
        if !is_check {
            requests += 1;
            let listed = tenant.users().enrollments(UserKey::Id(user.id.clone())).await;
            let listed = match listed {
                Ok(listed) => listed.into_inner(),
                // The user left after the page was read.
                Err(error) if error.is_not_found() => Vec::new(),
                Err(error) => return Err(error),
            };
            rows.extend(listed.into_iter().map(|own| {
                let (course, completed) = (own.course_id, own.completed_at);
                let fields =
                    json!({ "userId": user.id, "courseId": course, "status": own.status, "completedAt": completed });
                Record { stream: "enrollments", fields: object(fields) }
            }));
        }
        entries.push(Entry { id: user.id.clone(), rows });
    }
    let total = page.page_info.as_ref().and_then(|info| info.total);
    let page = SourcePage::of(&page, "users", total, entries);
    Ok(page.map(|page| SourcePage { gaps: Vec::new(), requests, ..page }))
}
