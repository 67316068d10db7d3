//! Completes flat REST responses with further reads: the client of a user, and the licenses of that client with the
//! tree they form.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::{json as bodies, rest};
use crate::catalog::ClientContext;
use crate::model::PageInfo;
use crate::pages::{Shown, Trail};
use crate::position::PagePosition;
use crate::runtime::{Selection, Surface};
use crate::tenant::Tenant;
use crate::{Error, routes};

/// The users of a page that are completed at the same time: most wait for the same clients.
const AT_ONCE: usize = 4;

/// Whether a list asks for more than flat rows have.
pub(crate) fn is_deep(list: &Selection) -> bool {
    list.get("users").is_some_and(|users| users.get("client").is_some())
}

/// Completes the users of a page, as [`user`] does.
pub(crate) async fn users(tenant: &Tenant, mut page: Value, list: &'static Selection) -> Result<Value, Error> {
    let rows = page.get_mut("users").and_then(Value::as_array_mut).map(std::mem::take);
    if let Some((rows, selection)) = rows.zip(list.get("users")) {
        let rows = stream::iter(rows.into_iter().map(|row| user(tenant, row, selection)));
        let rows: Vec<Value> = rows.buffered(AT_ONCE).try_collect().await?;
        insert(&mut page, "users", rows.into());
    }
    Ok(page)
}

/// Completes a user. Fields that further reads do not provide stay absent, and are reported as gaps.
pub(crate) async fn user(tenant: &Tenant, mut user: Value, selection: &'static Selection) -> Result<Value, Error> {
    // A null `clientId` proves that there is no client, so `client` is null instead of a gap.
    if user.get("clientId") == Some(&Value::Null) && lacks(&user, selection, "client") {
        insert(&mut user, "client", Value::Null);
    }
    let Some(client_id) = text(&user, "clientId") else { return Ok(user) };
    let lacks_client = lacks(&user, selection, "client");
    let held = selection.get("allocatedLicenses");
    let lacks_licenses = held.and_then(|held| held.get("license")).is_some()
        && user.get("allocatedLicenses").and_then(Value::as_array).is_some_and(|held| {
            held.iter().any(|entry| entry.get("licenseId").is_some() && entry.get("license").is_none())
        });
    if !lacks_client && !lacks_licenses {
        return Ok(user);
    }
    let context = ClientContext::find(tenant, &client_id);
    let context = match tenant.catalog() {
        Some(catalog) => catalog.client(&client_id, context).await?,
        None => context.await?,
    };
    let Some(context) = context else { return Ok(user) };
    if let Some(entries) = user.get_mut("allocatedLicenses").and_then(Value::as_array_mut) {
        for entry in entries.iter_mut().filter(|entry| entry.get("license").is_none()) {
            let license = text(entry, "licenseId").and_then(|id| context.licenses.get(&id));
            if let (Some(license), Some(selection)) = (license, held.and_then(|held| held.get("license"))) {
                insert(entry, "license", context.license(license, selection));
            }
        }
    }
    if let (true, Some(selection)) = (lacks_client, selection.get("client")) {
        insert(&mut user, "client", context.client(selection));
    }
    Ok(user)
}

/// Completes a client.
pub(crate) async fn client(tenant: &Tenant, record: Value, selection: &'static Selection) -> Result<Value, Error> {
    let Some(id) = text(&record, "id").filter(|_| lacks(&record, selection, "primaryLicense")) else {
        return Ok(record);
    };
    Ok(ClientContext::read(tenant, &id, record).await?.client(selection))
}

impl ClientContext {
    /// The client with this id; `None` if the tenant does not show it.
    async fn find(tenant: &Tenant, client_id: &str) -> Result<Option<Arc<Self>>, Error> {
        match read(tenant, &routes::CLIENTS_GET, &json!({ "id": client_id })).await? {
            Some(record) => Ok(Some(Arc::new(Self::read(tenant, client_id, record).await?))),
            None => Ok(None),
        }
    }

