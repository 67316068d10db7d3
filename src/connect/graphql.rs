//! Which GraphQL endpoints a tenant has, and which operations they have.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Check;
use crate::execute::contact::{TYPENAME, Verdict, describe, doubt, of_graphql, of_typename};
use crate::execute::reduce::lacks_of;
use crate::execute::{call_of, graphql_request, json as bodies};
use crate::profile::EndpointProfile;
use crate::runtime::{KeyPlacement, OperationKind, Surface};
use crate::send::Exchange;
use crate::tenant::Tenant;
use crate::{Error, routes};

/// The root fields of a schema: the smallest introspection query that identifies operations.
const ROOTS: &str = "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }";

/// The fields of every type.
const FIELDS: &str = "{ __schema { types { name fields(includeDeprecated: true) { name } } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    query_type: Option<Root>,
    mutation_type: Option<Root>,
}

#[derive(Deserialize)]
struct Types {
    types: Vec<Type>,
}

#[derive(Deserialize)]
struct Type {
    name: String,
    fields: Option<Vec<Field>>,
}

#[derive(Deserialize)]
struct Root {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
}

/// Tries each endpoint with the key in each place.
pub(super) async fn connect(tenant: &Tenant) -> (Vec<Check>, Option<Error>) {
    let mut checks = Vec::new();
    let mut failure = None;
    let endpoints: Vec<EndpointProfile> = tenant.known().profile().endpoints(Surface::GraphQl).cloned().collect();
    for endpoint in endpoints {
        if let Err(error) = try_endpoint(tenant, &endpoint, &mut checks).await {
            failure = failure.or(Some(error));
        }
    }
    (checks, failure)
}

async fn try_endpoint(tenant: &Tenant, endpoint: &EndpointProfile, checks: &mut Vec<Check>) -> Result<(), Error> {
    let roots = json!({ "query": ROOTS }).to_string();
    let mut refusal = None;
    // Connecting is the time to try places without evidence as well.
    let mut placements = endpoint.placements();
    for any in [KeyPlacement::Query, KeyPlacement::Bearer, KeyPlacement::Header] {
        if !placements.contains(&any) {
            placements.push(any);
        }
    }
    for placement in placements {
        let check = |exchange: &Exchange, conclusion: String| Check {
            surface: Surface::GraphQl,
            method: "POST".to_owned(),
            path: endpoint.path.clone(),
            key_in: placement,
            status: exchange.response.status,
            response: describe(&exchange.response),
            conclusion,
        };
        let mut exchange = send(tenant, endpoint, placement, &roots).await.inspect_err(|error| {
            checks.push(unreachable(endpoint, placement, error));
        })?;
        let mut verdict = of_graphql(&exchange.response);
        if let Verdict::Unclear = verdict {
            checks.push(check(&exchange, "errors, but not those of GraphQL: a smaller query shows more".to_owned()));
            exchange = send(tenant, endpoint, placement, TYPENAME).await?;
            verdict = of_typename(&exchange.response);
        }
        match verdict {
            Verdict::Proof => {
                tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.is_there(placement, Some(tenant.now())));
                let is_used = tenant.known().graphql_path() == Some(endpoint.path.as_str());
                let schema: Option<Schema> = schema_of(&exchange);
                let shows_schema = schema.is_some();
                let conclusion = match schema {
                    Some(_) if !is_used => "another GraphQL endpoint, which is not used".to_owned(),
                    Some(schema) => format!("a GraphQL endpoint with {} of the operations", compare(tenant, &schema)),
                    None => "a GraphQL endpoint that does not show its schema".to_owned(),
                };
                checks.push(check(&exchange, conclusion));
                if shows_schema {
                    learn_lacks(tenant, endpoint, placement).await;
                }
                return Ok(());
            }
            Verdict::KeyRefused => {
                checks.push(check(&exchange, "the key is not accepted in this place".to_owned()));
                refusal = Some(exchange);
            }
            Verdict::Unclear | Verdict::Other => {
                checks.push(check(&exchange, "no GraphQL endpoint".to_owned()));
                let reason = describe(&exchange.response);
                let doubt = doubt(&exchange.response);
                tenant
                    .learn_endpoint(&endpoint.path, |endpoint| endpoint.is_absent(&reason, doubt, Some(tenant.now())));
                return Ok(());
            }
        }
    }
    let Some(exchange) = refusal else { return Ok(()) };
    let reason = describe(&exchange.response);
    tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.refuses_key(&reason, Some(tenant.now())));
    Err(bodies::refusal(&exchange.response).with_surface(Surface::GraphQl))
}

