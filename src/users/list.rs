//! Lists of users.

use crate::execute::{run, several};
use crate::model::{PageInfo, User, UsersList};
use crate::operations::{UsersBasic, users_basic};
use crate::pages::Page;
use crate::position::PagePosition;
use crate::request::{CalledOperation, list_request, request};
use crate::runtime::OperationSpec;
use crate::tenant::Tenant;
use crate::{Catalog, Error, Input, Response, routes};

/// What a list reads of each user.
#[derive(Debug, Clone, Copy)]
enum Detail {
    Status,
    Profile,
    Holdings,
}

/// Does something with the operation that reads as much as the list asks for, and with the module of its variables.
macro_rules! by_detail {
    ($list:expr, |$operation:ident $(, $variables:ident)?| $body:expr) => {
        match $list.detail {
            Detail::Status => {
                use crate::operations::UsersList as $operation;
                $(use crate::operations::users_list as $variables;)?
                $body
            }
            Detail::Profile => {
                use crate::operations::UsersProfiles as $operation;
                $(use crate::operations::users_profiles as $variables;)?
                $body
            }
            Detail::Holdings => {
                use crate::operations::UsersDeep as $operation;
                $(use crate::operations::users_deep as $variables;)?
                $body
            }
        }
    };
}

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
    detail: Detail,
}

impl ListUsers {
    pub(super) fn new(tenant: Tenant) -> Self {
        Self { tenant, start: PagePosition::first(), role: Input::Absent, detail: Detail::Status }
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
        self.detail = if with_profiles { Detail::Profile } else { Detail::Status };
        self
    }

    /// Also reads everything that the users hold, as [`Users::get`](crate::Users::get) does: courses, bundles, licenses with
    /// client, parent and children, learning paths, waitlist and meetings. Over GraphQL, a user then takes a hundredth of the points of
    /// a read of their own (the costs that the guide's schema states), and a page of 100 deep users is about 2 MB.
    ///
    /// If a tenant offers only flat REST lists, each client and its licenses are read once for the whole list and
    /// complete the users; [`Response::gaps`] of each page names the fields that stay unknown.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let mut users = client.users().list().deep().items();
    /// while let Some(user) = users.try_next().await? {
    ///     for held in user.allocated_licenses.iter().flatten() {
    ///         let license = held.license.as_deref();
    ///         println!("{:?} has a seat of {:?}", user.email, license.and_then(|license| license.name.as_ref()));
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn deep(mut self) -> Self {
        self.detail = Detail::Holdings;
        self.tenant.set_catalog(&Catalog::new());
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
        match self.detail {
            Detail::Status => &routes::USERS_LIST,
            Detail::Profile => &routes::USERS_PROFILES,
            Detail::Holdings => &routes::USERS_DEEP,
        }
    }

    fn is_unfiltered(&self) -> bool {
        matches!(self.role, Input::Absent)
    }

    /// The number of pages that one request has room for.
    fn room(&self) -> usize {
        by_detail!(self, |Query| several::room::<Query>(&self.tenant, self.spec()))
    }

    async fn read_several(
        self,
        position: PagePosition,
        pages: usize,
    ) -> Result<Option<Vec<Response<UsersList>>>, Error> {
        let (spec, numbers) = (self.spec(), position.numbers(pages));
        by_detail!(self, |Query, query| {
            let variables = query::Variables { role: self.role, page: Input::Absent };
            several::pages::<Query>(&self.tenant, spec, &variables, numbers).await
        })
    }

    async fn read(self, position: PagePosition) -> Result<Response<UsersList>, Error> {
        let (spec, page, arguments) = (self.spec(), position.variable(), position.arguments());
        by_detail!(self, |Query, query| {
            let variables = query::Variables { role: self.role, page };
            run::<Query>(&self.tenant, spec, variables, &arguments, position.surface).await
        })
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
