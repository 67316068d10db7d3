//! Requests, with the arguments and the key where a surface takes them.

use serde_json::{Map, Value, json};
use url::Url;

use super::v1;
use crate::runtime::{KeyPlacement, RestRoute, Surface};
use crate::tenant::Tenant;
use crate::transport::{Header, Request};
use crate::{Error, Secret};

/// A request to a GraphQL endpoint.
pub(crate) fn over_graphql(tenant: &Tenant, path: &str, placement: KeyPlacement, body: &str) -> Request {
    let mut url = tenant.base().clone();
    url.set_path(path);
    let mut headers = vec![
        Header { name: "content-type", value: "application/json".to_owned(), is_sensitive: false },
        Header { name: "accept", value: "application/json".to_owned(), is_sensitive: false },
    ];
    if let Some(token) = tenant.acting() {
        headers.push(Header { name: "authtoken", value: token.reveal().to_owned(), is_sensitive: true });
    }
    place(tenant.key(), placement, &mut url, &mut headers);
    Request { method: "POST", url: url.to_string(), headers, body: body.to_owned() }
}

/// A request to a REST route.
pub(crate) fn over_rest(
    tenant: &Tenant,
    route: &RestRoute,
    surface: Surface,
    placement: KeyPlacement,
    arguments: &Value,
) -> Result<Request, Error> {
    let mut url = tenant.base().clone();
    let text = |name: &str| arguments.get(name).and_then(plain);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear();
        for segment in route.path.trim_start_matches('/').split('/') {
            match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
                // An empty or dot segment would change the path, and the request would reach another endpoint.
                Some(name) => match text(name).filter(|value| !matches!(value.as_str(), "" | "." | "..")) {
                    Some(value) => segments.push(&value),
                    None => return Err(Error::invalid_argument(format!("`{name}` is empty or not a valid id"))),
                },
                None => segments.push(segment),
            };
        }
    }
    let query: Vec<(&str, String)> = route
        .query
        .iter()
        .flat_map(|name| match arguments.get(name) {
            // A list is given as one parameter for each of its entries.
            Some(Value::Array(entries)) => entries.iter().filter_map(plain).map(|entry| (*name, entry)).collect(),
            _ => text(name).map(|value| vec![(*name, value)]).unwrap_or_default(),
        })
        .chain(route.fixed.iter().map(|(name, value)| {
            let size = tenant.page_size().filter(|_| *name == "per_page");
            (*name, size.map_or_else(|| (*value).to_owned(), |size| size.to_string()))
        }))
        .collect();
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let body = body(route, surface, arguments);
    let accept = Header { name: "accept", value: "application/json".to_owned(), is_sensitive: false };
    let mut headers = vec![accept];
    place(tenant.key(), placement, &mut url, &mut headers);
    if !body.is_empty() {
        headers.push(Header { name: "content-type", value: "application/json".to_owned(), is_sensitive: false });
    }
    Ok(Request { method: route.method, url: url.to_string(), headers, body })
}

/// A value as it is written in a URL; `None` if it is null.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The arguments that go into the body; empty if the route has no body.
fn body(route: &RestRoute, surface: Surface, arguments: &Value) -> String {
    if route.body.is_empty() {
        return String::new();
    }
    let given = arguments.as_object().into_iter().flatten();
    let fields = given.filter(|(name, _)| route.body.contains(&name.as_str()) || route.replaces);
    let fields = fields.filter(|(name, _)| !route.path.contains(&format!("{{{name}}}")));
    let mut fields: Map<String, Value> = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
    // An empty list revokes nothing from a new user.
    if fields.get("upsert") != Some(&Value::Bool(true)) {
        for name in route.always_sent {
            fields.entry(*name).or_insert_with(|| json!([]));
        }
    }
    match surface {
        Surface::RestV1 => v1::body(fields),
        _ => Value::Object(fields),
    }
    .to_string()
}

/// Puts the key into the headers or the URL of a request.
fn place(key: &Secret, placement: KeyPlacement, url: &mut Url, headers: &mut Vec<Header>) {
    let key = key.reveal();
    match placement {
        KeyPlacement::Bearer => {
            headers.push(Header { name: "authorization", value: format!("Bearer {key}"), is_sensitive: true });
        }
        KeyPlacement::Header => {
            headers.push(Header { name: "x-api-key", value: key.to_owned(), is_sensitive: true });
        }
        _ => _ = url.query_pairs_mut().append_pair("apiKey", key),
    }
}
