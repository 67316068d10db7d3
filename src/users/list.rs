//! Lists of users.

use crate::execute::{run, several};
use crate::model::{PageInfo, User, UsersList};
use crate::operations::{UsersBasic, UsersList as Query, UsersProfiles, users_basic, users_list, users_profiles};
use crate::pages::Page;
use crate::position::PagePosition;
use crate::request::{CalledOperation, list_request, request};
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
#[must_use = "a request is sent only when it is awaited"]
pub struct ListUsers {
    tenant: Tenant,
    start: PagePosition,
    role: Input<String>,
    with_profiles: bool,
}

impl ListUsers {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self { tenant, start: PagePosition::first(), role: Input::Absent, with_profiles: false }
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

    /// The users per page, where the API takes a number: over v1, as `per_page` (API guide; 100 by default). Over GraphQL
    /// and v2, whose pages have a fixed size, it is ignored.
    pub fn with_page_size(mut self, users: u32) -> Self {
        self.start.page_size = Some(users);
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(self.spec())
    }

    fn spec(&self) -> &'static OperationSpec {
        if self.with_profiles { &routes::USERS_PROFILES } else { &routes::USERS_LIST }
    }

    fn is_unfiltered(&self) -> bool {
        matches!(self.role, Input::Absent)
    }

    /// The number of pages that one request has room for.
    fn room(&self) -> usize {
        if self.with_profiles {
            several::room::<UsersProfiles>(&self.tenant, self.spec())
        } else {
            several::room::<Query>(&self.tenant, self.spec())
        }
    }

    async fn read_several(
        self,
        position: PagePosition,
        pages: usize,
    ) -> Result<Option<Vec<Response<UsersList>>>, Error> {
        let (spec, numbers) = (self.spec(), position.numbers(pages));
        if self.with_profiles {
            let variables = users_profiles::Variables { role: self.role, page: Input::Absent };
            return several::pages::<UsersProfiles>(&self.tenant, spec, &variables, numbers).await;
        }
        let variables = users_list::Variables { role: self.role, page: Input::Absent };
        several::pages::<Query>(&self.tenant, spec, &variables, numbers).await
    }

    async fn read(self, position: PagePosition) -> Result<Response<UsersList>, Error> {
        let (spec, page, arguments) = (self.spec(), position.variable(), position.arguments());
        if self.with_profiles {
            let variables = users_profiles::Variables { role: self.role, page };
            return run::<UsersProfiles>(&self.tenant, spec, variables, &arguments, position.surface).await;
        }
        let variables = users_list::Variables { role: self.role, page };
        run::<Query>(&self.tenant, spec, variables, &arguments, position.surface).await
    }
}

list_request! {
    /// One page, the first by default: 100 users over GraphQL and v1. [`pages`](Self::pages) and [`items`](Self::items)
    /// read all of them.
    ///
    /// # Errors
    /// If no surface has the list, or the one that has it fails.
    ListUsers => several UsersList, User
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
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// let users = client.users().basic().set_page(2).await?;
/// println!("{:?}", users.first().and_then(|user| user.active));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
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

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::USERS_BASIC)
    }

    async fn run(self) -> Result<Response<Vec<User>>, Error> {
        let variables = users_basic::Variables { page: self.page };
        run::<UsersBasic>(&self.tenant, &routes::USERS_BASIC, variables, &[], None).await
    }
}

request! {
    /// Reads the page. The query does not report whether more pages follow; [`Users::list`](crate::Users::list) does.
    ///
    /// # Errors
    /// If no surface has the query, or the one that has it fails.
    BasicUsers => partial Response<Vec<User>>
}
