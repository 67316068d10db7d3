//! Lists of users.

use futures::FutureExt as _;
use futures::stream::BoxStream;

use crate::execute::run;
use crate::model::{PageInfo, User, UsersList};
use crate::operations::{UsersBasic, UsersList as Query, UsersProfiles, users_basic, users_list, users_profiles};
use crate::pages::{self, Page, Position};
use crate::runtime::OperationSpec;
use crate::tenant::Tenant;
use crate::{Error, Input, Response, routes};

/// A list of users; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send). Users are listed in
/// the tenant's own order, each with `id`, `email`, `firstName`, `lastName`, `roleKey`, `disabled`,
/// `externalCustomerId`, `createdAt` and `lastActiveAt` (seed documents: v2 "list users", API guide).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt as _;
///
/// let mut learners = client.users().list().set_role("student").items();
/// while let Some(user) = learners.try_next().await? {
///     println!("{:?}", user.email);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ListUsers {
    tenant: Tenant,
    role: Input<String>,
    with_profiles: bool,
}

impl ListUsers {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self { tenant, role: Input::Absent, with_profiles: false }
    }

    /// Only users with this role key. Role keys are data of the tenant:
    /// [`TenantProfile::role_keys`](crate::TenantProfile) has those that lists have shown. v1 does not support roles, so
    /// it is not used then.
    pub fn set_role(mut self, role: impl Into<String>) -> Self {
        self.role = Input::Value(role.into());
        self
    }

    /// Also reads all writable fields of the users: their profile, custom fields, and the ids of their licenses,
    /// courses and learning paths.
    pub fn with_profiles(mut self, with_profiles: bool) -> Self {
        self.with_profiles = with_profiles;
        self
    }

    fn spec(&self) -> &'static OperationSpec {
        if self.with_profiles { &routes::USERS_PROFILES } else { &routes::USERS_LIST }
    }

    /// The first page: 100 users over GraphQL and v1.
    ///
    /// # Errors
    /// If no surface has the list, or the one that has it fails.
    pub async fn send(self) -> Result<Response<UsersList>, Error> {
        let name = self.spec().name;
        self.page(Position::first()).await?.reject_partial(name)
    }

    /// Like [`send`](Self::send), but returns both data and errors if a GraphQL response has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), except for errors that accompany data.
    pub async fn send_partial(self) -> Result<Response<UsersList>, Error> {
        self.page(Position::first()).await
    }

    /// All pages, fetched on demand from the surface of the first page. The stream ends after the last page, or after
    /// an error.
    pub fn pages(self) -> BoxStream<'static, Result<Response<UsersList>, Error>> {
        pages::pages(self.spec().name, move |position| self.clone().page(position).boxed())
    }

    /// The users of all pages.
    pub fn items(self) -> BoxStream<'static, Result<User, Error>> {
        pages::items(self.pages())
    }

    pub(super) async fn page(self, position: Position) -> Result<Response<UsersList>, Error> {
        let (spec, page, arguments) = (self.spec(), position.page(), position.arguments());
        if self.with_profiles {
            let variables = users_profiles::Variables { role: self.role, page };
            return run::<UsersProfiles>(&self.tenant, spec, variables, &arguments, position.surface).await;
        }
        let variables = users_list::Variables { role: self.role, page };
        run::<Query>(&self.tenant, spec, variables, &arguments, position.surface).await
    }
}

impl Page for UsersList {
    type Item = User;

    fn info(&self) -> Option<&PageInfo> {
        self.page_info.as_deref()
    }

    fn len(&self) -> usize {
        self.users.as_ref().map_or(0, Vec::len)
    }

    fn first(&self) -> Option<&str> {
        self.users.as_ref()?.first().map(|first| first.id.as_str())
    }

    fn id(item: &Self::Item) -> &str {
        &item.id
    }

    fn into_items(self) -> Vec<User> {
        self.users.unwrap_or_default()
    }
}

/// The query of the API guide; ends in [`send`](Self::send).
#[derive(Debug, Clone)]
#[must_use]
pub struct BasicUsers {
    tenant: Tenant,
    page: Input<i64>,
}

impl BasicUsers {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self { tenant, page: Input::Absent }
    }

    /// The page to read; the first is 1.
    pub fn set_page(mut self, page: i64) -> Self {
        self.page = Input::Value(page);
        self
    }

    /// Reads the page. The query does not report whether more pages follow; [`Users::list`](crate::Users::list) does.
    ///
    /// # Errors
    /// If no surface has the query, or the one that has it fails.
    pub async fn send(self) -> Result<Response<Vec<User>>, Error> {
        self.send_partial().await?.reject_partial(routes::USERS_BASIC.name)
    }

    /// Like [`send`](Self::send), but returns both data and errors if a GraphQL response has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), except for errors that accompany data.
    pub async fn send_partial(self) -> Result<Response<Vec<User>>, Error> {
        let variables = users_basic::Variables { page: self.page };
        run::<UsersBasic>(&self.tenant, &routes::USERS_BASIC, variables, &[], None).await
    }
}
