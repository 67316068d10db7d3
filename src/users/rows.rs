//! Lists of many users: small rows.

use crate::execute::{run, several};
use crate::model::{PageInfo, User};
use crate::operations::{UsersRows as Query, users_rows};
use crate::pages::Page;
use crate::position::PagePosition;
use crate::request::{CalledOperation, list_request};
use crate::tenant::Tenant;
use crate::{Error, Input, Response, routes};

/// A user in a list of many: 150 bytes instead of the 1,400 of a [`User`], and no allocation of its own: texts are
/// [`PageText`](crate::PageText). `None` is null: everything else is selected.
pub type UserRow = users_rows::ApiUsersUsers;

/// A page of rows.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct UserRows {
    /// The users.
    pub users: Vec<UserRow>,
    /// The position of the page in its list.
    pub page_info: Option<PageInfo>,
}

/// A list of users as small rows; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send). The rows
/// have the fields of [`Users::list`](crate::Users::list) and take a seventh of its memory, so that a roster of 100,000 users
/// fits into 50 MB with its texts.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt as _;
/// use thought_industries::UserRow;
///
/// let roster: Vec<UserRow> = client.users().rows().items().try_collect().await?;
/// let disabled = roster.iter().filter(|user| user.disabled == Some(true)).count();
/// println!("{disabled} of {} are disabled", roster.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct ListUserRows {
    tenant: Tenant,
    start: PagePosition,
    role: Input<String>,
}

impl ListUserRows {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self { tenant, start: PagePosition::first(), role: Input::Absent }
    }

    /// Only users with this role key. v1 does not support roles, so it is not used then.
    pub fn set_role(mut self, role: impl Into<String>) -> Self {
        self.role = Input::Value(role.into());
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::USERS_ROWS)
    }

    fn is_unfiltered(&self) -> bool {
        matches!(self.role, Input::Absent)
    }

    /// The number of pages that one request has room for.
    fn room(&self) -> usize {
        several::room::<Query>(&self.tenant, &routes::USERS_ROWS)
    }

    async fn read_several(
        self,
        position: PagePosition,
        pages: usize,
    ) -> Result<Option<Vec<Response<UserRows>>>, Error> {
        let variables = users_rows::Variables { role: self.role, page: Input::Absent };
        let numbers = position.numbers(pages);
        let pages = several::pages::<Query>(&self.tenant, &routes::USERS_ROWS, &variables, numbers).await?;
        Ok(pages.map(|pages| pages.into_iter().map(|page| page.map(UserRows::from)).collect()))
    }

    async fn read(self, position: PagePosition) -> Result<Response<UserRows>, Error> {
        let (page, arguments) = (position.variable(), position.arguments());
        let variables = users_rows::Variables { role: self.role, page };
        let page = run::<Query>(&self.tenant, &routes::USERS_ROWS, variables, &arguments, position.surface).await?;
        Ok(page.map(UserRows::from))
    }
}

list_request! {
    /// One page, the first by default: 100 users over GraphQL and v1. [`pages`](Self::pages) and [`items`](Self::items)
    /// read all of them.
    ///
    /// # Errors
    /// If no surface has the list, or the one that has it fails.
    ListUserRows => several UserRows, UserRow
}

impl Page for UserRows {
    type Item = UserRow;

    fn info(&self) -> Option<&PageInfo> {
        self.page_info.as_ref()
    }

    fn len(&self) -> usize {
        self.users.len()
    }

    fn first(&self) -> Option<&str> {
        self.users.first().map(|first| first.id.as_str())
    }

    fn id(item: &Self::Item) -> &str {
        &item.id
    }

    fn into_items(self) -> Vec<UserRow> {
        self.users
    }
}

impl From<users_rows::ApiUsers> for UserRows {
    fn from(page: users_rows::ApiUsers) -> Self {
        Self { users: page.users.unwrap_or_default(), page_info: page.page_info.map(PageInfo::from) }
    }
}

/// A row as the type that all other operations share. What a row does not have is `None`.
impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        let UserRow { id, email, first_name, last_name, role_key, disabled, external_customer_id, .. } = row;
        let (created_at, last_active_at) = (row.created_at, row.last_active_at);
        Self {
            id: id.into(),
            email: email.map(String::from),
            first_name: first_name.map(String::from),
            last_name: last_name.map(String::from),
            role_key: role_key.map(String::from),
            disabled,
            external_customer_id: external_customer_id.map(String::from),
            created_at,
            last_active_at,
            ..Self::default()
        }
    }
}

impl From<users_rows::ApiUsersPageInfo> for PageInfo {
    fn from(info: users_rows::ApiUsersPageInfo) -> Self {
        let users_rows::ApiUsersPageInfo { current_page, has_more, per_page, total, cursor } = info;
        Self { current_page, has_more, per_page, total, cursor: cursor.map(String::from) }
    }
}
