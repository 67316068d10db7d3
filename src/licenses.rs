//! Licenses.

mod of_clients;

use serde_json::{Value, json};

use crate::execute::{run, to_arguments, write, write_rest};
use crate::model::{APIBulkResult, APILicenseList, BulkClientLicenseAssignmentUser, License, PageInfo};
use crate::operations::{LicensesBulkAssign, LicensesByClientId, licenses_bulk_assign, licenses_by_client_id};
use crate::pages::Page;
use crate::position::PagePosition;
use crate::request::{CalledOperation, Request, list_request};
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
        ListLicenses { tenant: self.tenant.clone(), start: PagePosition::first(), client_id: client_id.into() }
    }

    /// The licenses of each of these clients, in their order. Where a tenant has the list over GraphQL and states what queries
    /// cost, up to 20 clients are read with one request; up to 8 requests are under way at once.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let ids = ["<client id>", "<another client id>"];
    /// for (id, licenses) in ids.iter().zip(client.licenses().of_clients(ids).await?) {
    ///     println!("{id}: {} licenses", licenses.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If one of the clients is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    pub fn of_clients(&self, client_ids: impl IntoIterator<Item = impl Into<String>>) -> Request<Vec<Vec<License>>> {
        let ids: Vec<String> = client_ids.into_iter().map(Into::into).collect();
        Request::new(&self.tenant, &routes::LICENSES_OF_CLIENT, move |tenant| async move {
            of_clients::of_clients(&tenant, ids).await
        })
    }

    /// Creates a license below the primary license of a client, or below the one that the fields name. Not idempotent;
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::LicenseFields;
    ///
    /// let fields = LicenseFields::new().name("Team").seats_limit(25);
    /// let license = client.licenses().create("<client id>", fields).await?;
    /// println!("{}", license.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the fields contain no name, or the tenant refuses a field.
    pub fn create(&self, client_id: impl Into<String>, fields: LicenseFields) -> Request<Response<License>> {
        let (spec, client_id) = (&routes::LICENSES_CREATE, client_id.into());
        Request::new(&self.tenant, spec, move |tenant| async move {
            let mut arguments = fields.as_json().clone();
            arguments.insert("clientId".to_owned(), client_id.into());
            write_rest(&tenant, spec, &Value::Object(arguments), selection()).await
        })
    }

    /// Updates a license. `name` and `seatsLimit` are required: the reference demands `name`, and treats a missing
    /// `seatsLimit` as unlimited. Idempotent; [Cancellation](crate#cancellation) describes what dropping its future
    /// means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::LicenseFields;
    ///
    /// let fields = LicenseFields::new().name("Team").seats_limit(50);
    /// client.licenses().update("<license id>", fields).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If one of them is missing, in which case nothing is sent, or the tenant refuses.
    pub fn update(&self, id: impl Into<String>, fields: LicenseFields) -> Request<Response<License>> {
        let (spec, id) = (&routes::LICENSES_UPDATE, id.into());
        Request::new(&self.tenant, spec, move |tenant| async move {
            let mut arguments = fields.as_json().clone();
            let mut required = LicenseFields::specs().iter().filter(|spec| spec.is_required_of_update);
            if let Some(missing) = required.find(|spec| !arguments.contains_key(spec.name)).map(|spec| spec.name) {
                let message =
                    format!("an update of a license requires `{missing}`: without it, the value would be lost");
                return Err(Error::invalid_argument(message).with_operation(spec.name));
            }
            arguments.insert("id".to_owned(), id.into());
            write_rest(&tenant, spec, &Value::Object(arguments), selection()).await
        })
    }

    /// Deletes a license, and returns it as it was. Users who held it lose what it granted. If a response is lost and
    /// the license is gone when the call is retried, the error is [not found](Error::is_not_found), with an [unknown
    /// execution](Error::execution). [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let deleted = client.licenses().delete("<license id>").await?;
    /// println!("{}", deleted["name"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the license is not found, or the tenant does not delete it.
    pub fn delete(&self, id: impl Into<String>) -> Request<Response<Value>> {
        let spec = &routes::LICENSES_DELETE;
        let arguments = json!({ "id": id.into() });
        Request::new(&self.tenant, spec, move |tenant| async move {
            write_rest(&tenant, spec, &arguments, Selection::NONE).await
        })
    }

    /// Assigns licenses to several users. Records that fail are reported individually. Idempotent;
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::model::BulkClientLicenseAssignmentUser as Record;
    ///
    /// let ada = Record::new().email("ada@example.com").student_license_ids(vec!["<license id>".to_owned()]);
    /// let done = client.licenses().bulk_assign([ada]).await?;
    /// println!("{:?} records changed", done.updated_record_count);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the entire call fails.
    pub fn bulk_assign(
        &self,
        users: impl IntoIterator<Item = BulkClientLicenseAssignmentUser>,
    ) -> Request<Response<APIBulkResult>> {
        let spec = &routes::LICENSES_BULK_ASSIGN;
        let variables = licenses_bulk_assign::Variables { users: users.into_iter().collect() };
        Request::new(&self.tenant, spec, move |tenant| async move {
            write::<LicensesBulkAssign>(&tenant, spec, &to_arguments(&variables)?).await
        })
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
#[must_use = "a request is sent only when it is awaited"]
pub struct ListLicenses {
    tenant: Tenant,
    start: PagePosition,
    client_id: String,
}

impl ListLicenses {
    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::LICENSES_OF_CLIENT)
    }

    /// The total may be that of all clients.
    fn is_unfiltered(&self) -> bool {
        false
    }

    async fn read(self, position: PagePosition) -> Result<Response<APILicenseList>, Error> {
        let (page, arguments) = (position.variable(), position.arguments());
        let variables = licenses_by_client_id::Variables { client_id: self.client_id, page };
        let spec = &routes::LICENSES_OF_CLIENT;
        run::<LicensesByClientId>(&self.tenant, spec, variables, &arguments, position.surface).await
    }
}

list_request! {
    /// One page, the first by default. [`pages`](Self::pages) and [`items`](Self::items) read all of them.
    ///
    /// # Errors
    /// If the client is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    ListLicenses => APILicenseList, License
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
