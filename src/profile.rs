//! What is known about a tenant, as data that can be kept.

mod endpoint;
mod form;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::runtime::{EndpointSpec, KeyPlacement, Surface};
use crate::{Date, Dialect, Error, routes};

pub use endpoint::{BodyShape, EndpointProfile, Paging, Presence};
pub use form::ResponseForm;

/// Everything that a client has learned about a tenant at run time: which endpoints it has, where they take the key, how
/// their bodies look. It holds no key and no user.
///
/// [`Client::connect`](crate::Client::connect) learns it with reads only, each call adds to it, and
/// [`ClientBuilder::with_profile`](crate::ClientBuilder::with_profile) starts from it, so that nothing is asked again.
/// It is serialized with serde; `ti connect` keeps it in a file.
///
/// ```
/// use thought_industries::{Client, Dialect, KeyPlacement, Surface, TenantProfile};
///
/// let mut profile = TenantProfile::of(Dialect::Observed);
/// profile.prefer_key(Surface::GraphQl, KeyPlacement::Bearer);
/// let client = Client::builder().set_subdomain("acme").set_api_key("key").with_profile(profile).build()?;
/// assert_eq!(client.profile().dialect, Dialect::Observed);
/// # Ok::<(), thought_industries::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct TenantProfile {
    /// The version of this format: 1.
    pub version: u32,
    /// The dialect that is assumed where nothing is known.
    pub dialect: Dialect,
    /// The SHA-256 of the tenant's schema as sorted SDL, if it was pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_digest: Option<String>,
    /// The role keys that users of the tenant have, as far as lists have shown them; 100 at most.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub role_keys: BTreeSet<String>,
    /// The role keys of learners; empty if not known. `ti plan` and `ti seats` are about them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub learner_roles: BTreeSet<String>,
    /// The limit that the tenant reported last, by surface.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<Surface, LimitProfile>,
    /// The endpoints, in the order in which they are tried.
    pub endpoints: Vec<EndpointProfile>,
    /// The operations that a surface was found to lack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demotions: Vec<Demotion>,
    /// The demotions and the absent endpoints that were forgotten once, since another surface found nothing.
    #[serde(skip)]
    doubted: BTreeSet<String>,
}

/// A rate limit as a tenant reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct LimitProfile {
    /// The requests in a window.
    pub requests: u32,
    /// The length of the window in seconds, if a response showed when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<u64>,
}

/// An operation that a surface was found to lack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Demotion {
    /// The operation, such as `users.list`.
    pub operation: String,
    /// The surface that lacks it.
    pub surface: Surface,
    /// Why it is known.
    pub reason: String,
    /// When it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Date>,
}

/// How many role keys are kept: a tenant where each user has another role would fill the profile.
const MOST_ROLE_KEYS: usize = 100;

impl TenantProfile {
    /// The version of this format.
    pub const VERSION: u32 = 1;

    /// A tenant of which nothing is known but the dialect to assume.
    pub fn of(dialect: Dialect) -> Self {
        let mut known: Vec<&EndpointSpec> = routes::ENDPOINTS.iter().collect();
        if dialect == Dialect::Observed {
            // Production clients, from which this dialect was observed, use the endpoint with the better evidence.
            known.sort_by_key(|endpoint| (endpoint.surface, std::cmp::Reverse(endpoint.evidence)));
        }
        Self {
            version: Self::VERSION,
            dialect,
            schema_digest: None,
            role_keys: BTreeSet::new(),
            learner_roles: BTreeSet::new(),
            limits: BTreeMap::new(),
            endpoints: known.into_iter().map(EndpointProfile::of).collect(),
            demotions: Vec::new(),
            doubted: BTreeSet::new(),
        }
    }

