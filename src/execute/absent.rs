//! Recognizes "not found" in whatever form a tenant reports it: by comparison with its response for a key that no record
//! has.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::graphql::Reply;
use super::reduce::Query;
use super::{contact, graphql, request};
use crate::Error;
use crate::error::Kind;
use crate::operations::{UsersList, users_list};
use crate::profile::ResponseForm;
use crate::routes;
use crate::runtime::{GeneratedOperation, Input, KeyPlacement, OperationKind, OperationSpec, RestRoute, Surface};
use crate::send::{Call, Exchange};
use crate::tenant::Tenant;
use crate::transport::HttpResponse;

/// Whether a REST response to a query means that the record of its path does not exist.
pub(super) async fn over_rest(
    tenant: &Tenant,
    spec: &OperationSpec,
    surface: Surface,
    route: &RestRoute,
    arguments: &Value,
    exchange: &Exchange,
) -> bool {
    let Some((name, key)) = key_of(route, arguments).filter(|_| spec.kind == OperationKind::Query) else {
        return false;
    };
    let form = ResponseForm::of(&exchange.response, key);
    let Some(endpoint) = tenant.endpoint(surface).filter(|_| form.may_mean_not_found()) else { return false };
    let kind = KeyKind::of(key);
    let place = place(route.path, kind);
    if let Some(known) = endpoint.not_found.get(&place) {
        return *known == form;
    }
    let mut absent = arguments.clone();
    if let Some(value) = absent.get_mut(name) {
        *value = kind.unused_key().into();
    }
    let placement = endpoint.placements().first().copied();
    let Some(Ok(request)) = placement.map(|placement| request::over_rest(tenant, route, surface, placement, &absent))
    else {
        return false;
    };
    let Ok(shown) = tenant.sender().send(&Call::of(spec, surface, &absent), request).await else { return false };
    let unused = ResponseForm::of(&shown.response, kind.unused_key());
    if unused != form || !shows_a_record(tenant, spec, surface, route, name).await {
        return false;
    }
    tenant.learn_endpoint(&endpoint.path, |endpoint| _ = endpoint.not_found.insert(place, unused));
    true
}

/// Whether the errors of a GraphQL response to a query mean that the record does not exist.
pub(super) async fn over_graphql<O: GeneratedOperation>(
    tenant: &Tenant,
    spec: &OperationSpec,
    variables: &Value,
    error: &Error,
) -> bool {
    // The v2 path shows which argument names the record.
    let named = spec.v2.as_ref().and_then(|route| key_of(route, variables));
    let Some((name, key)) = named.filter(|_| spec.kind == OperationKind::Query) else { return false };
    let Some(form) = form_of_errors(error, key).filter(ResponseForm::may_mean_not_found) else { return false };
    let Some(endpoint) = tenant.endpoint(Surface::GraphQl) else { return false };
    let kind = KeyKind::of(key);
    let place = format!("{} {}", spec.graphql.unwrap_or(spec.name), kind.name());
    if let Some(known) = endpoint.not_found.get(&place) {
        return *known == form;
    }
    let mut absent = variables.clone();
    if let Some(value) = absent.get_mut(name) {
        *value = kind.unused_key().into();
    }
    let unused = match post::<O>(tenant, spec, &absent).await {
        Ok(reply) => form_of_errors(&Error::of_graphql(reply.body.into_errors()), kind.unused_key()),
        Err(error) => form_of_errors(&error, kind.unused_key()),
    };
    if unused.as_ref() != Some(&form) || !shows_a_record_over_graphql::<O>(tenant, spec, name).await {
        return false;
    }
    tenant.learn_endpoint(&endpoint.path, |endpoint| _ = endpoint.not_found.insert(place, form));
    true
}

/// Whether a route shows a record that exists. A surface that refuses everything says the same of every key.
async fn shows_a_record(
    tenant: &Tenant,
    spec: &OperationSpec,
    surface: Surface,
    route: &RestRoute,
    name: &str,
) -> bool {
    let Some(endpoint) = tenant.endpoint(surface) else { return false };
    let Some(placement) = endpoint.placements().first().copied() else { return false };
    let id = match existing_id(tenant, spec, surface, placement).await {
        Existing::Id(id) => id,
        Existing::None => return true,
        Existing::Unknown => return false,
    };
    let Ok(request) = request::over_rest(tenant, route, surface, placement, &json!({ name: id })) else { return false };
    let call = Call::of(spec, surface, &Value::Null);
    tenant.sender().send(&call, request).await.is_ok_and(|shown| contact::shows(&shown.response, &id))
}

