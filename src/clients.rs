//! Clients (Panorama).

use serde_json::{Value, json};

use crate::execute::{run, write_rest};
use crate::model::{Client as Record, ClientsList, PageInfo};
use crate::operations::{ClientById, ClientsList as Query, client_by_id, clients_list};
use crate::pages::Page;
use crate::position::PagePosition;
use crate::request::{CalledOperation, Request, list_request, request};
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::{Error, Input, Response, UserStatus, routes};

/// Clients: the customer organizations of a tenant, each with its own portal.
#[derive(Debug, Clone)]
pub struct Clients {
    tenant: Tenant,
}

impl Clients {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists clients.
    pub fn list(&self) -> ListClients {
        ListClients { tenant: self.tenant.clone(), start: PagePosition::first(), query: Input::Absent }
    }

    /// Reads one client with its primary license and its license tree.
    pub fn get(&self, id: impl Into<String>) -> GetClient {
        GetClient { tenant: self.tenant.clone(), id: id.into() }
    }

    /// Disables or enables a client. Idempotent; [Cancellation](crate#cancellation) describes what dropping its future
    /// means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::UserStatus;
    ///
    /// client.clients().update_status("<client id>", UserStatus::Disabled).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the client is not found, or the tenant refuses.
    pub fn update_status(&self, id: impl Into<String>, status: UserStatus) -> Request<Response<()>> {
        let spec = &routes::CLIENTS_UPDATE_STATUS;
        let arguments = json!({ "id": id.into(), "status": status.as_str() });
        Request::new(&self.tenant, spec, move |tenant| async move {
            Ok(write_rest::<Value>(&tenant, spec, &arguments, Selection::NONE).await?.map(drop))
        })
    }
}

/// A list of clients; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt as _;
///
/// let clients: Vec<_> = client.clients().list().set_query("acme").items().try_collect().await?;
/// println!("{} clients", clients.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct ListClients {
    tenant: Tenant,
    start: PagePosition,
    query: Input<String>,
}

impl ListClients {
    /// Only clients whose name contains this text.
    pub fn set_query(mut self, query: impl Into<String>) -> Self {
        self.query = Input::Value(query.into());
        self
    }

    /// The number of clients per page; 25 unless the tenant uses another default.
    pub fn set_count(mut self, count: u32) -> Self {
        self.start.page_size = Some(count);
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::CLIENTS_LIST)
    }

    fn is_unfiltered(&self) -> bool {
        matches!(self.query, Input::Absent)
    }

    async fn read(self, position: PagePosition) -> Result<Response<ClientsList>, Error> {
        let (page, arguments) = (position.variable(), position.arguments());
        let count = position.page_size.map(i64::from).into();
        let variables = clients_list::Variables { query: self.query, page, count };
        run::<Query>(&self.tenant, &routes::CLIENTS_LIST, variables, &arguments, position.surface).await
    }
}

list_request! {
    /// One page, the first by default. [`pages`](Self::pages) and [`items`](Self::items) read all of them.
    ///
    /// # Errors
    /// If no surface has the list, or the one that has it fails.
    ListClients => ClientsList, Record
}

impl Page for ClientsList {
    type Item = Record;

    fn info(&self) -> Option<&PageInfo> {
        self.page_info.as_deref()
    }

    fn len(&self) -> usize {
        self.clients.as_ref().map_or(0, Vec::len)
    }

    fn first(&self) -> Option<&str> {
        self.clients.as_ref()?.first().map(|first| first.id.as_str())
    }

    fn id(item: &Self::Item) -> &str {
        &item.id
    }

    fn into_items(self) -> Vec<Record> {
        self.clients.unwrap_or_default()
    }
}

/// A read of one client; ends in [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// let record = client.clients().get("d5a1fd66-51a5-4b6a-a3f2-6d1e1d1ff2f5").await?;
/// println!("{:?}", record.primary_license);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct GetClient {
    tenant: Tenant,
    id: String,
}

impl GetClient {
    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::CLIENTS_GET)
    }

    async fn run(self) -> Result<Response<Record>, Error> {
        let variables = client_by_id::Variables { id: self.id };
        run::<ClientById>(&self.tenant, &routes::CLIENTS_GET, variables, &[], None).await
    }
}

request! {
    /// Reads the client. Its secret key is not requested.
    ///
    /// # Errors
    /// If the client is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    GetClient => partial Response<Record>
}
