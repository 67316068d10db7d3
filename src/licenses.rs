//! Licences.

mod fields;

use futures::FutureExt as _;
use futures::stream::BoxStream;

use serde_json::{Value, json};

pub use fields::LicenseFields;

use crate::execute::{arguments, run, strict, write, write_rest};
use crate::model::{APIBulkResult, APILicenseList, License, PageInfo};
use crate::operations::{LicensesBulkAssign, LicensesByClientId, licenses_bulk_assign, licenses_by_client_id};
use crate::pages::{self, Page, Position};
use crate::runtime::{GeneratedOperation as _, Selection};
use crate::users::NOTHING;
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

    /// Creates a licence below the main licence of a client, or below the one that the fields name.
    ///
    /// # Errors
    /// If the fields have no name, or the tenant refuses one.
    pub async fn create(&self, client_id: &str, fields: LicenseFields) -> Result<Answer<License>, Error> {
        let mut arguments = fields.0;
        // The reference demands these lists; a licence that is new loses nothing by empty ones.
        for name in ["courseIds", "learningPathIds", "courseTagIds"] {
            arguments.entry(name).or_insert_with(|| json!([]));
        }
        arguments.insert("clientId".to_owned(), json!(client_id));
        write_rest(&self.client, &routes::LICENSES_CREATE, &Value::Object(arguments), selection()).await
    }

    /// Updates a licence. `name` and `seatsLimit` have to be given: the reference requires the one, and takes the
    /// other for unlimited where it is left out.
    ///
    /// # Errors
    /// If one of them is missing, in which case nothing is sent, or the tenant refuses.
    pub async fn update(&self, id: &str, fields: LicenseFields) -> Result<Answer<License>, Error> {
        let spec = &routes::LICENSES_UPDATE;
        let mut arguments = fields.0;
        if let Some(missing) = ["name", "seatsLimit"].into_iter().find(|name| !arguments.contains_key(*name)) {
            let message = format!("an update of a licence has to say its `{missing}`: left out, it would be lost");
            return Err(Error::settings(message).with_operation(spec.name));
        }
        arguments.insert("id".to_owned(), json!(id));
        write_rest(&self.client, spec, &Value::Object(arguments), selection()).await
    }

    /// Deletes a licence, and returns it as it was. If an answer was lost and the licence is not there when it is tried again,
    /// the error is [not found](Error::is_not_found), with an [unknown outcome](Error::outcome_unknown). Whoever held it loses what it gave.
    ///
    /// # Errors
    /// If there is no such licence, or the tenant does not delete it.
    pub async fn delete(&self, id: &str) -> Result<Answer<Value>, Error> {
        write_rest(&self.client, &routes::LICENSES_DELETE, &json!({ "id": id }), &NOTHING).await
    }

    /// Gives licences to several people. Records that fail are told one by one.
    ///
    /// # Errors
    /// If the call as a whole fails.
    pub async fn bulk_assign(
        &self,
        users: Vec<licenses_bulk_assign::BulkClientLicenseAssignmentUser>,
    ) -> Result<Answer<APIBulkResult>, Error> {
        let arguments = arguments(&licenses_bulk_assign::Variables { users })?;
        write::<LicensesBulkAssign>(&self.client, &routes::LICENSES_BULK_ASSIGN, &arguments).await
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
        strict(routes::LICENSES_OF_CLIENT.name, self.page(Position::first()).await?)
    }

    /// As [`send`](Self::send), and hands over data and errors where a GraphQL answer has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), but for errors beside data.
    pub async fn send_partial(self) -> Result<Answer<APILicenseList>, Error> {
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
        run::<LicensesByClientId>(&self.client, spec, variables, &arguments, position.surface).await
    }
}

/// What is taken of a single licence: as much as of one in a list.
fn selection() -> &'static Selection {
    LicensesByClientId::SELECTION.of("licenses").unwrap_or(&NOTHING)
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

    fn id(item: &Self::Item) -> &str {
        &item.id
    }

    fn into_items(self) -> Vec<License> {
        self.licenses.unwrap_or_default()
    }
}
