//! Learns what a tenant is, with reads only, and reports how.

mod graphql;
mod rest;

use futures::join;
use serde::{Deserialize, Serialize};

use crate::error::Kind;
use crate::profile::{BodyShape, EndpointProfile, Presence, TenantProfile};
use crate::runtime::{KeyPlacement, Surface};
use crate::tenant::Tenant;
use crate::{Dialect, Error};

/// What connecting to a tenant has shown.
#[derive(Debug)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What is known now.
    pub profile: TenantProfile,
    /// Each request, in the order of surfaces.
    pub checks: Vec<Check>,
    /// Why the tenant cannot be used, if it cannot.
    pub failure: Option<Error>,
}

/// A request, what came back, and what was concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Check {
    /// The surface.
    pub surface: Surface,
    /// The HTTP method.
    pub method: String,
    /// The path, with placeholders for keys of users.
    pub path: String,
    /// Where the key was.
    pub key_in: KeyPlacement,
    /// The HTTP status; 0 if there was no response.
    pub status: u16,
    /// The response in a few words, without any of its values.
    pub response: String,
    /// What was concluded.
    pub conclusion: String,
}

/// Connecting failed.
pub(crate) struct Failed {
    pub(crate) checks: Vec<Check>,
    pub(crate) error: Error,
}

/// Learns what a tenant is. Surfaces are asked in parallel.
pub(crate) async fn connect(tenant: &Tenant) -> Result<Vec<Check>, Box<Failed>> {
    tenant.learn(|profile| {
        profile.demotions.retain(|known| !tenant.allows(known.surface));
        let asked = profile.endpoints.iter_mut().filter(|endpoint| tenant.allows(endpoint.surface));
        asked.for_each(EndpointProfile::forget_all);
    });
    let ask = async |surface| match surface {
        _ if !tenant.allows(surface) => (Vec::new(), None),
        Surface::GraphQl => graphql::connect(tenant).await,
        surface => rest::connect(tenant, surface).await,
    };
    let (over_graphql, over_v2, over_v1) = join!(ask(Surface::GraphQl), ask(Surface::RestV2), ask(Surface::RestV1));
    let mut checks = Vec::new();
    let mut error = None;
    for (found, failure) in [over_graphql, over_v2, over_v1] {
        checks.extend(found);
        error = error.or(failure);
    }
    tenant.learn(|profile| {
        let shape = profile.endpoints(Surface::RestV2).find_map(|endpoint| endpoint.body);
        profile.dialect = tenant.set_dialect().unwrap_or(match shape {
            Some(BodyShape::Flat) => Dialect::Observed,
            Some(BodyShape::Envelope) => Dialect::Documented,
            None => profile.dialect,
        });
    });
    match usable(tenant, error) {
        Ok(()) => Ok(checks),
        Err(error) => Err(Box::new(Failed { checks, error })),
    }
}

/// Whether any endpoint is present; otherwise, why not.
fn usable(tenant: &Tenant, failure: Option<Error>) -> Result<(), Error> {
    let known = tenant.known();
    let endpoints = || known.profile().endpoints.iter().filter(|endpoint| tenant.allows(endpoint.surface));
    if endpoints().any(|endpoint| endpoint.presence == Presence::Present) {
        return Ok(());
    }
    if let Some(failure) = failure {
        return Err(failure.with_operation("connect"));
    }
    let reasons = endpoints().map(|endpoint| {
        let reason = endpoint.reason.as_deref().unwrap_or("not tried");
        format!("{}: {reason}", endpoint.path)
    });
    let message = format!("no surface responds as it should ({})", reasons.collect::<Vec<_>>().join("; "));
    Err(Error::new(Kind::NoRoute(message)).with_operation("connect"))
}

/// The placeholder of a user's key in a path.
const A_USER: &str = "{key of a user}";
