//! What is known about a tenant: the surfaces of each operation, and which of them lack it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::runtime::{OperationSpec, Surface};
use crate::{Error, routes};

/// An interpretation of TI's documents that a tenant may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// As the reference and the API guide describe it.
    #[default]
    Documented,
    /// As production clients observed it: flat bodies, cursors, no listing over GraphQL, no v1.
    Observed,
}

impl Dialect {
    const ALL: [(Self, &str); 2] = [(Self::Documented, "documented"), (Self::Observed, "observed")];
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(dialect, _)| dialect == self).map_or("documented", |(_, name)| name))
    }
}

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text).map(|(dialect, _)| *dialect);
        found.ok_or_else(|| {
            Error::invalid_argument(format!("`{text}` is not a dialect; use `documented` or `observed`"))
        })
    }
}

/// Where GraphQL endpoints are: the API guide's path, then the official one.
const GRAPHQL_PATHS: [&str; 2] = ["/incoming/api/graphql", HELIUM];

/// The endpoint that production clients use.
pub(crate) const HELIUM: &str = "/helium";

/// The capability matrix of one tenant. It starts as the matrix of a dialect and is corrected by what the tenant
/// reveals: all at once by [`Client::discover`](crate::Client::discover), otherwise as calls find that something is
/// missing.
#[derive(Debug, Clone)]
pub struct Capabilities {
    dialect: Dialect,
    routes: BTreeMap<&'static str, Vec<Surface>>,
    absent: BTreeMap<(&'static str, Surface), String>,
    endpoints: Vec<&'static str>,
    gone: BTreeSet<&'static str>,
    surfaces: BTreeMap<Surface, bool>,
}

impl Capabilities {
    /// The matrix of a dialect. Surfaces that only other dialects offer come last.
    pub fn of(dialect: Dialect) -> Self {
        let name = dialect.to_string();
        let routes = routes::ALL.iter().map(|spec| {
            let own = spec.dialects.iter().filter(|(dialect, _)| *dialect == name);
            let others = spec.dialects.iter().filter(|(dialect, _)| *dialect != name);
            let mut surfaces: Vec<Surface> = Vec::new();
            for surface in own.chain(others).flat_map(|(_, surfaces)| surfaces.iter().copied()) {
                if !surfaces.contains(&surface) {
                    surfaces.push(surface);
                }
            }
            (spec.name, surfaces)
        });
        let mut endpoints = GRAPHQL_PATHS.to_vec();
        // Production clients, from which this dialect was observed, use `/helium`.
        if dialect == Dialect::Observed {
            endpoints.reverse();
        }
        Self {
            dialect,
            routes: routes.collect(),
            absent: BTreeMap::new(),
            endpoints,
            gone: BTreeSet::new(),
            surfaces: BTreeMap::new(),
        }
    }

    /// All operations, sorted by name.
    pub fn operations(&self) -> impl Iterator<Item = &'static OperationSpec> {
        routes::ALL.iter().copied()
    }

    /// The surfaces on which an operation is tried, best first, without those that are known to lack it.
    pub fn routes(&self, operation: &str) -> Vec<Surface> {
        let Some((name, surfaces)) = self.routes.get_key_value(operation) else { return Vec::new() };
        surfaces
            .iter()
            .copied()
            .filter(|surface| !self.absent.contains_key(&(*name, *surface)))
            .filter(|surface| *surface != Surface::GraphQl || self.graphql_path().is_some())
            .collect()
    }

    /// What the tenant is known to lack: operation, surface, and reason.
    pub fn absent(&self) -> impl Iterator<Item = (&'static str, Surface, &str)> {
        self.absent.iter().map(|((operation, surface), reason)| (*operation, *surface, reason.as_str()))
    }

    /// The path of the GraphQL endpoint that is used, if the tenant has one.
    pub fn graphql_path(&self) -> Option<&'static str> {
        self.endpoints.iter().copied().find(|path| !self.gone.contains(path))
    }

    /// Whether the tenant has a REST surface at all; `None` if that was not checked yet.
    pub(crate) fn is_there(&self, surface: Surface) -> Option<bool> {
        self.surfaces.get(&surface).copied()
    }

    pub(crate) fn surface_is(&mut self, surface: Surface, there: bool) {
        self.surfaces.insert(surface, there);
    }

    /// Discards everything learned from the tenant.
    pub(crate) fn reset(&mut self) {
        *self = Self::of(self.dialect);
    }

    pub(crate) fn demote(&mut self, operation: &'static str, surface: Surface, reason: impl Into<String>) {
        self.absent.insert((operation, surface), reason.into());
    }

    pub(crate) fn endpoint_is_gone(&mut self, path: &'static str) {
        self.gone.insert(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_prefers_its_own_routes() {
        use Surface::{GraphQl, RestV1, RestV2};
        let documented = Capabilities::of(Dialect::Documented);
        assert_eq!(documented.routes("users.list"), [GraphQl, RestV2, RestV1]);
        assert_eq!(documented.routes("users.find-by-email"), [RestV1, RestV2]);
        let observed = Capabilities::of(Dialect::Observed);
        assert_eq!(observed.routes("users.list"), [RestV2, GraphQl, RestV1]);
        assert_eq!(observed.routes("users.find-by-email"), [RestV2, RestV1]);
        assert_eq!(observed.graphql_path(), Some("/helium"));
    }

    #[test]
    fn what_proves_absent_is_not_tried_again() {
        let mut known = Capabilities::of(Dialect::Documented);
        known.demote("users.list", Surface::RestV2, "404");
        assert_eq!(known.routes("users.list"), [Surface::GraphQl, Surface::RestV1]);
        known.endpoint_is_gone("/incoming/api/graphql");
        assert_eq!(known.graphql_path(), Some("/helium"));
        known.endpoint_is_gone("/helium");
        assert_eq!(known.routes("users.list"), [Surface::RestV1]);
        assert_eq!(known.absent().collect::<Vec<_>>(), [("users.list", Surface::RestV2, "404")]);
    }
}