    /// Checks a profile that was read from a file.
    ///
    /// # Errors
    /// If another version wrote it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.version == Self::VERSION {
            return Ok(());
        }
        let message = format!("the profile has version {}; this client reads version {}", self.version, Self::VERSION);
        Err(Error::settings(format!("{message}: connect to the tenant again")))
    }

    /// The endpoints of a surface, in the order in which they are tried.
    pub fn endpoints(&self, surface: Surface) -> impl Iterator<Item = &EndpointProfile> {
        self.endpoints.iter().filter(move |endpoint| endpoint.surface == surface)
    }

    /// Puts a GraphQL endpoint first. Other endpoints are still tried if the tenant does not have it.
    pub fn prefer_graphql_path(&mut self, path: &str) {
        let known = self.endpoints.iter().position(|endpoint| endpoint.path == path);
        let endpoint = match known {
            Some(place) => self.endpoints.remove(place),
            None => EndpointProfile::at(path, Surface::GraphQl),
        };
        self.endpoints.insert(0, endpoint);
    }

    /// Tries this place for the key first on a surface. Others are still tried if the tenant refuses it.
    pub fn prefer_key(&mut self, surface: Surface, placement: KeyPlacement) {
        for endpoint in self.endpoints.iter_mut().filter(|endpoint| endpoint.surface == surface) {
            endpoint.key_in = Some(placement);
            endpoint.forget();
        }
    }

    pub(crate) fn endpoint(&self, path: &str) -> Option<&EndpointProfile> {
        self.endpoints.iter().find(|endpoint| endpoint.path == path)
    }

    pub(crate) fn endpoint_mut(&mut self, path: &str) -> Option<&mut EndpointProfile> {
        self.endpoints.iter_mut().find(|endpoint| endpoint.path == path)
    }

    /// The endpoint that a surface is used through: the first that the tenant has or may have.
    pub(crate) fn open(&self, surface: Surface) -> Option<&EndpointProfile> {
        self.endpoints(surface).find(|endpoint| endpoint.is_open())
    }

    /// Forgets what would keep a call from being tried at all: endpoints of these surfaces that refused the key, or failed
    /// before they had ever responded as what they should be.
    pub(crate) fn reconsider(&mut self, surfaces: &[Surface]) {
        for endpoint in self.endpoints.iter_mut().filter(|endpoint| surfaces.contains(&endpoint.surface)) {
            endpoint.reconsider();
        }
    }

    /// The status of a failure that may pass, if no endpoint has ever responded as what it should be.
    pub(crate) fn doubt(&self) -> Option<u16> {
        let is_any_present = self.endpoints.iter().any(|endpoint| endpoint.presence == Presence::Present);
        self.endpoints.iter().find_map(|endpoint| endpoint.doubt).filter(|_| !is_any_present)
    }

    pub(crate) fn demote(&mut self, operation: &str, surface: Surface, reason: &str, at: Option<Date>) {
        self.demotions.retain(|known| known.operation != operation || known.surface != surface);
        let (operation, reason) = (operation.to_owned(), reason.to_owned());
        self.demotions.push(Demotion { operation, surface, reason, at });
    }

    /// Forgets that surfaces lack an operation, each once, and that endpoints are absent if the tenant seems to have one
    /// only. Returns whether there was anything to forget.
    pub(crate) fn doubt_absence(&mut self, operation: &str, is_allowed: impl Fn(Surface) -> bool) -> bool {
        let Self { demotions, doubted, endpoints, .. } = self;
        let before = demotions.len();
        demotions.retain(|known| {
            let is_meant = known.operation == operation && is_allowed(known.surface);
            !(is_meant && doubted.insert(format!("{operation} {}", known.surface)))
        });
        let mut is_any = demotions.len() < before;
        if endpoints.iter().filter(|endpoint| endpoint.presence == Presence::Present).count() == 1 {
            let absent = |known: &&mut EndpointProfile| known.presence == Presence::Absent && is_allowed(known.surface);
            for endpoint in endpoints.iter_mut().filter(absent) {
                if doubted.insert(endpoint.path.clone()) {
                    endpoint.forget();
                    is_any = true;
                }
            }
        }
        is_any
    }

    /// Forgets what keeps an operation from every surface, unless it was learned within the last minute: that a surface lacks
    /// it, and, if every endpoint that the tenant has lacks it, that the others are absent. Returns whether there was
    /// anything to forget.
    pub(crate) fn reconsider_operation(
        &mut self,
        operation: &str,
        is_allowed: impl Fn(Surface) -> bool,
        now: Date,
    ) -> bool {
        // What was learned before the tenant's time was known may seem to come from the future.
        let age = |at: Date| now.as_millisecond() - at.as_millisecond();
        let is_old = |at: Option<Date>| at.is_none_or(|at| !(0..60_000).contains(&age(at)));
        let is_again = |known: &Demotion| known.operation == operation && is_allowed(known.surface) && is_old(known.at);
        let lacks =
            |surface| self.demotions.iter().any(|known| known.operation == operation && known.surface == surface);
        let mut present = self.endpoints.iter().filter(|endpoint| endpoint.presence == Presence::Present);
        let is_nowhere = present.all(|endpoint| lacks(endpoint.surface));
        let before = self.demotions.len();
        self.demotions.retain(|known| !is_again(known));
        let mut is_any = self.demotions.len() < before;
        if is_nowhere {
            let absent = |endpoint: &&mut EndpointProfile| {
                endpoint.presence == Presence::Absent && is_allowed(endpoint.surface) && is_old(endpoint.at)
            };
            for endpoint in self.endpoints.iter_mut().filter(absent) {
                endpoint.forget();
                is_any = true;
            }
        }
        is_any
    }

    pub(crate) fn add_role_keys<'k>(&mut self, keys: impl Iterator<Item = &'k str>) {
        for key in keys {
            if self.role_keys.len() < MOST_ROLE_KEYS && !self.role_keys.contains(key) {
                self.role_keys.insert(key.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_tried_in_the_order_of_the_dialect() {
        let paths = |dialect| -> Vec<String> {
            let profile = TenantProfile::of(dialect);
            profile.endpoints(Surface::GraphQl).map(|endpoint| endpoint.path.clone()).collect()
        };
        assert_eq!(paths(Dialect::Documented), ["/incoming/api/graphql", "/helium"]);
        assert_eq!(paths(Dialect::Observed), ["/helium", "/incoming/api/graphql"]);
    }

    #[test]
    fn preferences_come_first_and_rule_nothing_out() {
        let mut profile = TenantProfile::of(Dialect::Documented);
        profile.prefer_graphql_path("/graphql");
        profile.prefer_key(Surface::RestV2, KeyPlacement::Header);
        let first = profile.open(Surface::GraphQl).expect("an endpoint");
        assert_eq!(first.path, "/graphql");
        assert_eq!(profile.endpoints(Surface::GraphQl).count(), 3);
        let v2 = profile.open(Surface::RestV2).expect("an endpoint");
        assert_eq!(v2.placements(), [KeyPlacement::Header, KeyPlacement::Bearer, KeyPlacement::Query]);
    }

    #[test]
    fn what_was_learned_by_a_wrong_clock_is_tried_again_as_well() {
        let now: Date = "2026-01-01T12:00:00Z".parse().expect("a date");
        for (learned, is_tried) in [
            ("2026-01-01T11:59:30Z", false),
            ("2026-01-01T11:58:30Z", true),
            // The tenant's time was not known yet, and this computer was 13 hours fast.
            ("2026-01-02T01:00:00Z", true),
        ] {
            let mut profile = TenantProfile::of(Dialect::Observed);
            for endpoint in &mut profile.endpoints {
                endpoint.is_absent("404 with a page", None, learned.parse().ok());
            }
            assert_eq!(profile.reconsider_operation("users.list", |_| true, now), is_tried, "{learned}");
        }
    }

    #[test]
    fn that_a_surface_lacks_an_operation_is_doubted_once() {
        let mut profile = TenantProfile::of(Dialect::Observed);
        let demote =
            |profile: &mut TenantProfile| profile.demote("users.get", Surface::RestV2, "404 with a page", None);
        demote(&mut profile);
        profile.demote("users.list", Surface::RestV2, "404 with a page", None);
        assert!(!profile.doubt_absence("users.get", |surface| surface == Surface::RestV1));
        assert!(profile.doubt_absence("users.get", |_| true));
        demote(&mut profile);
        assert!(!profile.doubt_absence("users.get", |_| true), "it was found twice");
        assert_eq!(profile.demotions.len(), 2);
    }

    #[test]
    fn that_endpoints_are_absent_is_doubted_once_if_one_is_left() {
        let mut profile = TenantProfile::of(Dialect::Observed);
        let close = |profile: &mut TenantProfile, present: &[Surface]| {
            for endpoint in &mut profile.endpoints {
                if present.contains(&endpoint.surface) {
                    endpoint.is_there(KeyPlacement::Bearer, None);
                } else {
                    endpoint.is_absent("404 with a page", None, None);
                }
            }
        };
        close(&mut profile, &[Surface::RestV2, Surface::RestV1]);
        assert!(!profile.doubt_absence("users.get", |_| true), "two surfaces agree that there is no other");
        close(&mut profile, &[Surface::RestV1]);
        assert!(profile.doubt_absence("users.get", |_| true));
        assert!(profile.open(Surface::RestV2).is_some());
        close(&mut profile, &[Surface::RestV1]);
        assert!(!profile.doubt_absence("users.get", |_| true), "it was found twice");
    }

    #[test]
    fn a_profile_of_another_version_is_refused() {
        let mut profile = TenantProfile::of(Dialect::Observed);
        profile.check().expect("the current version");
        profile.version = 2;
        assert!(profile.check().expect_err("another").to_string().contains("connect to the tenant again"));
    }

    #[test]
    fn role_keys_do_not_fill_the_profile() {
        let mut profile = TenantProfile::of(Dialect::Observed);
        let keys: Vec<String> = (0..1_000).map(|number| format!("role-{number}")).collect();
        profile.add_role_keys(keys.iter().map(String::as_str));
        assert_eq!(profile.role_keys.len(), MOST_ROLE_KEYS);
    }
}
