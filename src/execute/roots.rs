//! The values of root fields, read from REST bodies.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::found::{Found, decode, from_value};
use super::rest::Body;
use super::{RestRoot, complete, json, v1};
use crate::Error;
use crate::address::same_address;
use crate::error::Kind;
use crate::model::{
    APIBulkResult, APILicenseList, BackgroundJob, BulkRemoveDualRoleManagerResult, Client as ClientRecord, ClientsList,
    DualRoleStatus, License, PageInfo, User, UsersList,
};
use crate::operations::users_rows;
use crate::profile::{BodyShape, Paging};
use crate::runtime::{Picked, Selection, Surface, filter, filter_wrapped, pick};
use crate::tenant::Tenant;

/// Root fields whose REST bodies match the schema. `$answers` is how they show which record they are.
macro_rules! plain_root {
    ($($root:ty $(=> $answers:expr)?),* $(,)?) => {
        $(impl RestRoot for $root {
            async fn read(
                _: &Tenant,
                body: &Body,
                selection: &'static Selection,
            ) -> Result<Found<Self>, Error> {
                plain(body, selection)
            }

            $(fn answers(&self, arguments: &Value) -> bool {
                let answers: fn(&Self, &Value) -> bool = $answers;
                answers(self, arguments)
            })?
        })*
    };
}

plain_root!(
    APIBulkResult,
    BackgroundJob => |job, arguments| is_asked_for(arguments, "id", &job.id),
    BulkRemoveDualRoleManagerResult,
    DualRoleStatus => |pair, arguments| {
        let mut ids = [&pair.learner_id, &pair.manager_id].into_iter().flatten().peekable();
        ids.peek().is_none() || ids.any(|id| is_asked_for(arguments, "id", id))
    },
    License => |license, arguments| is_asked_for(arguments, "id", &license.id),
    Value => |value, arguments| {
        // A response to a change of status shows the id of the record; other responses may have the id of another record.
        let id = value.get("id").filter(|_| value.get("status").is_some() && arguments.get("status").is_some());
        id.and_then(Value::as_str).is_none_or(|id| is_asked_for(arguments, "id", id))
    },
);

/// Whether arguments ask for the record with this id, or for none in particular.
pub(super) fn is_asked_for(arguments: &Value, name: &str, id: &str) -> bool {
    arguments.get(name).and_then(Value::as_str).is_none_or(|asked| asked.eq_ignore_ascii_case(id))
}

/// Adds to the profile how the lists of a surface are paged.
fn teach_paging(tenant: &Tenant, surface: Surface, info: Option<&PageInfo>) {
    let Some((info, endpoint)) = info.zip(tenant.endpoint(surface)) else { return };
    // The last page has no cursor, so only a cursor shows anything, and a page number unless there was one before.
    let has_cursor = info.cursor.as_ref().is_some_and(|cursor| !cursor.is_empty());
    let paging = match endpoint.paging {
        _ if has_cursor => Paging::Cursor,
        None if info.has_more == Some(true) && info.current_page.is_some() => Paging::Page,
        _ => return,
    };
    if endpoint.paging != Some(paging) {
        tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.paging = Some(paging));
    }
}

impl RestRoot for UsersList {
    async fn read(tenant: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        match body.surface {
            Surface::RestV1 => from_value(&v1::users(&body.json, body.page)?, selection),
            _ if complete::is_deep(selection) => {
                let page: Value = json::decode(&body.json)?;
                if !page.get("users").is_some_and(Value::is_array) {
                    return Err(json::without(&body.json, "users"));
                }
                from_value(&complete::users(tenant, page, selection).await?, selection)
            }
            _ => list(body, "users", selection),
        }
    }

    fn read_page(json: &str, shape: BodyShape, selection: &'static Selection) -> Option<Found<Self>> {
        // Flat rows of a deep list are completed first.
        let page = || page(json, shape, selection, |list: &Self| list.users.is_some());
        (!complete::is_deep(selection)).then(page).flatten()
    }

    fn teach(&self, tenant: &Tenant, surface: Surface) {
        teach_paging(tenant, surface, self.page_info.as_deref());
        let known = tenant.known();
        let keys = self.users.iter().flatten().filter_map(|user| user.role_key.as_deref());
        let new: BTreeSet<&str> = keys.filter(|key| !known.profile().role_keys.contains(*key)).collect();
        if !new.is_empty() {
            tenant.learn(|profile| profile.add_role_keys(new.into_iter()));
        }
    }
}

impl RestRoot for users_rows::ApiUsers {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        match body.surface {
            Surface::RestV1 => from_value(&v1::users(&body.json, body.page)?, selection),
            _ => list(body, "users", selection),
        }
    }

    fn read_page(json: &str, shape: BodyShape, selection: &'static Selection) -> Option<Found<Self>> {
        page(json, shape, selection, |list: &Self| list.users.is_some())
    }

    fn teach(&self, tenant: &Tenant, surface: Surface) {
        teach_paging(tenant, surface, self.page_info.clone().map(PageInfo::from).as_ref());
    }
}

