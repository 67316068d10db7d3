//! Finding a person by something else than their id.

use futures::TryStreamExt as _;
use serde_json::{Value, json};

use super::get::by_id;
use super::list::ListUsers;
use crate::error::Kind;
use crate::execute::rest::{Fetched, fetch};
use crate::execute::{json as bodies, v1};
use crate::model::User;
use crate::runtime::{OperationSpec, Surface};
use crate::{Answer, Client, Error, routes};

/// By address: over v1, which filters by it, or over v2, where paths may take it; else by going through the list.
pub(super) async fn by_email(client: &Client, email: &str) -> Result<Answer<User>, Error> {
    let spec = &routes::USERS_FIND_BY_EMAIL;
    let has_address =
        |user: &Value| user.get("email").and_then(Value::as_str).is_some_and(|own| same_address(own, email));
    for surface in client.capabilities().routes(spec.name) {
        let found = look_up(client, spec, surface, &json!({ "email": email }), has_address).await?;
        match found {
            Found::Id(id) => return by_id(client, &id).await,
            Found::Nobody => return Err(nobody(spec, surface)),
            Found::Unknown => {}
        }
    }
    search(client, spec, |user| user.email.as_deref().is_some_and(|own| same_address(own, email))).await
}

/// By the id in another system: over v2, where paths may take it; else by going through the list.
pub(super) async fn by_external_customer_id(client: &Client, id: &str) -> Result<Answer<User>, Error> {
    let spec = &routes::USERS_FIND_BY_EXTERNAL_CUSTOMER_ID;
    let has_id = |user: &Value| user.get("externalCustomerId").and_then(Value::as_str) == Some(id);
    for surface in client.capabilities().routes(spec.name) {
        let arguments = json!({ "externalCustomerId": id });
        if let Found::Id(id) = look_up(client, spec, surface, &arguments, has_id).await? {
            return by_id(client, &id).await;
        }
    }
    search(client, spec, |user| user.external_customer_id.as_deref() == Some(id)).await
}

/// What a look-up says.
enum Found {
    Id(String),
    Nobody,
    /// The surface is not there, does not take such keys, or does not filter.
    Unknown,
}

async fn look_up(
    client: &Client,
    spec: &'static OperationSpec,
    surface: Surface,
    arguments: &Value,
    matches: impl Fn(&Value) -> bool,
) -> Result<Found, Error> {
    let body = match fetch(client, spec, surface, arguments).await {
        Ok(Fetched::Body(body)) => body,
        Ok(Fetched::Absent(reason)) => {
            client.learn(|known| known.demote(spec.name, surface, reason));
            return Ok(Found::Unknown);
        }
        // A path that does not take such keys answers as one that does and finds nobody.
        Err(error) if error.is_not_found() || matches!(error.status(), Some(400 | 422)) => return Ok(Found::Unknown),
        Err(error) => return Err(error),
    };
    let users = match surface {
        Surface::RestV1 => v1::users(&body.json, 1)?.get_mut("users").map(Value::take).unwrap_or_default(),
        _ => Value::Array(vec![bodies::decode(&body.json)?]),
    };
    let users = users.as_array().map(Vec::as_slice).unwrap_or_default();
    let id = users.iter().find(|user| matches(user)).and_then(|user| user.get("id")?.as_str());
    Ok(match id {
        Some(id) => Found::Id(id.to_owned()),
        None if users.is_empty() => Found::Nobody,
        // Somebody else came: the tenant does not heed the filter.
        None => Found::Unknown,
    })
}

/// Goes through the list of people. Where that comes flat, the tenant is one whose paths take every key, and the
/// look-up before has told all there is to tell.
async fn search(
    client: &Client,
    spec: &'static OperationSpec,
    matches: impl Fn(&User) -> bool,
) -> Result<Answer<User>, Error> {
    tracing::debug!(operation = spec.name, "going through the list of people");
    let mut pages = ListUsers::new(client.clone()).pages();
    while let Some(page) = pages.try_next().await? {
        if let Some(user) = page.users.iter().flatten().find(|user| matches(user)) {
            return by_id(client, &user.id).await;
        }
        let pages_by_cursor = page.page_info.as_ref().is_some_and(|info| info.cursor.is_some());
        if page.surface() == Surface::RestV2 && pages_by_cursor {
            return Err(nobody(spec, Surface::RestV2));
        }
    }
    Err(nobody(spec, Surface::GraphQl))
}

fn nobody(spec: &'static OperationSpec, surface: Surface) -> Error {
    Error::new(Kind::NotFound("nobody has it".to_owned())).with_operation(spec.name).with_surface(surface)
}

/// Addresses are not case-sensitive to any mail system in use.
fn same_address(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
