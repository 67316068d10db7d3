//! Users, from their list. In the deep form, the list has what they hold as well, which is their enrollments.

use serde_json::{Map, Value, json};
use thought_industries::model::{User, UsersList};
use thought_industries::{Client, ListUsers, PagePosition, Response};

use super::{Entry, Pages, Reading, Record, Source, SourcePage, fields_of, pages_of};

/// The list with the fields that identify users.
pub(super) static USERS: Source = Source {
    name: "users",
    operations: &["users.list"],
    open: |client, reading, start| open(client, reading, start, false),
};

/// The list with all fields of the users.
pub(super) static PROFILES: Source = Source {
    name: "profiles",
    operations: &["users.profiles"],
    open: |client, reading, start| open(client, reading, start, true),
};

fn open(client: &Client, reading: &Reading, start: Option<&PagePosition>, is_deep: bool) -> Pages {
    // For a comparison of entries, the cheaper list would do, but its pages may be split in another way.
    let list = client.users().list().with_profiles(is_deep).with_pages_ahead(reading.ahead());
    let list = reading.role.iter().fold(list, ListUsers::set_role);
    let list = start.into_iter().fold(list, ListUsers::start_at);
    let reading = reading.clone();
    pages_of(list.pages(), move |page| page_of(&page, &reading))
}

fn page_of(page: &Response<UsersList>, reading: &Reading) -> Option<SourcePage> {
    let entries = page.users.iter().flatten().map(|user| entry(user, reading)).collect();
    let total = page.page_info.as_ref().and_then(|info| info.total);
    let mut read = SourcePage::of(page, "users", total, entries)?;
    if reading.streams.contains(&"enrollments") && read.gaps.iter().any(|gap| gap == "purchasedCourses") {
        read.doubt =
            Some("the list of users has no courses; `ti export enrollments --deep` asks for those of each user");
    }
    if !reading.streams.contains(&"users") {
        read.gaps.clear();
    }
    Some(read)
}

fn entry(user: &User, reading: &Reading) -> Entry {
    let mut rows = Vec::new();
    for stream in reading.streams.iter().filter(|_| !reading.is_check) {
        if *stream == "users" {
            rows.push(Record { stream, fields: fields_of(user) });
        } else {
            let held = user.purchased_courses.iter().flatten();
            rows.extend(held.map(|held| {
                let fields = json!({ "userId": user.id, "courseId": held.course_id, "status": held.status });
                Record { stream, fields: object(fields) }
            }));
        }
    }
    Entry { id: user.id.clone(), rows }
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(fields) = value { fields } else { Map::new() }
}
