//! `ti users`.

use futures::TryStreamExt as _;
use graphql_drift::printable;
use serde::Serialize;
use thought_industries::model::{Course, License, User};
use thought_industries::{Client, Date};

use super::gaps;
use crate::arguments::{TenantArguments, UsersCommand};
use crate::failure::Failure;
use crate::format::{cell, day, status};
use crate::output::{Format, List, Row, one};
use crate::progress::Counter;
use crate::tenant::connect;
use crate::tree::Tree;

pub(crate) async fn run(tenant: &TenantArguments, format: Format, command: UsersCommand) -> Result<(), Failure> {
    match command {
        UsersCommand::List { role, limit } => list(&connect(tenant).await?.client, format, role, limit).await,
        UsersCommand::Get { key, complete } => get(&connect(tenant).await?.client, format, &key, complete).await,
        other => super::write::users(tenant, other).await,
    }
}

async fn list(client: &Client, format: Format, role: Option<String>, limit: Option<usize>) -> Result<(), Failure> {
    let mut request = client.users().rows();
    if limit.is_none() {
        request = request.with_pages_ahead(64);
    }
    if let Some(role) = &role {
        request = request.set_role(role.as_str());
    }
    let mut pages = request.pages();
    let mut list = List::new::<UserRow>(format)?;
    let counter = Counter::new("users");
    let mut left = limit.unwrap_or(usize::MAX);
    let mut is_first = true;
    while left > 0
        && let Some(page) = pages.try_next().await?
    {
        if is_first {
            gaps::report(format, &page);
            is_first = false;
        }
        for user in page.users.iter().take(left) {
            list.push(&UserRow::of_row(user))?;
            counter.advance();
            left -= 1;
        }
    }
    // The counter shares the terminal with the table, and is cleared first.
    drop(counter);
    list.finish()?;
    match role {
        // No page was read with a limit of 0.
        Some(role) if limit != Some(0) && left == limit.unwrap_or(usize::MAX) => no_user_has(client, &role).await,
        _ => Ok(()),
    }
}

/// Shows the role keys that users have, since one that no user has is often a typing error.
async fn no_user_has(client: &Client, role: &str) -> Result<(), Failure> {
    let mut known = client.profile().role_keys;
    if known.is_empty() {
        let page = client.users().list().pages().try_next().await?;
        known = client.profile().role_keys;
        known.extend(page.iter().flat_map(|page| page.users.iter().flatten()).filter_map(|user| user.role_key.clone()));
    }
    let keys: Vec<&str> = known.iter().map(String::as_str).collect();
    let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
    eprintln!("no user has the role key `{}`; role keys in use: {}", printable(role), printable(&keys));
    if known.contains(role) { Ok(()) } else { Err(Failure::Found) }
}

async fn get(client: &Client, format: Format, key: &str, is_complete: bool) -> Result<(), Failure> {
    let request = client.users().get(key);
    let user = if is_complete { request.send().await? } else { request.record_only().send().await? };
    gaps::report(format, &user);
    if !is_complete {
        gaps::report_incomplete(&user);
    }
    one(format, &*user, || UserRow::of(&user), || user_tree(&user).print())
}

/// A row of the list. GraphQL and v2 give all of its fields in both dialects; the gaps of v1 are reported.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserRow<'u> {
    id: &'u str,
    email: Option<&'u str>,
    first_name: Option<&'u str>,
    last_name: Option<&'u str>,
    role_key: Option<&'u str>,
    disabled: Option<bool>,
    external_customer_id: Option<&'u str>,
    created_at: Option<Date>,
    last_active_at: Option<Date>,
}

/// Both types of a user have these fields.
macro_rules! row_of {
    ($user:ident) => {
        Self {
            id: &$user.id,
            email: $user.email.as_deref(),
            first_name: $user.first_name.as_deref(),
            last_name: $user.last_name.as_deref(),
            role_key: $user.role_key.as_deref(),
            disabled: $user.disabled,
            external_customer_id: $user.external_customer_id.as_deref(),
            created_at: $user.created_at,
            last_active_at: $user.last_active_at,
        }
    };
}

impl<'u> UserRow<'u> {
    fn of(user: &'u User) -> Self {
        row_of!(user)
    }

    fn of_row(user: &'u thought_industries::UserRow) -> Self {
        row_of!(user)
    }
}

impl Row for UserRow<'_> {
    const HEADINGS: &'static [&'static str] = &["EMAIL", "NAME", "ROLE", "STATUS", "EXTERNAL ID", "LAST ACTIVE", "ID"];

    fn cells(&self) -> Vec<String> {
        vec![
            cell(self.email),
            cell(full_name(self.first_name, self.last_name)),
            cell(self.role_key),
            status(self.disabled).to_owned(),
            cell(self.external_customer_id),
            cell(self.last_active_at.map(day)),
            self.id.to_owned(),
        ]
    }
}

fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let names: Vec<&str> = first.into_iter().chain(last).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// A user with everything they hold, as a tree.
fn user_tree(user: &User) -> Tree {
    let name = full_name(user.first_name.as_deref(), user.last_name.as_deref());
    let mut tree = Tree::new(name.or_else(|| user.email.clone()).unwrap_or_else(|| user.id.clone()));
    tree.fact("id", Some(&user.id));
    tree.fact("email", user.email.as_ref());
    tree.fact("role", user.role_key.as_ref());
    tree.fact("status", Some(status(user.disabled)));
    tree.fact("external id", user.external_customer_id.as_ref());
    tree.fact("created", user.created_at.map(day));
    tree.fact("last active", user.last_active_at.map(day));
    tree.fact("language", user.lang.as_ref());
    tree.fact("client", user.client.as_ref().and_then(|client| client.name.as_ref()));
    tree.fact("manager id", user.manager_user_id.as_ref());
    tree.fact("learner id", user.learner_user_id.as_ref());
    if let Some(fields) = user.custom_fields.as_ref().and_then(|fields| fields.as_object()) {
        tree.group(
            "custom fields",
            fields.iter().map(|(name, value)| {
                Tree::new(format!("{name:<12} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            }),
        );
    }
    if let Some(active) = &user.active_license {
        tree.add(Tree::new("active license").with([license(active, None)]));
    }
    tree.group(
        "licenses",
        user.allocated_licenses.iter().flatten().map(|held| {
            let role = held.license_role.as_ref().map(ToString::to_string);
            match &held.license {
                Some(inner) => license(inner, role.as_deref()),
                None => Tree::new(held.license_id.clone().unwrap_or_default()),
            }
        }),
    );
    tree.group(
        "courses",
        user.purchased_courses.iter().flatten().map(|held| {
            let title = title(held.course.as_deref(), held.course_id.as_deref());
            Tree::new(format!("{title}  {}", held.status.as_deref().unwrap_or_default()).trim_end())
        }),
    );
    tree.group(
        "learning paths",
        user.allocated_learning_paths.iter().flatten().map(|held| {
            let name = held.learning_path.as_ref().and_then(|path| path.name.as_deref());
            let name = name.or(held.learning_path_id.as_deref()).unwrap_or_default();
            Tree::new(format!("{name}  {}", held.status.as_deref().unwrap_or_default()).trim_end())
        }),
    );
    tree.group(
        "bundles",
        user.purchased_bundles.iter().flatten().map(|held| {
            let name = held.bundle.as_ref().and_then(|bundle| bundle.name.as_deref());
            Tree::new(name.or(held.bundle_id.as_deref()).unwrap_or_default())
        }),
    );
    tree.group(
        "waitlist",
        user.waitlisted_courses
            .iter()
            .flatten()
            .map(|held| Tree::new(title(held.course.as_deref(), held.course_id.as_deref()))),
    );
    tree.group(
        "meetings",
        user.attended_meetings.iter().flatten().map(|attended| {
            let title = attended.meeting.as_ref().and_then(|meeting| meeting.title.as_deref()).unwrap_or("untitled");
            Tree::new(format!("{title}  {}", attended.attendance_date.map(day).unwrap_or_default()).trim_end())
        }),
    );
    tree
}

fn title(course: Option<&Course>, id: Option<&str>) -> String {
    course.and_then(|course| course.title.as_deref()).or(id).unwrap_or_default().to_owned()
}

/// A license with its relatives.
fn license(license: &License, role: Option<&str>) -> Tree {
    let name = license.name.as_deref().unwrap_or(&license.id);
    let role = role.map(|role| format!("  as {role}")).unwrap_or_default();
    let mut tree = Tree::new(format!("{name}{role}"));
    tree.fact("sku", license.sku.as_ref());
    tree.fact("expires", license.expiration_date.map(day));
    tree.fact("client", license.client.as_ref().and_then(|client| client.name.as_ref()));
    let above = std::iter::successors(license.parent_license.as_deref(), |above| above.parent_license.as_deref());
    let above: Vec<&str> = above.filter_map(|above| above.name.as_deref()).collect();
    tree.fact("parent", (!above.is_empty()).then(|| above.join(" < ")));
    tree.group(
        "children",
        license
            .child_licenses
            .iter()
            .flatten()
            .map(|child| Tree::new(child.name.clone().unwrap_or_else(|| child.id.clone()))),
    );
    tree
}