    async fn read(tenant: &Tenant, client_id: &str, record: Value) -> Result<Self, Error> {
        let mut context = Self { client: record, licenses: BTreeMap::new(), is_whole: false };
        let (mut position, mut trail) = (PagePosition::first(), Trail::default());
        loop {
            let mut arguments = json!({ "clientId": client_id });
            match &position.cursor {
                Some(cursor) => insert(&mut arguments, "cursor", cursor.clone().into()),
                None => insert(&mut arguments, "page", position.number.into()),
            }
            let Some(page) = read(tenant, &routes::LICENSES_OF_CLIENT, &arguments).await? else { return Ok(context) };
            let Some(licenses) = page.get("licenses").and_then(Value::as_array) else { return Ok(context) };
            for license in licenses {
                if let Some(id) = text(license, "id") {
                    context.licenses.insert(id, license.clone());
                }
            }
            let info: Option<PageInfo> = page.get("pageInfo").and_then(|info| PageInfo::deserialize(info).ok());
            let first = licenses.first().and_then(|license| license.get("id")?.as_str());
            let shown = Shown { info: info.as_ref(), entries: licenses.len(), first };
            match trail.follow(&position, &shown, Surface::RestV2)? {
                Some(next) => position = next,
                None => {
                    // A page without page info is not necessarily the last.
                    context.is_whole = info.is_some();
                    return Ok(context);
                }
            }
        }
    }

    /// A license with its selected relatives.
    fn license(&self, license: &Value, selection: &'static Selection) -> Value {
        let mut complete = license.clone();
        // The recursion ends with the selection, even if the parents of licenses form a circle.
        for field in selection.fields.iter().filter(|field| license.get(&field.key).is_none()) {
            let inner = &field.selection;
            match field.key.as_str() {
                "parentLicense" => {
                    let parent = text(license, "parentLicenseId").and_then(|id| self.licenses.get(&id));
                    let parent = parent.map_or(Value::Null, |parent| self.license(parent, inner));
                    // A parent that is named but not listed is unknown, not absent.
                    if !parent.is_null() || license.get("parentLicenseId") == Some(&Value::Null) {
                        insert(&mut complete, "parentLicense", parent);
                    }
                }
                // Children that were not read are unknown, not absent.
                "childLicenses" if self.is_whole => {
                    let id = text(license, "id");
                    let children = self.licenses.values().filter(|child| text(child, "parentLicenseId") == id);
                    let children: Vec<Value> = children.map(|child| self.license(child, inner)).collect();
                    insert(&mut complete, "childLicenses", children.into());
                }
                "client" => insert(&mut complete, "client", self.client(inner)),
                _ => {}
            }
        }
        complete
    }

    /// The only license without a parent: where a tenant does not mark the primary license, the tree below it does (help
    /// center).
    fn only_root(&self) -> Option<&Value> {
        let mut roots = self.licenses.values().filter(|license| license.get("parentLicenseId") == Some(&Value::Null));
        let is_marked = |license: &Value| license.get("isDefault").is_some();
        let root = roots.next().filter(|_| self.is_whole && !self.licenses.values().any(is_marked));
        if roots.next().is_none() { root } else { None }
    }

    /// The client with its primary license, if that is selected.
    fn client(&self, selection: &'static Selection) -> Value {
        let mut complete = self.client.clone();
        let main = self.licenses.values().find(|license| license.get("isDefault") == Some(&Value::Bool(true)));
        let main = main.or_else(|| self.only_root());
        if let (Some(main), Some(inner)) = (main, selection.get("primaryLicense")) {
            insert(&mut complete, "primaryLicense", self.license(main, inner));
        }
        complete
    }
}

/// Reads from v2; `None` if the tenant does not provide it.
async fn read(tenant: &Tenant, spec: &'static crate::OperationSpec, arguments: &Value) -> Result<Option<Value>, Error> {
    match rest::fetch(tenant, spec, Surface::RestV2, arguments).await {
        Ok(rest::Fetched::Body(body)) if body.errors.is_empty() => bodies::decode(&body.json).map(Some),
        Ok(rest::Fetched::Body(_) | rest::Fetched::Absent { .. } | rest::Fetched::Closed(_)) => Ok(None),
        // A key that may read users need not be allowed to read clients: the fields become gaps.
        Err(error) if error.is_not_found() || error.is_forbidden() => Ok(None),
        Err(error) => Err(error),
    }
}

fn lacks(value: &Value, selection: &'static Selection, key: &str) -> bool {
    selection.get(key).is_some() && value.get(key).is_none()
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn insert(value: &mut Value, key: &str, inner: Value) {
    if let Value::Object(fields) = value {
        fields.insert(key.to_owned(), inner);
    }
}
