//! The specification of an operation: a row of a route table.

use super::{Dialect, Evidence, KeyPlacement, OperationKind, Replay, Surface};

/// An operation on each surface: a row of `queries/routes.toml` and of the capability matrix. Generated code builds it.
#[derive(Debug)]
pub struct OperationSpec {
    /// Its name, such as `users.list`.
    pub name: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// Whether it reads or writes.
    pub kind: OperationKind,
    /// Whether it may be retried.
    pub replay: Replay,
    /// The name of its query document.
    pub document: Option<&'static str>,
    /// Its GraphQL root field, if it has one and the public documents name it.
    pub graphql: Option<&'static str>,
    /// The cost of its query, in points.
    pub points: u32,
    /// Its v2 endpoint.
    pub v2: Option<RestRoute>,
    /// Its v1 endpoint.
    pub v1: Option<RestRoute>,
    /// For each dialect, the surfaces that have it, best first.
    pub dialects: &'static [(Dialect, &'static [Surface])],
}

/// An endpoint of a surface: the GraphQL endpoint itself, or the base of a REST version. Generated code builds it.
#[derive(Debug)]
pub struct EndpointSpec {
    /// Its path.
    pub path: &'static str,
    /// The surface that it belongs to.
    pub surface: Surface,
    /// How sure it is that tenants have it.
    pub evidence: Evidence,
    /// Where it takes the key, in the order tried.
    pub keys: &'static [KeyPlacement],
}

/// A REST endpoint. Generated code builds it.
#[derive(Debug)]
pub struct RestRoute {
    /// The HTTP method.
    pub method: &'static str,
    /// The path, with `{argument}` placeholders.
    pub path: &'static str,
    /// How sure the endpoint is.
    pub evidence: Evidence,
    /// Arguments that go into the query string.
    pub query: &'static [&'static str],
    /// Arguments that go into the body.
    pub body: &'static [&'static str],
    /// Lists that the body always contains, even if empty; omitted if `upsert` may update a user who already has
    /// access.
    pub always_sent: &'static [&'static str],
    /// Whether fields that the body omits may be lost, so that the whole object must be sent.
    pub replaces: bool,
    /// Fixed parameters of the query string.
    pub fixed: &'static [(&'static str, &'static str)],
}

impl OperationSpec {
    /// Its endpoint on a REST surface.
    pub(crate) fn rest(&self, surface: Surface) -> Option<&RestRoute> {
        match surface {
            Surface::RestV2 => self.v2.as_ref(),
            Surface::RestV1 => self.v1.as_ref(),
            _ => None,
        }
    }
}

impl RestRoute {
    /// The first argument that has no place in a request. Null has a meaning only in a body.
    pub(crate) fn leaves_out<'a>(&self, arguments: &'a serde_json::Value) -> Option<&'a str> {
        let given = arguments.as_object()?.iter().filter(|(_, value)| !self.body.is_empty() || !value.is_null());
        let has_place = |name: &str| {
            self.query.contains(&name) || self.body.contains(&name) || self.path.contains(&format!("{{{name}}}"))
        };
        given.map(|(name, _)| name.as_str()).find(|name| !has_place(name))
    }
}
