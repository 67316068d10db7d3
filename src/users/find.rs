//! Finds a user by a key other than the id.

use futures::TryStreamExt as _;
use serde_json::{Value, json};

use super::key::UserKey;
use super::list::ListUsers;
use super::read::profile_by_id;
use crate::error::Kind;
use crate::execute::rest::{Fetched, fetch};
use crate::execute::{json as bodies, v1};
use crate::model::User;
use crate::runtime::{OperationSpec, Surface};
use crate::tenant::Tenant;
use crate::{Error, routes};

/// Finds a user by e-mail address: over v1, which filters by it, or over v2, whose paths may accept it; otherwise in
/// the list.
async fn by_email(tenant: &Tenant, email: &str) -> Result<String, Error> {
    let spec = &routes::USERS_FIND_BY_EMAIL;
    let key = Key { name: "email", value: email };
    find(tenant, spec, &key, |own| same_address(own, email), |user| user.email.as_deref()).await
}

/// Returns the tenant's id of a user.
pub(crate) async fn id_of(tenant: &Tenant, key: &UserKey) -> Result<String, Error> {
    match key {
        UserKey::Id(id) => Ok(id.clone()),
        UserKey::Email(email) => by_email(tenant, email).await,
        UserKey::ExternalCustomerId(id) => by_external_customer_id(tenant, id).await,
        UserKey::IdOrExternalCustomerId(id) => match profile_by_id(tenant, id).await {
            Ok(user) => Ok(user.id.clone()),
            // A surface may refuse a foreign id without looking it up.
            Err(error) if error.is_not_found() || matches!(error.status(), Some(400 | 422)) => {
                by_external_customer_id(tenant, id).await
            }
            Err(error) => Err(error),
        },
    }
}

/// Finds a user by the id in another system: over v2, whose paths may accept it; otherwise in the list.
async fn by_external_customer_id(tenant: &Tenant, id: &str) -> Result<String, Error> {
    let spec = &routes::USERS_FIND_BY_EXTERNAL_CUSTOMER_ID;
    let key = Key { name: "externalCustomerId", value: id };
    find(tenant, spec, &key, |own| own == id, |user| user.external_customer_id.as_deref()).await
}

/// The key that a user is looked up by.
struct Key<'k> {
    name: &'static str,
    value: &'k str,
}

/// The result of a look-up.
enum LookUp {
    Id(String),
    /// The surface filters by this kind of key, and no user has this key.
    NoUser,
    /// It responds with 404: no user has the key, or the surface does not accept this kind of key.
    NotFound,
    /// The surface is absent, does not accept this kind of key, or does not filter.
    Unknown,
}

async fn find(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    key: &Key<'_>,
    matches: impl Fn(&str) -> bool,
    own: impl Fn(&User) -> Option<&str>,
) -> Result<String, Error> {
    let mut is_path_not_found = false;
    for surface in tenant.capabilities().routes(spec.name) {
        match look_up(tenant, spec, surface, key, &matches).await? {
            LookUp::Id(id) => return Ok(id),
            LookUp::NoUser => return Err(no_user(spec, surface)),
            LookUp::NotFound => is_path_not_found |= surface == Surface::RestV2,
            LookUp::Unknown => {}
        }
    }
    tracing::debug!(operation = spec.name, "searching the list of users");
    let mut pages = ListUsers::new(tenant.clone()).pages();
    let mut last = Surface::GraphQl;
    while let Some(page) = pages.try_next().await? {
        last = page.surface();
        if let Some(user) = page.users.iter().flatten().find(|user| own(user).is_some_and(&matches)) {
            return Ok(user.id.clone());
        }
        // A list without the key would match no user, which is not the same as "not found".
        if page.gaps().iter().any(|gap| gap.rsplit('.').next() == Some(key.name)) {
            let message = format!("no surface of the tenant shows `{}`", key.name);
            return Err(Error::new(Kind::NoRoute(message)).with_operation(spec.name));
        }
        // A tenant that pages by cursor accepts every kind of key in its paths, and the path was not found.
        let pages_by_cursor = page.page_info.as_ref().is_some_and(|info| info.cursor.is_some());
        if is_path_not_found && last == Surface::RestV2 && pages_by_cursor {
            break;
        }
    }
    Err(no_user(spec, last))
}

async fn look_up(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    surface: Surface,
    key: &Key<'_>,
    matches: impl Fn(&str) -> bool,
) -> Result<LookUp, Error> {
    let body = match fetch(tenant, spec, surface, &json!({ key.name: key.value })).await {
        Ok(Fetched::Body(body)) => body,
        // In a scenario of the API guide, the list returns 404 if no user has the address, so a 404 does not prove that
        // v1 is absent. A gateway without v1 behind it returns the same, so a user may have the address.
        Ok(Fetched::Absent { is_json: true, .. }) => return Ok(LookUp::NotFound),
        Ok(Fetched::Absent { reason, .. }) => {
            tenant.learn(|known| known.demote(spec.name, surface, reason));
            return Ok(LookUp::Unknown);
        }
        Err(error) if error.is_not_found() => return Ok(LookUp::NotFound),
        // If a surface refuses the API key or this kind of key, the others are tried.
        Err(error) if matches!(error.status(), Some(400 | 401 | 403 | 422)) || error.is_decode() => {
            return Ok(LookUp::Unknown);
        }
        Err(error) => return Err(error),
    };
    let users = match surface {
        Surface::RestV1 => v1::users(&body.json, 1)?.get_mut("users").map(Value::take).unwrap_or_default(),
        _ => Value::Array(vec![bodies::decode(&body.json)?]),
    };
    let users = users.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_it = |user: &&Value| user.get(key.name).and_then(Value::as_str).is_some_and(&matches);
    let id = users.iter().find(is_it).and_then(|user| user.get("id")?.as_str());
    Ok(match id {
        Some(id) => LookUp::Id(id.to_owned()),
        None if users.is_empty() => LookUp::NoUser,
        // Another user was returned: the tenant ignores the filter.
        None => LookUp::Unknown,
    })
}

fn no_user(spec: &'static OperationSpec, surface: Surface) -> Error {
    Error::new(Kind::NotFound("no user has that key".to_owned())).with_operation(spec.name).with_surface(surface)
}

/// Mail systems in use treat addresses as case-insensitive.
fn same_address(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
