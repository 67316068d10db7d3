//! The specification of an operation.

use std::fmt;

use serde::de::DeserializeOwned;

use super::Selection;

/// An API surface of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Surface {
    /// The GraphQL endpoint.
    #[serde(rename = "graphql")]
    GraphQl,
    /// REST below `/incoming/v2`.
    #[serde(rename = "v2")]
    RestV2,
    /// REST below `/incoming/api/v1`.
    #[serde(rename = "v1")]
    RestV1,
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GraphQl => "GraphQL",
            Self::RestV2 => "REST v2",
            Self::RestV1 => "REST v1",
        })
    }
}

/// Whether an operation reads or writes, whatever its HTTP verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// Reads.
    Query,
    /// Writes.
    Mutation,
}

/// Whether an operation may be retried if it is unknown whether the first request arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Replay {
    /// It changes nothing.
    Safe,
    /// It is idempotent: repeating it has no further effect.
    Idempotent,
    /// It is not idempotent.
    Never,
}

/// An operation on each surface: a row of `queries/routes.toml` and of the capability matrix.
#[derive(Debug)]
#[non_exhaustive]
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
    /// Its GraphQL root field, if the public documents name one.
    pub graphql: Option<&'static str>,
    /// The cost of its query, in points.
    pub points: u32,
    /// Its v2 endpoint.
    pub v2: Option<RestRoute>,
    /// Its v1 endpoint.
    pub v1: Option<RestRoute>,
    /// For each dialect, the surfaces that have it, best first.
    pub dialects: &'static [(&'static str, &'static [Surface])],
}

/// The evidence for a part of the wire contract, weakest first. `queries/routes.toml` holds the grades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// None: it is plausible.
    Unknown,
    /// Only the API guide, which TI did not write.
    Guide,
    /// TI's reference.
    Official,
    /// This many public clients.
    Observed(u8),
}

/// Where a request carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum KeyPlacement {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `X-API-Key: KEY`.
    Header,
    /// `?apiKey=KEY`. Servers and proxies log URLs.
    Query,
}

impl fmt::Display for KeyPlacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer => "bearer",
            Self::Header => "header",
            Self::Query => "query",
        })
    }
}

impl std::str::FromStr for KeyPlacement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Bearer, Self::Header, Self::Query];
        let found = all.into_iter().find(|placement| placement.to_string() == text);
        found.ok_or_else(|| format!("`{text}` is not a place for the key; use `bearer`, `header` or `query`"))
    }
}

/// An endpoint of a surface: the GraphQL endpoint itself, or the base of a REST version.
#[derive(Debug)]
#[non_exhaustive]
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

/// A REST endpoint.
#[derive(Debug)]
#[non_exhaustive]
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
            Surface::GraphQl => None,
            Surface::RestV2 => self.v2.as_ref(),
            Surface::RestV1 => self.v1.as_ref(),
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

/// An operation with a generated document.
pub trait GeneratedOperation: graphql_client::GraphQLQuery {
    /// The type of its root field.
    type Root: DeserializeOwned;
    /// Its name in the document.
    const NAME: &'static str;
    /// Its text, including the fragments that it uses.
    const QUERY: &'static str;
    /// The variables that it declares.
    const VARIABLES: &'static [&'static str];
    /// The response key of its root field.
    const ROOT_KEY: &'static str;
    /// Whether it reads or writes.
    const KIND: OperationKind;
    /// Its cost, in points.
    const COST: u32;
    /// What it selects below its root field.
    const SELECTION: &'static Selection;

    /// Extracts the value of the root field; `None` if it is null.
    fn root(data: Self::ResponseData) -> Option<Self::Root>;
}
