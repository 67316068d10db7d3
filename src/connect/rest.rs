//! Which REST versions a tenant has, and how they respond.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{A_USER, Check};
use crate::execute::absent::KeyKind;
use crate::execute::contact::{self, describe, doubt, is_key_refused, probes, proves_rest, shows};
use crate::execute::{json as bodies, run};
use crate::model::{User, UsersList};
use crate::operations::{UsersList as Query, users_list};
use crate::profile::{BodyShape, EndpointProfile, Paging, Presence, ResponseForm};
use crate::runtime::{Input, KeyPlacement, OperationSpec, Surface};
use crate::send::Exchange;
use crate::tenant::Tenant;
use crate::users::majority;
use crate::{Error, routes};

/// Tries a version with the key in each place, and then reads how it responds.
pub(super) async fn connect(tenant: &Tenant, surface: Surface) -> (Vec<Check>, Option<Error>) {
    let mut checks = Vec::new();
    let Some(endpoint) = tenant.known().profile().endpoints(surface).next().cloned() else { return (checks, None) };
    if let Err(error) = find(tenant, &endpoint, &mut checks).await {
        return (checks, Some(error.with_surface(surface)));
    }
    let known = tenant.known();
    let Some(endpoint) = known.profile().endpoint(&endpoint.path) else { return (checks, None) };
    if endpoint.presence == Presence::Present {
        // What cannot be learned stays unknown, and the calls that need it find out.
        _ = learn(tenant, endpoint, &mut checks).await;
    }
    (checks, None)
}

/// Whether the tenant has a version, and where it takes the key.
async fn find(tenant: &Tenant, endpoint: &EndpointProfile, checks: &mut Vec<Check>) -> Result<(), Error> {
    let mut refusal = None;
    for placement in endpoint.placements() {
        let mut last: Option<Exchange> = None;
        for (spec, arguments) in probes(endpoint.surface) {
            let asked = ask(tenant, spec, endpoint.surface, placement, &arguments, None, checks).await?;
            if proves_rest(&asked.response) {
                conclude(checks, &format!("the tenant has {}", endpoint.surface));
                tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.is_there(placement, Some(tenant.now())));
                return Ok(());
            }
            let is_refused = is_key_refused(&asked.response);
            let what = if is_refused { "the key is not accepted in this place" } else { "not a response of the API" };
            conclude(checks, what);
            last = Some(asked);
        }
        // A tenant without the first one may refuse the key there, so the last one decides.
        if last.as_ref().is_some_and(|asked| is_key_refused(&asked.response)) {
            refusal = last;
            continue;
        }
        let reason = last.as_ref().map(|asked| describe(&asked.response)).unwrap_or_default();
        let doubt = last.as_ref().and_then(|asked| doubt(&asked.response));
        tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.is_absent(&reason, doubt, Some(tenant.now())));
        return Ok(());
    }
    let Some(asked) = refusal else { return Ok(()) };
    let reason = describe(&asked.response);
    tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.refuses_key(&reason, Some(tenant.now())));
    Err(bodies::refusal(&asked.response))
}

/// Reads a page of users, and looks for users who do not exist.
async fn learn(tenant: &Tenant, endpoint: &EndpointProfile, checks: &mut Vec<Check>) -> Result<(), Error> {
    let surface = endpoint.surface;
    let placement = endpoint.placements().first().copied().unwrap_or(KeyPlacement::Bearer);
    let variables = users_list::Variables { role: Input::Absent, page: Input::Value(1) };
    let page = run::<Query>(tenant, &routes::USERS_LIST, variables, &[], Some(surface)).await;
    let page = page.inspect_err(|error| {
        let path = path_of(&routes::USERS_LIST, surface);
        // The message of a tenant may repeat anything, so only the outline of the response is shown.
        let status = error.status().unwrap_or_default();
        let response = if status == 0 { error.to_string() } else { format!("{status} with {}", error.excerpt()) };
        let conclusion = "the list of users cannot be read".to_owned();
        checks.push(Check { surface, method: "GET".into(), path, key_in: placement, status, response, conclusion });
    })?;
    checks.push(Check {
        surface,
        method: "GET".to_owned(),
        path: path_of(&routes::USERS_LIST, surface),
        key_in: placement,
        status: 200,
        response: format!("{} users", page.users.as_ref().map_or(0, Vec::len)),
        conclusion: shape(tenant, &endpoint.path),
    });
    if let Some(role) = majority(page.users.iter().flatten()).filter(|_| known_roles(tenant).is_empty()) {
        tenant.learn(|profile| profile.learner_roles = [role].into());
    }
    if surface != Surface::RestV2 {
        return Ok(());
    }
    for name in ["email", "externalCustomerId"] {
        own_key(tenant, &page, name, placement, checks).await?;
    }
    // A refusal of everything looks like "not found" for everything, so a user who exists has to be shown.
    if let Some(user) = page.users.iter().flatten().next() {
        let arguments = json!({ "id": user.id });
        let asked = ask(tenant, &routes::USERS_GET, surface, placement, &arguments, Some(A_USER), checks).await?;
        if !shows(&asked.response, &user.id) {
            conclude(checks, "a user who exists is not shown");
            return Ok(());
        }
        conclude(checks, "a user who exists");
    }
    for kind in [KeyKind::Uuid, KeyKind::Email, KeyKind::Other] {
        let key = kind.unused_key();
        let asked =
            ask(tenant, &routes::USERS_GET, surface, placement, &json!({ "id": key }), Some(key), checks).await?;
        let form = ResponseForm::of(&asked.response, key);
        let is_usable = form.may_mean_not_found() && !proves_rest(&asked.response);
        conclude(checks, if is_usable { "a user who does not exist" } else { "not recognizable as \"not found\"" });
        if is_usable {
            let place = place_of(kind);
            tenant.learn_endpoint(&endpoint.path, |endpoint| _ = endpoint.not_found.insert(place, form));
        }
    }
    Ok(())
}

