//! Licenses.

use futures::FutureExt as _;
use futures::stream::BoxStream;

use serde_json::{Value, json};

use crate::execute::{run, to_arguments, write, write_rest};
use crate::model::{APIBulkResult, APILicenseList, BulkClientLicenseAssignmentUser, License, PageInfo};
use crate::operations::{LicensesBulkAssign, LicensesByClientId, licenses_bulk_assign, licenses_by_client_id};
use crate::pages::{self, Page, Position};
use crate::runtime::{Selection, SingleRoot as _};
use crate::tenant::Tenant;
use crate::{Error, LicenseFields, Response, routes};

/// Licenses: grants of content to clients, which form a tree per client.
#[derive(Debug, Clone)]
pub struct Licenses {
    tenant: Tenant,
}

impl Licenses {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists the licenses of a client. `parentLicenseId` names the parent license; the primary license has none.
    pub fn of_client(&self, client_id: impl Into<String>) -> ListLicenses {
        ListLicenses { tenant: self.tenant.clone(), client_id: client_id.into() }
    }

    /// Creates a license below the primary license of a client, or below the one that the fields name.
    ///
    /// # Errors
    /// If the fields contain no name, or the tenant refuses a field.
    pub async fn create(&self, client_id: &str, fields: LicenseFields) -> Result<Response<License>, Error> {
        let mut arguments = fields.as_json().clone();
        arguments.insert("clientId".to_owned(), json!(client_id));
        write_rest(&self.tenant, &routes::LICENSES_CREATE, &Value::Object(arguments), selection()).await
    }

    /// Updates a license. `name` and `seatsLimit` are required: the reference demands `name`, and treats a missing
    /// `seatsLimit` as unlimited.
    ///
    /// # Errors
    /// If one of them is missing, in which case nothing is sent, or the tenant refuses.
    pub async fn update(&self, id: &str, fields: LicenseFields) -> Result<Response<License>, Error> {
        let spec = &routes::LICENSES_UPDATE;
        let mut arguments = fields.as_json().clone();
        let mut required = LicenseFields::specs().iter().filter(|spec| spec.is_required_of_update);
        if let Some(missing) = required.find(|spec| !arguments.contains_key(spec.name)).map(|spec| spec.name) {
            let message = format!("an update of a license requires `{missing}`: without it, the value would be lost");
            return Err(Error::invalid_argument(message).with_operation(spec.name));
        }
        arguments.insert("id".to_owned(), json!(id));
        write_rest(&self.tenant, spec, &Value::Object(arguments), selection()).await
    }

    /// Deletes a license, and returns it as it was. Users who held it lose what it granted. If a response is lost and
    /// the license is gone when the call is retried, the error is [not found](Error::is_not_found), with an [unknown
    /// execution](Error::execution).
    ///
    /// # Errors
    /// If the license is not found, or the tenant does not delete it.
    pub async fn delete(&self, id: &str) -> Result<Response<Value>, Error> {
        write_rest(&self.tenant, &routes::LICENSES_DELETE, &json!({ "id": id }), Selection::NONE).await
    }

    /// Assigns licenses to several users. Records that fail are reported individually.
    ///
    /// # Errors
    /// If the entire call fails.
    pub async fn bulk_assign(
        &self,
        users: Vec<BulkClientLicenseAssignmentUser>,
    ) -> Result<Response<APIBulkResult>, Error> {
        let arguments = to_arguments(&licenses_bulk_assign::Variables { users })?;
        write::<LicensesBulkAssign>(&self.tenant, &routes::LICENSES_BULK_ASSIGN, &arguments).await
    }
}

/// A list of licenses; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send). `id`, `name` and
/// `sku` of a page belong to the client.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt as _;
///
/// let mut licenses = client.licenses().of_client("d5a1fd66-51a5-4b6a-a3f2-6d1e1d1ff2f5").items();
/// while let Some(license) = licenses.try_next().await? {
///     println!("{}", license.name.unwrap_or_default());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ListLicenses {
    tenant: Tenant,
    client_id: String,
}

impl ListLicenses {
    /// The first page.
    ///
    /// # Errors
    /// If the client is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub async fn send(self) -> Result<Response<APILicenseList>, Error> {
        self.page(Position::first()).await?.reject_partial(routes::LICENSES_OF_CLIENT.name)
    }

    /// Like [`send`](Self::send), but returns both data and errors if a GraphQL response has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), except for errors that accompany data.
    pub async fn send_partial(self) -> Result<Response<APILicenseList>, Error> {
        self.page(Position::first()).await
    }

    /// All pages, fetched on demand. The stream ends after the last page, or after an error.
    pub fn pages(self) -> BoxStream<'static, Result<Response<APILicenseList>, Error>> {
        pages::pages(routes::LICENSES_OF_CLIENT.name, move |position| self.clone().page(position).boxed())
    }

    /// The licenses of all pages.
    pub fn items(self) -> BoxStream<'static, Result<License, Error>> {
        pages::items(self.pages())
    }

    async fn page(self, position: Position) -> Result<Response<APILicenseList>, Error> {
        let arguments = position.arguments();
        let variables = licenses_by_client_id::Variables { client_id: self.client_id, page: position.page() };
        let spec = &routes::LICENSES_OF_CLIENT;
        run::<LicensesByClientId>(&self.tenant, spec, variables, &arguments, position.surface).await
    }
}

/// The selection for a single license: the same fields as for one in a list.
fn selection() -> &'static Selection {
    LicensesByClientId::selection().below("licenses")
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
