//! Finds a user by a key other than the id.

use std::cmp::Reverse;

use futures::TryStreamExt as _;
use serde_json::{Value, json};

use super::key::UserKey;
use super::list::ListUsers;
use super::read::{over_v2, profile_by_id};
use crate::address::same_address;
use crate::error::Kind;
use crate::execute::contact::has_id;
use crate::execute::rest::{Fetched, fetch};
use crate::execute::{json as bodies, v1};
use crate::model::User;
use crate::profile::Presence;
use crate::runtime::{OperationSpec, Surface};
use crate::tenant::Tenant;
use crate::{Error, Response, routes};

/// A read of a user by another key than the id, with the key in the path.
pub(super) enum InPath {
    User(Box<Response<User>>),
    /// The paths take this kind of key, and no user has it.
    NoUser(Error),
    /// It is not known whether a user has the key, or another surface is better.
    Unknown(PathTry),
}

/// Whether a key was tried in the path of v2, without success.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PathTry {
    No,
    /// No user was found: none has the key, or the paths do not take this kind of key.
    NotFound,
    /// The response says nothing about the key.
    Failed,
}

/// Reads a user with the key in the path of v2, if v2 is the surface that the user would be read from anyway.
pub(super) async fn in_path(tenant: &Tenant, key: &UserKey, is_profile: bool) -> Result<InPath, Error> {
    let (finds, name, value) = match key {
        UserKey::Email(email) => (&routes::USERS_FIND_BY_EMAIL, EMAIL, email),
        UserKey::ExternalCustomerId(id) => (&routes::USERS_FIND_BY_EXTERNAL_CUSTOMER_ID, EXTERNAL_ID, id),
        UserKey::Id(_) | UserKey::IdOrExternalCustomerId(_) => return Ok(InPath::Unknown(PathTry::No)),
    };
    let reads = if is_profile { &routes::USERS_GET_PROFILE } else { &routes::USERS_GET };
    let is_best = tenant.routes_of(reads).first() == Some(&Surface::RestV2)
        && tenant.routes_of(finds).contains(&Surface::RestV2)
        && takes_in_path(tenant, name) != Some(false);
    if !is_best {
        return Ok(InPath::Unknown(PathTry::No));
    }
    let has_key = |user: &User| match name {
        EMAIL => user.email.as_ref().is_some_and(|own| same_address(own, value)),
        _ => user.external_customer_id.as_ref() == Some(value),
    };
    match over_v2(tenant, value, is_profile).await {
        // The key of this user may be the id of another one.
        Ok(user) if !has_key(&user) => Ok(InPath::Unknown(PathTry::Failed)),
        Ok(user) => {
            learn_in_path(tenant, name, value, true);
            Ok(InPath::User(Box::new(user)))
        }
        Err(error) if error.is_not_found() && takes_in_path(tenant, name) == Some(true) => Ok(InPath::NoUser(error)),
        // The paths may not take this kind of key.
        Err(error) if error.is_not_found() => Ok(InPath::Unknown(PathTry::NotFound)),
        Err(error) if error.is_no_route() || is_other(&error) => Ok(InPath::Unknown(PathTry::Failed)),
        Err(error) => Err(error),
    }
}

/// Whether v2 paths are known to take this kind of key in place of the id.
fn takes_in_path(tenant: &Tenant, name: &str) -> Option<bool> {
    tenant.endpoint(Surface::RestV2)?.takes_in_path(name)
}

/// Forgets that the paths of v2 take e-mail addresses. Returns whether that was known.
pub(super) fn doubts_emails_in_path(tenant: &Tenant) -> bool {
    let v2 = tenant.endpoint(Surface::RestV2).filter(|v2| v2.takes_in_path(EMAIL) == Some(true));
    if let Some(v2) = &v2 {
        tenant.learn_endpoint(&v2.path, |v2| v2.forget_in_path(EMAIL));
    }
    v2.is_some()
}

/// Learns whether the paths take a kind of key, of the response to a request with `key`.
fn learn_in_path(tenant: &Tenant, name: &'static str, key: &str, takes: bool) {
    if let Some(v2) = tenant.endpoint(Surface::RestV2).filter(|v2| v2.takes_in_path(name) != Some(takes)) {
        tenant.learn_endpoint(&v2.path, |v2| {
            if takes { v2.shows_in_path(name, key) } else { v2.learn_in_path(name, false) }
        });
    }
}

/// Whether an error may come from a surface that does not take this kind of key.
fn is_other(error: &Error) -> bool {
    matches!(error.status(), Some(400 | 401 | 403 | 422)) || error.is_decode() || error.is_mismatch()
}

/// Returns the tenant's id of a user.
pub(crate) async fn id_of(tenant: &Tenant, key: &UserKey) -> Result<String, Error> {
    id_of_other_than_path(tenant, key, PathTry::No).await
}

/// Returns the tenant's id of a user. `tried` is what came of the path of v2 with this key.
pub(super) async fn id_of_other_than_path(tenant: &Tenant, key: &UserKey, tried: PathTry) -> Result<String, Error> {
    match key {
        UserKey::Id(id) => Ok(id.clone()),
        UserKey::Email(email) => by_email(tenant, email, tried).await,
        UserKey::ExternalCustomerId(id) => by_external_customer_id(tenant, id, tried).await,
        UserKey::IdOrExternalCustomerId(id) => match profile_by_id(tenant, id).await {
            Ok(user) => Ok(user.id.clone()),
            // A surface may refuse a foreign id without looking it up.
            Err(error) if error.is_not_found() || matches!(error.status(), Some(400 | 422)) => {
                by_external_customer_id(tenant, id, tried).await
            }
            Err(error) => Err(error),
        },
    }
}