/// The role keys of learners, as far as they are given or known.
fn known_roles(tenant: &Tenant) -> BTreeSet<String> {
    tenant.known().profile().learner_roles.clone()
}

/// Whether the paths take a key of a user. The key of a user of the list is used, and not reported.
async fn own_key(
    tenant: &Tenant,
    page: &UsersList,
    name: &str,
    placement: KeyPlacement,
    checks: &mut Vec<Check>,
) -> Result<(), Error> {
    let own = |user: &User| if name == "email" { user.email.clone() } else { user.external_customer_id.clone() };
    let keys = page.users.iter().flatten().filter_map(|user| Some((user.id.clone(), own(user)?)));
    let Some((id, key)) = keys.into_iter().find(|(id, key)| id != key) else { return Ok(()) };
    let arguments = json!({ "id": key });
    let asked = ask(tenant, &routes::USERS_GET, Surface::RestV2, placement, &arguments, Some(A_USER), checks).await?;
    let takes = shows(&asked.response, &id);
    let verb = if takes { "take" } else { "do not take" };
    conclude(checks, &format!("paths {verb} `{name}` in place of the id"));
    let path = tenant.endpoint(Surface::RestV2).map(|endpoint| endpoint.path).unwrap_or_default();
    tenant.learn_endpoint(&path, |endpoint| endpoint.learn_in_path(name, takes));
    Ok(())
}

async fn ask(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    surface: Surface,
    placement: KeyPlacement,
    arguments: &Value,
    shown: Option<&str>,
    checks: &mut Vec<Check>,
) -> Result<Exchange, Error> {
    let asked = contact::ask(tenant, spec, surface, placement, arguments).await;
    let path = path_of(spec, surface);
    let path = shown.map_or(path.clone(), |shown| path.replace("{id}", shown));
    let (status, response) = match &asked {
        Ok(asked) => (asked.response.status, describe(&asked.response)),
        Err(error) => (0, error.to_string()),
    };
    let conclusion = "no response".to_owned();
    checks.push(Check { surface, method: "GET".into(), path, key_in: placement, status, response, conclusion });
    asked
}

/// Sets what was concluded from the last check.
fn conclude(checks: &mut [Check], conclusion: &str) {
    if let Some(check) = checks.last_mut() {
        conclusion.clone_into(&mut check.conclusion);
    }
}

fn path_of(spec: &OperationSpec, surface: Surface) -> String {
    spec.rest(surface).map(|route| route.path.to_owned()).unwrap_or_default()
}

/// Where the form of "not found" is kept for a kind of key.
fn place_of(kind: KeyKind) -> String {
    crate::execute::absent::place(&path_of(&routes::USERS_GET, Surface::RestV2), kind)
}

fn shape(tenant: &Tenant, path: &str) -> String {
    let known = tenant.known();
    let Some(endpoint) = known.profile().endpoint(path) else { return String::new() };
    let body = match endpoint.body {
        Some(BodyShape::Envelope) => "wrapped bodies",
        _ => "flat bodies",
    };
    let paging = match endpoint.paging {
        Some(Paging::Cursor) => ", paged by cursor",
        Some(Paging::Page) => ", paged by number",
        None => ", on one page",
    };
    let roles: Vec<&str> = known.profile().role_keys.iter().map(String::as_str).collect();
    let roles = if roles.is_empty() { String::new() } else { format!("; role keys {}", roles.join(", ")) };
    format!("{body}{paging}{roles}")
}
