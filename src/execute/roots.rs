//! The values of root fields, read from REST bodies.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::rest::Body;
use super::{RestRoot, complete, json, v1};
use crate::Error;
use crate::error::Kind;
use crate::model::{
    APIBulkResult, APILicenseList, BackgroundJob, BulkRemoveDualRoleManagerResult, Client as ClientRecord, ClientsList,
    DualRoleStatus, License, User, UsersList,
};
use crate::runtime::{Selection, Surface};
use crate::tenant::Tenant;

/// Root fields whose REST bodies match the schema.
macro_rules! plain_root {
    ($($root:ty),*) => {
        $(impl RestRoot for $root {
            async fn read(
                _: &Tenant,
                body: &Body,
                selection: &'static Selection,
            ) -> Result<(Self, BTreeSet<String>), Error> {
                plain(body, selection)
            }
        })*
    };
}

plain_root!(APIBulkResult, BackgroundJob, BulkRemoveDualRoleManagerResult, DualRoleStatus, License, Value);

impl RestRoot for UsersList {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<(Self, BTreeSet<String>), Error> {
        match body.surface {
            Surface::RestV1 => from_value(&v1::users(&body.json, body.page)?, selection),
            _ => list(body, "users", selection),
        }
    }
}

/// The users of the API guide's query are in the body of a list.
impl RestRoot for Vec<User> {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<(Self, BTreeSet<String>), Error> {
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
    async fn read(
        tenant: &Tenant,
        body: &Body,
        selection: &'static Selection,
    ) -> Result<(Self, BTreeSet<String>), Error> {
        let user = match body.surface {
            Surface::RestV1 => v1::user(&body.json)?,
            _ => complete::user(tenant, json::decode(&body.json)?, selection).await?,
        };
        from_value(&user, selection)
    }
}

impl RestRoot for ClientRecord {
    async fn read(
        tenant: &Tenant,
        body: &Body,
        selection: &'static Selection,
    ) -> Result<(Self, BTreeSet<String>), Error> {
        from_value(&complete::client(tenant, json::decode(&body.json)?, selection).await?, selection)
    }
}

impl RestRoot for ClientsList {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<(Self, BTreeSet<String>), Error> {
        list(body, "clients", selection)
    }
}

impl RestRoot for APILicenseList {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<(Self, BTreeSet<String>), Error> {
        list(body, "licenses", selection)
    }
}

/// Reads a body that matches the schema.
pub(crate) fn plain<T: DeserializeOwned>(
    body: &Body,
    selection: &'static Selection,
) -> Result<(T, BTreeSet<String>), Error> {
    from_value(&json::decode(&body.json)?, selection)
}

/// Reads a list. A body without its entries is not an empty list.
fn list<T: DeserializeOwned>(
    body: &Body,
    entries: &str,
    selection: &'static Selection,
) -> Result<(T, BTreeSet<String>), Error> {
    // Reduced while it is parsed, so that a large page is never decoded with all its fields.
    let mut json = serde_json::Deserializer::from_str(&body.json);
    let picked = selection.pick(&mut json).and_then(|picked| json.end().map(|()| picked));
    let picked = picked.map_err(|source| Error::new(Kind::Decode { path: ".".to_owned(), source: source.into() }))?;
    if !picked.0.get(entries).is_some_and(Value::is_array) {
        return Err(json::without(&body.json, entries));
    }
    decode(picked)
}

fn from_value<T: DeserializeOwned>(
    value: &Value,
    selection: &'static Selection,
) -> Result<(T, BTreeSet<String>), Error> {
    decode(
        selection
            .pick(value)
            .map_err(|source| Error::new(Kind::Decode { path: ".".to_owned(), source: source.into() }))?,
    )
}

fn decode<T: DeserializeOwned>((picked, missing): (Value, BTreeSet<String>)) -> Result<(T, BTreeSet<String>), Error> {
    let value = serde_path_to_error::deserialize(picked).map_err(|error| {
        let path = error.path().to_string();
        Error::new(Kind::Decode { path, source: error.into_inner().into() })
    })?;
    Ok((value, gaps(missing)))
}

/// Fields of `pageInfo` differ between surfaces, and callers do not select them, so they are not gaps. A missing
/// `pageInfo` is a gap: it is then unknown whether more pages follow.
fn gaps(missing: BTreeSet<String>) -> BTreeSet<String> {
    missing.into_iter().filter(|path| !path.starts_with("pageInfo.")).collect()
}
