//! Discovery: detects what a tenant supports with a few requests.

use serde::Deserialize;
use serde_json::json;

use crate::capabilities::Capabilities;
use crate::execute::{graphql, rest};
use crate::runtime::{OperationKind, OperationSpec, Surface};
use crate::tenant::Tenant;
use crate::{Error, routes};

/// The root fields of a schema: the smallest introspection query that identifies operations.
const ROOTS: &str = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";

#[derive(Deserialize)]
struct Roots {
    #[serde(rename = "__schema")]
    schema: Schema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    query_type: Option<Root>,
    mutation_type: Option<Root>,
}

#[derive(Deserialize)]
struct Root {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
}

/// Detects what the tenant supports and corrects its capabilities. Earlier findings are discarded. Takes one GraphQL
/// request for each possible endpoint and one for each REST version.
pub(crate) async fn discover(tenant: &Tenant) -> Result<Capabilities, Error> {
    tenant.learn(Capabilities::reset);
    let request = json!({ "query": ROOTS }).to_string();
    let response = graphql::post(tenant, &request, &graphql::call_of("discover", &request)).await;
    let (mut refusal, mut is_open) = match response.and_then(|body| body.decode::<Roots>()) {
        Ok(roots) => {
            compare(tenant, &roots.schema);
            (None, true)
        }
        Err(error) if error.is_no_route() => (None, false),
        Err(error) if refuses(&error) => {
            demote_all(tenant, Surface::GraphQl, &error.to_string(), |spec| spec.document.is_some());
            (Some(error), false)
        }
        // An endpoint that refuses introspection may have every operation.
        Err(error) if !error.graphql_errors().is_empty() => (None, true),
        Err(error) => return Err(error.with_operation("discover").with_surface(Surface::GraphQl)),
    };
    for (surface, probe) in [(Surface::RestV2, &routes::TENANT_PING), (Surface::RestV1, &routes::USERS_BASIC)] {
        let reason = match rest::fetch(tenant, probe, surface, &json!({ "page": 1 })).await {
            Ok(rest::Fetched::Body(_)) => {
                is_open = true;
                continue;
            }
            Ok(rest::Fetched::Absent { reason, .. }) => reason,
            Err(error) if refuses(&error) => {
                let reason = error.to_string();
                refusal.get_or_insert(error);
                reason
            }
            Err(error) => return Err(error),
        };
        demote_all(tenant, surface, &reason, |spec| spec.rest(surface).is_some());
    }
    match refusal {
        Some(error) if !is_open => Err(error),
        _ => Ok(tenant.capabilities()),
    }
}

fn demote_all(tenant: &Tenant, surface: Surface, reason: &str, has: impl Fn(&OperationSpec) -> bool) {
    tenant.learn(|known| {
        for spec in routes::ALL.iter().filter(|spec| has(spec)) {
            known.demote(spec.name, surface, reason);
        }
    });
}

/// Demotes every operation whose root field the endpoint does not have.
fn compare(tenant: &Tenant, schema: &Schema) {
    for spec in routes::ALL {
        let root = match spec.kind {
            OperationKind::Mutation => schema.mutation_type.as_ref(),
            OperationKind::Query => schema.query_type.as_ref(),
        };
        let Some(wanted) = spec.graphql else { continue };
        let has_it = root.is_some_and(|root| root.fields.iter().any(|field| field.name == wanted));
        if spec.document.is_some() && !has_it {
            let reason = format!("the schema has no root field `{wanted}`");
            tenant.learn(|known| known.demote(spec.name, Surface::GraphQl, reason));
        }
    }
}

/// Whether a surface refuses this key, or does not belong to this API.
fn refuses(error: &Error) -> bool {
    error.is_unauthorized() || error.is_forbidden() || error.is_decode()
}
