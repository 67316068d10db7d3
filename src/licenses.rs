//! Licences.

use futures::FutureExt as _;
use futures::stream::BoxStream;

use crate::execute::{run, strict};
use crate::model::{APILicenseList, License, PageInfo};
use crate::operations::{LicensesByClientId, licenses_by_client_id};
use crate::pages::{self, Page, Position};
use crate::{Answer, Client, Error, routes};

/// Licences: grants of content to clients, which form a tree per client.
#[derive(Debug, Clone)]
pub struct Licenses {
    client: Client,
}

impl Licenses {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists the licences of a client. `parentLicenseId` leads to the licence above; the main licence has none.
    pub fn of_client(&self, client_id: impl Into<String>) -> ListLicenses {
        ListLicenses { client: self.client.clone(), client_id: client_id.into() }
    }
}

/// A list of licences; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send). `id`, `name`
/// and `sku` of a page are those of the client.
#[derive(Debug, Clone)]
#[must_use]
pub struct ListLicenses {
    client: Client,
    client_id: String,
}

impl ListLicenses {
    /// The first page.
    ///
    /// # Errors
    /// If there is no such client ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub async fn send(self) -> Result<Answer<APILicenseList>, Error> {
        self.page(Position::first()).await
    }

    /// All pages, read as they are asked for. The stream ends after the last page, or after an error.
    pub fn pages(self) -> BoxStream<'static, Result<Answer<APILicenseList>, Error>> {
        pages::pages(routes::LICENSES_OF_CLIENT.name, move |position| self.clone().page(position).boxed())
    }

    /// The licences of all pages.
    pub fn items(self) -> BoxStream<'static, Result<License, Error>> {
        pages::items(self.pages())
    }

    async fn page(self, position: Position) -> Result<Answer<APILicenseList>, Error> {
        let arguments = position.arguments();
        let variables = licenses_by_client_id::Variables { client_id: self.client_id, page: position.page() };
        let spec = &routes::LICENSES_OF_CLIENT;
        strict(spec.name, run::<LicensesByClientId>(&self.client, spec, variables, &arguments, position.surface).await?)
    }
}

impl Page for APILicenseList {
    type Item = License;

    fn info(&self) -> Option<&PageInfo> {
        self.page_info.as_deref()
    }

    fn len(&self) -> usize {
        self.licenses.as_ref().map_or(0, Vec::len)
    }

    fn first(&self) -> Option<&str> {
        self.licenses.as_ref()?.first().map(|first| first.id.as_str())
    }

    fn into_items(self) -> Vec<License> {
        self.licenses.unwrap_or_default()
    }
}