async fn send(
    tenant: &Tenant,
    endpoint: &EndpointProfile,
    placement: KeyPlacement,
    body: &str,
) -> Result<Exchange, Error> {
    let call = call_of("connect", body).first_contact();
    tenant.sender().send(&call, graphql_request(tenant, &endpoint.path, placement, body)).await
}

fn unreachable(endpoint: &EndpointProfile, key_in: KeyPlacement, error: &Error) -> Check {
    Check {
        surface: endpoint.surface,
        method: "POST".to_owned(),
        path: endpoint.path.clone(),
        key_in,
        status: 0,
        response: error.to_string(),
        conclusion: "no response".to_owned(),
    }
}

fn schema_of<T: DeserializeOwned>(exchange: &Exchange) -> Option<T> {
    let body: Value = serde_json::from_slice(&exchange.response.body).ok()?;
    let schema = body.get(0).unwrap_or(&body).get("data")?.get("__schema")?.clone();
    serde_json::from_value(schema).ok()
}

/// Learns which fields of the operations the schema of an endpoint lacks, so that queries are sent without them. An
/// endpoint that does not show its types is asked for everything until it refuses a field.
async fn learn_lacks(tenant: &Tenant, endpoint: &EndpointProfile, placement: KeyPlacement) {
    let fields = json!({ "query": FIELDS }).to_string();
    let Ok(exchange) = send(tenant, endpoint, placement, &fields).await else { return };
    let Some(Types { types }) = schema_of(&exchange) else { return };
    let types: HashMap<&str, &Type> = types.iter().map(|known| (known.name.as_str(), known)).collect();
    let has = |coordinate: &str| match coordinate.split_once('.') {
        None => types.contains_key(coordinate),
        Some((owner, field)) => {
            let fields = types.get(owner).and_then(|owner| owner.fields.as_ref());
            // A root type may have another name, and its fields were compared already.
            fields.map_or(matches!(owner, "Query" | "Mutation"), |all| all.iter().any(|own| own.name == field))
        }
    };
    let lacks: BTreeSet<String> = routes::DOCUMENTS.iter().flat_map(|parsed| lacks_of(parsed(), has)).collect();
    tenant.learn_endpoint(&endpoint.path, |endpoint| endpoint.lacks = lacks);
}

/// Demotes every operation whose root field the endpoint does not have. Returns how many it has, of how many.
fn compare(tenant: &Tenant, schema: &Schema) -> String {
    let (mut has, mut all) = (0, 0);
    for spec in routes::ALL.iter().filter(|spec| spec.document.is_some()) {
        let root = match spec.kind {
            OperationKind::Mutation => schema.mutation_type.as_ref(),
            OperationKind::Query => schema.query_type.as_ref(),
        };
        let Some(wanted) = spec.graphql else { continue };
        all += 1;
        if root.is_some_and(|root| root.fields.iter().any(|field| field.name == wanted)) {
            has += 1;
        } else {
            let reason = format!("the schema has no root field `{wanted}`");
            tenant.learn(|known| known.demote(spec.name, Surface::GraphQl, &reason, Some(tenant.now())));
        }
    }
    format!("{has} of {all}")
}
