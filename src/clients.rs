//! Clients (Panorama).

use futures::FutureExt as _;
use futures::stream::BoxStream;

use serde_json::{Value, json};

use crate::execute::{run, write_rest};
use crate::model::{Client as Record, ClientsList, PageInfo};
use crate::operations::{ClientById, ClientsList as Query, client_by_id, clients_list};
use crate::pages::{self, Page, Position};
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
        ListClients { tenant: self.tenant.clone(), query: Input::Absent, count: Input::Absent }
    }

    /// Reads one client with its primary license and its license tree.
    pub fn get(&self, id: impl Into<String>) -> GetClient {
        GetClient { tenant: self.tenant.clone(), id: id.into() }
    }

    /// Disables or enables a client.
    ///
    /// # Errors
    /// If the client is not found, or the tenant refuses.
    pub async fn update_status(&self, id: &str, status: UserStatus) -> Result<Response<()>, Error> {
        let arguments = json!({ "id": id, "status": status.as_str() });
        let answer =
            write_rest::<Value>(&self.tenant, &routes::CLIENTS_UPDATE_STATUS, &arguments, Selection::NONE).await?;
        Ok(answer.map(drop))
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
#[must_use]
pub struct ListClients {
    tenant: Tenant,
    query: Input<String>,
    count: Input<i64>,
}

impl ListClients {
    /// Only clients whose name contains this text.
    pub fn set_query(mut self, query: impl Into<String>) -> Self {
        self.query = Input::Value(query.into());
        self
    }

    /// The number of clients per page; 25 unless the tenant uses another default.
    pub fn set_count(mut self, count: i64) -> Self {
        self.count = Input::Value(count);
        self
    }

    /// The first page.
    ///
    /// # Errors
    /// If no surface has the list, or the one that has it fails.
    pub async fn send(self) -> Result<Response<ClientsList>, Error> {
        self.page(Position::first()).await?.reject_partial(routes::CLIENTS_LIST.name)
    }

    /// Like [`send`](Self::send), but returns both data and errors if a GraphQL response has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), except for errors that accompany data.
    pub async fn send_partial(self) -> Result<Response<ClientsList>, Error> {
        self.page(Position::first()).await
    }

    /// All pages, fetched on demand. The stream ends after the last page, or after an error.
    pub fn pages(self) -> BoxStream<'static, Result<Response<ClientsList>, Error>> {
        pages::pages(routes::CLIENTS_LIST.name, move |position| self.clone().page(position).boxed())
    }

    /// The clients of all pages.
    pub fn items(self) -> BoxStream<'static, Result<Record, Error>> {
        pages::items(self.pages())
    }

    async fn page(self, position: Position) -> Result<Response<ClientsList>, Error> {
        let arguments = position.arguments();
        let variables = clients_list::Variables { query: self.query, page: position.page(), count: self.count };
        run::<Query>(&self.tenant, &routes::CLIENTS_LIST, variables, &arguments, position.surface).await
    }
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
#[derive(Debug, Clone)]
#[must_use]
pub struct GetClient {
    tenant: Tenant,
    id: String,
}

impl GetClient {
    /// Reads the client. Its secret key is not requested.
    ///
    /// # Errors
    /// If the client is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub async fn send(self) -> Result<Response<Record>, Error> {
        self.send_partial().await?.reject_partial(routes::CLIENTS_GET.name)
    }

    /// Like [`send`](Self::send), but returns both data and errors if a GraphQL response has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), except for errors that accompany data.
    pub async fn send_partial(self) -> Result<Response<Record>, Error> {
        let variables = client_by_id::Variables { id: self.id };
        run::<ClientById>(&self.tenant, &routes::CLIENTS_GET, variables, &[], None).await
    }
}
