//! `ti capabilities`.

use serde::Serialize;
use thought_industries::{Capabilities, Dialect, OperationKind, Surface};

use crate::arguments::TenantArguments;
use crate::failure::Failure;
use crate::format::cell;
use crate::output::{Format, List, Row};
use crate::tenant::connect;

/// Lists the matrix that the client starts from; with `--live`, also what the tenant has.
pub(crate) async fn run(tenant: &TenantArguments, format: Format, live: bool) -> Result<(), Failure> {
    let known = if live {
        let tenant = connect(tenant).await?;
        tenant.client.connect().await?;
        Some(tenant.client.capabilities())
    } else {
        None
    };
    let start = Capabilities::of(Dialect::Documented);
    let mut list = List::new::<CapabilityRow>(format)?;
    for spec in start.operations() {
        let of = |dialect: Dialect| {
            let own = spec.dialects.iter().find(|(name, _)| *name == dialect);
            names(own.map(|(_, surfaces)| surfaces.to_vec()).unwrap_or_default())
        };
        list.push(&CapabilityRow {
            operation: spec.name,
            kind: match spec.kind {
                OperationKind::Mutation => "mutation",
                OperationKind::Query => "query",
            },
            summary: spec.summary,
            graphql: spec.graphql,
            documented: of(Dialect::Documented),
            observed: of(Dialect::Observed),
            tenant: known.as_ref().map(|known| names(known.routes(spec.name))),
        })?;
    }
    list.finish()
}

fn names(surfaces: Vec<Surface>) -> Vec<&'static str> {
    let name = |surface| match surface {
        Surface::GraphQl => "graphql",
        Surface::RestV2 => "v2",
        _ => "v1",
    };
    surfaces.into_iter().map(name).collect()
}

#[derive(Default, Serialize)]
struct CapabilityRow {
    operation: &'static str,
    kind: &'static str,
    summary: &'static str,
    graphql: Option<&'static str>,
    #[serde(serialize_with = "joined")]
    documented: Vec<&'static str>,
    #[serde(serialize_with = "joined")]
    observed: Vec<&'static str>,
    #[serde(serialize_with = "joined_if_known")]
    tenant: Option<Vec<&'static str>>,
}

/// Surfaces as one string, best first: a CSV cell cannot hold a list.
fn joined<S: serde::Serializer>(surfaces: &[&str], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&surfaces.join(" "))
}

#[expect(clippy::ref_option, reason = "serde passes the field by reference")]
fn joined_if_known<S: serde::Serializer>(surfaces: &Option<Vec<&str>>, serializer: S) -> Result<S::Ok, S::Error> {
    match surfaces {
        Some(surfaces) => joined(surfaces, serializer),
        None => serializer.serialize_none(),
    }
}

impl Row for CapabilityRow {
    const HEADINGS: &'static [&'static str] =
        &["OPERATION", "KIND", "DOCUMENTED", "OBSERVED", "TENANT", "GRAPHQL FIELD", "WHAT IT DOES"];

    fn cells(&self) -> Vec<String> {
        let shown = |surfaces: &[&str]| if surfaces.is_empty() { "–".to_owned() } else { surfaces.join(" ") };
        vec![
            self.operation.to_owned(),
            self.kind.to_owned(),
            shown(&self.documented),
            shown(&self.observed),
            self.tenant.as_ref().map_or_else(|| "not asked".to_owned(), |surfaces| shown(surfaces)),
            cell(self.graphql),
            self.summary.to_owned(),
        ]
    }
}
