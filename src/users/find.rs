//! Finding a person by something else than their id.

use futures::TryStreamExt as _;
use serde_json::{Value, json};

use super::get::{UserKey, profile_by_id};
use super::list::ListUsers;
use crate::error::Kind;
use crate::execute::rest::{Fetched, fetch};
use crate::execute::{json as bodies, v1};
use crate::model::User;
use crate::runtime::{OperationSpec, Surface};
use crate::{Client, Error, routes};

/// By address: over v1, which filters by it, or over v2, where paths may take it; else by going through the list.
async fn by_email(client: &Client, email: &str) -> Result<String, Error> {
    let spec = &routes::USERS_FIND_BY_EMAIL;
    let key = Key { name: "email", value: email };
    find(client, spec, &key, |own| same_address(own, email), |user| user.email.as_deref()).await
}

/// The tenant's own id of somebody.
pub(crate) async fn id_of(client: &Client, who: &UserKey) -> Result<String, Error> {
    match who {
        UserKey::Id(id) => Ok(id.clone()),
        UserKey::Email(email) => by_email(client, email).await,
        UserKey::ExternalCustomerId(id) => by_external_customer_id(client, id).await,
        UserKey::IdOrExternalCustomerId(id) => match profile_by_id(client, id).await {
            Ok(user) => Ok(user.id.clone()),
            // A surface may refuse what is no id of its own before it looks.
            Err(error) if error.is_not_found() || matches!(error.status(), Some(400 | 422)) => {
                by_external_customer_id(client, id).await
            }
            Err(error) => Err(error),
        },
    }
}

/// By the id in another system: over v2, where paths may take it; else by going through the list.
async fn by_external_customer_id(client: &Client, id: &str) -> Result<String, Error> {
    let spec = &routes::USERS_FIND_BY_EXTERNAL_CUSTOMER_ID;
    let key = Key { name: "externalCustomerId", value: id };
    find(client, spec, &key, |own| own == id, |user| user.external_customer_id.as_deref()).await
}

/// What somebody is looked for by.
struct Key<'k> {
    name: &'static str,
    value: &'k str,
}

/// What a look-up says.
enum Found {
    Id(String),
    /// The surface filters by such keys, and nobody has this one.
    Nobody,
    /// It answers 404: nobody, or it does not take such keys at all.
    NothingThere,
    /// The surface is not there, does not take such keys, or does not filter.
    Unknown,
}

async fn find(
    client: &Client,
    spec: &'static OperationSpec,
    key: &Key<'_>,
    matches: impl Fn(&str) -> bool,
    own: impl Fn(&User) -> Option<&str>,
) -> Result<String, Error> {
    let mut path_names_nobody = false;
    for surface in client.capabilities().routes(spec.name) {
        match look_up(client, spec, surface, key, &matches).await? {
            Found::Id(id) => return Ok(id),
            Found::Nobody => return Err(nobody(spec, surface)),
            Found::NothingThere => path_names_nobody |= surface == Surface::RestV2,
            Found::Unknown => {}
        }
    }
    tracing::debug!(operation = spec.name, "going through the list of people");
    let mut pages = ListUsers::new(client.clone()).pages();
    let mut last = Surface::GraphQl;
    while let Some(page) = pages.try_next().await? {
        last = page.surface();
        if let Some(user) = page.users.iter().flatten().find(|user| own(user).is_some_and(&matches)) {
            return Ok(user.id.clone());
        }
        if page.gaps().iter().any(|gap| gap.rsplit('.').next() == Some(key.name)) {
            let message = format!("no surface of the tenant tells `{}`", key.name);
            return Err(Error::new(Kind::NoRoute(message)).with_operation(spec.name));
        }
        // A list that comes flat is that of a tenant whose paths take every key, and the path named nobody.
        let pages_by_cursor = page.page_info.as_ref().is_some_and(|info| info.cursor.is_some());
        if path_names_nobody && last == Surface::RestV2 && pages_by_cursor {
            break;
        }
    }
    Err(nobody(spec, last))
}

async fn look_up(
    client: &Client,
    spec: &'static OperationSpec,
    surface: Surface,
    key: &Key<'_>,
    matches: impl Fn(&str) -> bool,
) -> Result<Found, Error> {
    let body = match fetch(client, spec, surface, &json!({ key.name: key.value })).await {
        Ok(Fetched::Body(body)) => body,
        // The API guide's scenario has a list answer 404 where nobody has the address, which does not say that v1 is
        // absent; a gateway's 404 without v1 behind it looks the same, so it does not say that nobody has it either.
        Ok(Fetched::Absent { talks_json: true, .. }) => return Ok(Found::NothingThere),
        Ok(Fetched::Absent { reason, .. }) => {
            client.learn(|known| known.demote(spec.name, surface, reason));
            return Ok(Found::Unknown);
        }
        Err(error) if error.is_not_found() => return Ok(Found::NothingThere),
        // A surface that does not take the key, or such keys, leaves it to the others.
        Err(error) if matches!(error.status(), Some(400 | 401 | 403 | 422)) || error.is_decode() => {
            return Ok(Found::Unknown);
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
        Some(id) => Found::Id(id.to_owned()),
        None if users.is_empty() => Found::Nobody,
        // Somebody else came: the tenant does not heed the filter.
        None => Found::Unknown,
    })
}

fn nobody(spec: &'static OperationSpec, surface: Surface) -> Error {
    Error::new(Kind::NotFound("nobody has it".to_owned())).with_operation(spec.name).with_surface(surface)
}

/// Addresses are not case-sensitive to any mail system in use.
fn same_address(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