/// Finds a user by e-mail address: over v1, which filters by it, or over v2, whose paths may accept it; otherwise in
/// the list.
async fn by_email(tenant: &Tenant, email: &str, tried: PathTry) -> Result<String, Error> {
    let spec = &routes::USERS_FIND_BY_EMAIL;
    let key = Key { name: EMAIL, value: email, tried };
    Box::pin(find(tenant, spec, &key, |own| same_address(own, email), |user| user.email.as_deref())).await
}

/// Finds a user by the id in another system: over v2, whose paths may accept it; otherwise in the list.
async fn by_external_customer_id(tenant: &Tenant, id: &str, tried: PathTry) -> Result<String, Error> {
    let spec = &routes::USERS_FIND_BY_EXTERNAL_CUSTOMER_ID;
    let key = Key { name: EXTERNAL_ID, value: id, tried };
    Box::pin(find(tenant, spec, &key, |own| own == id, |user| user.external_customer_id.as_deref())).await
}

/// The fields that a user is looked up by.
const EMAIL: &str = "email";
const EXTERNAL_ID: &str = "externalCustomerId";

/// The key that a user is looked up by.
struct Key<'k> {
    name: &'static str,
    value: &'k str,
    /// What came of the path of v2.
    tried: PathTry,
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
    let mut is_path_not_found = key.tried == PathTry::NotFound;
    for surface in in_order(tenant, spec) {
        if key.tried != PathTry::No && surface == Surface::RestV2 {
            continue;
        }
        match look_up(tenant, spec, surface, key, &matches).await? {
            LookUp::Id(id) => {
                if surface == Surface::RestV2 {
                    learn_in_path(tenant, key.name, key.value, true);
                }
                return Ok(id);
            }
            LookUp::NoUser => return Err(no_user(spec, surface)),
            LookUp::NotFound if surface == Surface::RestV2 && takes_in_path(tenant, key.name) == Some(true) => {
                return Err(no_user(spec, surface));
            }
            LookUp::NotFound => is_path_not_found |= surface == Surface::RestV2,
            LookUp::Unknown => {}
        }
    }
    tracing::debug!(operation = spec.name, "searching the list of users");
    let mut pages = ListUsers::new(tenant.clone()).pages();
    let (mut last, mut is_shown) = (Surface::GraphQl, false);
    while let Some(page) = pages.try_next().await? {
        last = page.surface();
        if let Some(user) = page.users.iter().flatten().find(|user| own(user).is_some_and(&matches)) {
            return Ok(user.id.clone());
        }
        is_shown |= page.users.iter().flatten().any(|user| own(user).is_some());
        // A list without the key would match no user, which is not the same as "not found". A tenant may leave out the
        // key of users who have none.
        if !is_shown && page.gaps().iter().any(|gap| gap.rsplit('.').next() == Some(key.name)) {
            let message = format!("no surface of the tenant shows `{}`", key.name);
            return Err(Error::new(Kind::NoRoute(message)).with_operation(spec.name));
        }
        // Whether the paths take this kind of key at all, the key of another user shows.
        if is_path_not_found && last == Surface::RestV2 && takes_in_path(tenant, key.name).is_none() {
            let others = page.users.iter().flatten().filter_map(|user| Some((user.id.as_str(), own(user)?)));
            let others: Vec<_> = others.into_iter().filter(|(id, value)| id != value).take(2).collect();
            for (id, value) in others {
                if takes_in_path(tenant, key.name).is_none() {
                    let takes = is_found_in_path(tenant, spec, key.name, value, id).await;
                    learn_in_path(tenant, key.name, value, takes);
                }
            }
        }
        if is_path_not_found && takes_in_path(tenant, key.name) == Some(true) {
            break;
        }
    }
    Err(no_user(spec, last))
}

/// Whether the path of v2 with a key of a user shows that user.
async fn is_found_in_path(tenant: &Tenant, spec: &OperationSpec, name: &str, value: &str, id: &str) -> bool {
    let Ok(Fetched::Body(body)) = fetch(tenant, spec, Surface::RestV2, &json!({ name: value })).await else {
        return false;
    };
    has_id(&serde_json::from_str(&body.json).unwrap_or_default(), id)
}

/// The surfaces that may find a user: those that have responded before, and then those with the better evidence.
fn in_order(tenant: &Tenant, spec: &OperationSpec) -> Vec<Surface> {
    let known = tenant.known();
    let mut surfaces = tenant.routes_of(spec);
    surfaces.sort_by_key(|surface| {
        let is_present = known.profile().open(*surface).is_some_and(|open| open.presence == Presence::Present);
        let evidence = routes::ENDPOINTS.iter().find(|endpoint| endpoint.surface == *surface);
        let evidence = evidence.filter(|_| !is_present).map(|endpoint| Reverse(endpoint.evidence));
        (!is_present, evidence)
    });
    surfaces
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
            if tenant.endpoint(surface).is_some() {
                tenant.learn(|known| known.demote(spec.name, surface, &reason, Some(tenant.now())));
            }
            return Ok(LookUp::Unknown);
        }
        Ok(Fetched::Closed(_)) => return Ok(LookUp::Unknown),
        Err(error) if error.is_not_found() => return Ok(LookUp::NotFound),
        // If a surface refuses the API key or this kind of key, the others are tried.
        Err(error) if is_other(&error) => return Ok(LookUp::Unknown),
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
