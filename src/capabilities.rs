//! What is known about a tenant: the surfaces of each operation, and which of them lack it.

use crate::runtime::{OperationSpec, Surface};
use crate::{Dialect, TenantProfile, routes};

/// The capability matrix of one tenant. It starts as the matrix of a dialect and is corrected by what the tenant
/// reveals: all at once by [`Client::connect`](crate::Client::connect), otherwise as calls find that something is
/// missing.
#[derive(Debug, Clone)]
pub struct Capabilities {
    profile: TenantProfile,
}

impl Capabilities {
    /// The matrix of a dialect. Surfaces that only other dialects offer come last.
    pub fn of(dialect: Dialect) -> Self {
        Self::from(TenantProfile::of(dialect))
    }

    /// All operations, sorted by name.
    pub fn operations(&self) -> impl Iterator<Item = &'static OperationSpec> {
        routes::ALL.iter().copied()
    }

    /// The surfaces on which an operation is tried, best first, without those that are known to lack it.
    pub fn routes(&self, operation: &str) -> Vec<Surface> {
        let spec = routes::ALL.iter().find(|spec| spec.name == operation);
        spec.map(|spec| self.routes_of(spec)).unwrap_or_default()
    }

    /// The surfaces on which an operation of any route table is tried, best first.
    pub(crate) fn routes_of(&self, spec: &OperationSpec) -> Vec<Surface> {
        let dialect = self.profile.dialect;
        let own = spec.dialects.iter().filter(|(name, _)| *name == dialect);
        let others = spec.dialects.iter().filter(|(name, _)| *name != dialect);
        let mut surfaces: Vec<Surface> = Vec::new();
        for surface in own.chain(others).flat_map(|(_, surfaces)| surfaces.iter().copied()) {
            let is_open = self.profile.open(surface).is_some() && !self.lacks(spec.name, surface);
            if is_open && !surfaces.contains(&surface) {
                surfaces.push(surface);
            }
        }
        surfaces
    }

    fn lacks(&self, operation: &str, surface: Surface) -> bool {
        self.profile.demotions.iter().any(|known| known.operation == operation && known.surface == surface)
    }

    /// What the tenant is known to lack: operation, surface, and reason.
    pub fn absent(&self) -> impl Iterator<Item = (&str, Surface, &str)> {
        let demotions = self.profile.demotions.iter();
        demotions.map(|known| (known.operation.as_str(), known.surface, known.reason.as_str()))
    }

    /// The path of the GraphQL endpoint that is used, if the tenant has one.
    pub fn graphql_path(&self) -> Option<&str> {
        self.profile.open(Surface::GraphQl).map(|endpoint| endpoint.path.as_str())
    }

    /// What is known about the tenant, as data.
    pub fn profile(&self) -> &TenantProfile {
        &self.profile
    }

    pub(crate) fn profile_mut(&mut self) -> &mut TenantProfile {
        &mut self.profile
    }
}

impl From<TenantProfile> for Capabilities {
    fn from(profile: TenantProfile) -> Self {
        Self { profile }
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
        known.profile_mut().demote("users.list", Surface::RestV2, "404", None);
        assert_eq!(known.routes("users.list"), [Surface::GraphQl, Surface::RestV1]);
        let mut gone = |path: &str| {
            let endpoint = known.profile_mut().endpoint_mut(path).expect("an endpoint");
            endpoint.is_absent("404", None, None);
        };
        gone("/incoming/api/graphql");
        gone("/helium");
        assert_eq!(known.graphql_path(), None);
        assert_eq!(known.routes("users.list"), [Surface::RestV1]);
        assert_eq!(known.absent().collect::<Vec<_>>(), [("users.list", Surface::RestV2, "404")]);
    }
}