/// The same over GraphQL, for users, whom any surface may list.
async fn shows_a_record_over_graphql<O: GeneratedOperation>(tenant: &Tenant, spec: &OperationSpec, name: &str) -> bool {
    if !spec.name.starts_with("users.") {
        return false;
    }
    let id = match existing_user(tenant).await {
        Existing::Id(id) => id,
        Existing::None => return true,
        Existing::Unknown => return false,
    };
    let shown = post::<O>(tenant, spec, &json!({ name: id })).await.and_then(Reply::decode);
    shown.is_ok_and(|(data, _)| !graphql::is_null(&data, O::parsed()))
}

/// Sends the query of an operation, as reduced as it was.
async fn post<O: GeneratedOperation>(
    tenant: &Tenant,
    spec: &OperationSpec,
    variables: &Value,
) -> Result<Reply<Value>, Error> {
    let query = Query::of::<O>(tenant, &[]).map_err(|reason| Error::new(Kind::NoRoute(reason)))?;
    let request = graphql::request_text(&query.text, O::NAME, variables)?;
    let call = Call { points: query.points, ..Call::of(spec, Surface::GraphQl, variables) };
    graphql::post(tenant, &request, &call).await
}

/// A record that exists.
enum Existing {
    Id(String),
    /// There is none.
    None,
    Unknown,
}

/// A user who exists, on whichever surface. On the heap, because that call may come here again.
fn existing_user(tenant: &Tenant) -> BoxFuture<'_, Existing> {
    async move {
        let first = users_list::Variables { role: Input::Absent, page: Input::Value(1) };
        match super::run::<UsersList>(tenant, &routes::USERS_LIST, first, &[], None).await {
            Ok(page) => {
                let first = page.users.iter().flatten().map(|user| user.id.clone()).next();
                first.map_or(Existing::None, Existing::Id)
            }
            Err(_) => Existing::Unknown,
        }
    }
    .boxed()
}

/// A record that exists, of the kind that an operation reads.
async fn existing_id(tenant: &Tenant, spec: &OperationSpec, surface: Surface, placement: KeyPlacement) -> Existing {
    let lists = match spec.name.split('.').next() {
        Some("users") => &routes::USERS_LIST,
        Some("clients" | "licenses") => &routes::CLIENTS_LIST,
        _ => return Existing::Unknown,
    };
    let shown = contact::ask(tenant, lists, surface, placement, &json!({ "page": 1 })).await;
    match shown.map(|shown| shown.response) {
        Ok(shown) if contact::proves_rest(&shown) => contact::first_id(&shown).map_or(Existing::None, Existing::Id),
        _ => Existing::Unknown,
    }
}

fn form_of_errors(error: &Error, key: &str) -> Option<ResponseForm> {
    let first = error.document_errors().first()?;
    let body = serde_json::json!({ "errors": [{ "message": first.message, "code": first.code }] });
    // An error of one field is not about the record.
    (first.path.len() <= 1).then(|| ResponseForm::of(&HttpResponse::new(200, "", body.to_string()), key))
}

/// Where a profile keeps the form of "not found" of a path, for a kind of key.
pub(crate) fn place(path: &str, kind: KeyKind) -> String {
    format!("{} {}", path.split('{').next().unwrap_or_default(), kind.name())
}

/// The argument that names the record of a path, and its value.
fn key_of<'a>(route: &RestRoute, arguments: &'a Value) -> Option<(&'a str, &'a str)> {
    let (_, rest) = route.path.split_once('{')?;
    let (name, _) = rest.split_once('}')?;
    let (name, value) = arguments.as_object()?.get_key_value(name)?;
    Some((name.as_str(), value.as_str()?))
}

/// The kinds of keys that a tenant may look at differently before it looks for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Uuid,
    Email,
    Other,
}

impl KeyKind {
    pub(crate) fn of(key: &str) -> Self {
        let is_uuid = key.len() == 36
            && key.bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        match key {
            _ if is_uuid => Self::Uuid,
            _ if key.contains('@') => Self::Email,
            _ => Self::Other,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Email => "e-mail",
            Self::Other => "key",
        }
    }

    /// A key of this kind that no record has.
    pub(crate) fn unused_key(self) -> &'static str {
        match self {
            Self::Uuid => "6e6f2d75-7365-4a72-8d69-732d68657265",
            // `.invalid` is a reserved domain.
            Self::Email => "no-user@example.invalid",
            Self::Other => "no-record-has-this-key",
        }
    }
}