/// The users of the API guide's query are in the body of a list.
impl RestRoot for Vec<User> {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        let list: Value = match body.surface {
            Surface::RestV1 => v1::users(&body.json, body.page)?,
            _ => json::decode(&body.json)?,
        };
        let shown = list.get("pageInfo").and_then(|info| info.get("currentPage")).and_then(Value::as_u64);
        // A tenant that pages by cursor may ignore the number of the page.
        if let Some(shown) = shown.filter(|shown| *shown != body.page) {
            let message = format!("requested page {} but got page {shown}; `list` follows cursors", body.page);
            return Err(Error::new(Kind::Paging(message)));
        }
        let Some(Value::Array(mut users)) = list.get("users").cloned() else {
            return Err(json::without(&body.json, "users"));
        };
        users.iter_mut().for_each(v1::mark_active);
        from_value(&Value::Array(users), selection)
    }
}

impl RestRoot for User {
    async fn read(tenant: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        let user = match body.surface {
            Surface::RestV1 => v1::user(&body.json)?,
            _ if !tenant.completes() => json::decode(&body.json)?,
            _ => complete::user(tenant, json::decode(&body.json)?, selection).await?,
        };
        from_value(&user, selection)
    }

    fn answers(&self, arguments: &Value) -> bool {
        let own = |name: &str| arguments.get(name).and_then(Value::as_str);
        match (own("id"), own("email")) {
            // The path may hold any key of a user.
            (Some(key), _) => {
                self.id.eq_ignore_ascii_case(key)
                    || self.email.as_deref().is_some_and(|email| same_address(email, key))
                    || self.external_customer_id.as_deref() == Some(key)
            }
            // A response to a creation that shows another address.
            (None, Some(email)) => self.email.as_deref().is_none_or(|shown| same_address(shown, email)),
            (None, None) => true,
        }
    }
}

impl RestRoot for ClientRecord {
    async fn read(tenant: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        let record = json::decode(&body.json)?;
        let record = if tenant.completes() { complete::client(tenant, record, selection).await? } else { record };
        from_value(&record, selection)
    }

    fn answers(&self, arguments: &Value) -> bool {
        is_asked_for(arguments, "id", &self.id)
    }
}

impl RestRoot for ClientsList {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        list(body, "clients", selection)
    }

    fn read_page(json: &str, shape: BodyShape, selection: &'static Selection) -> Option<Found<Self>> {
        page(json, shape, selection, |list: &Self| list.clients.is_some())
    }

    fn teach(&self, tenant: &Tenant, surface: Surface) {
        teach_paging(tenant, surface, self.page_info.as_deref());
    }
}

impl RestRoot for APILicenseList {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        let mut picked = pick_list(body, "licenses", selection)?;
        // The id is that of the client, which the caller knows, and not every tenant repeats it.
        if let Some(fields) = picked.value.as_object_mut() {
            fields.entry("id").or_insert_with(|| "".into());
        }
        decode(picked)
    }

    fn read_page(json: &str, shape: BodyShape, selection: &'static Selection) -> Option<Found<Self>> {
        page(json, shape, selection, |list: &Self| list.licenses.is_some())
    }

    fn answers(&self, arguments: &Value) -> bool {
        self.id.is_empty() || is_asked_for(arguments, "clientId", &self.id)
    }

    fn teach(&self, tenant: &Tenant, surface: Surface) {
        teach_paging(tenant, surface, self.page_info.as_deref());
    }
}

/// Reads a body that matches the schema.
pub(crate) fn plain<T: DeserializeOwned>(body: &Body, selection: &'static Selection) -> Result<Found<T>, Error> {
    from_value(&json::decode(&body.json)?, selection)
}

/// Reads a page in one pass. A body without its entries is not an empty list.
fn page<T: DeserializeOwned>(
    json: &str,
    shape: BodyShape,
    selection: &Selection,
    has_entries: impl Fn(&T) -> bool,
) -> Option<Found<T>> {
    let filtered = match shape {
        BodyShape::Flat => filter(selection, json),
        BodyShape::Envelope => filter_wrapped(selection, json),
    };
    filtered.filter(|filtered| has_entries(&filtered.value)).map(Found::from)
}

/// Reads a list.
pub(super) fn list<T: DeserializeOwned>(
    body: &Body,
    entries: &str,
    selection: &'static Selection,
) -> Result<Found<T>, Error> {
    decode(pick_list(body, entries, selection)?)
}

/// The selected fields of a list. A body without its entries is not an empty list.
fn pick_list(body: &Body, entries: &str, selection: &'static Selection) -> Result<Picked, Error> {
    // Reduced while it is parsed, so that a large page is never decoded with all its fields.
    let mut json = serde_json::Deserializer::from_str(&body.json);
    let picked = pick(selection, &mut json).and_then(|picked| json.end().map(|()| picked));
    let picked = picked.map_err(|source| Error::new(Kind::Decode { path: ".".to_owned(), source: source.into() }))?;
    if !picked.value.get(entries).is_some_and(Value::is_array) {
        return Err(json::without(&body.json, entries));
    }
    Ok(picked)
}
