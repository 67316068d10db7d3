//! The capability matrix: for each dialect, and for the pinned tenant, and for each operation, its availability on each
//! surface, and the chosen route.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use thought_industries_codegen::{
    Costs, Dialect, Fit, KeyPlacement, OperationKind, OperationRoutes, Problem, RestRoute, Routes, Source, Surface, fit,
};

/// The column of the pinned tenant.
const TENANT: &str = "tenant";

/// The entries of all columns, by column and operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Matrix {
    columns: BTreeMap<String, Column>,
}

/// The entries of a dialect or tenant by operation.
pub(super) type Column = BTreeMap<String, Entry>;

/// The schemas of the columns.
pub(super) struct Schemas {
    /// What the documents are written for.
    pub(super) reference: Source,
    /// The schema of each dialect.
    pub(super) dialects: BTreeMap<Dialect, Source>,
    /// The schema of a tenant, if one is pinned.
    pub(super) tenant: Option<Source>,
}

/// The availability of an operation in a column.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Entry {
    /// Whether it reads or writes.
    pub kind: OperationKind,
    /// The surface that it is sent to; `None` if the dialect does not have the operation.
    pub route: Option<Surface>,
    /// Its GraphQL field.
    pub graphql: Option<String>,
    /// Why it has no GraphQL field.
    pub graphql_absent: Option<String>,
    /// Its cost over GraphQL, if it has a document.
    pub points: Option<u32>,
    /// Its v2 endpoint.
    pub v2: Option<String>,
    /// Its v1 endpoint.
    pub v1: Option<String>,
    /// What it is sent without over GraphQL, such as `License.ref10`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacks: Vec<String>,
}

impl Matrix {
    /// Reads `capabilities.toml`.
    ///
    /// # Errors
    /// If the file is malformed.
    pub(super) fn parse(source: &Source) -> Result<Self, Vec<Problem>> {
        toml::from_str(&source.text).map_err(|error| {
            let problem = source.toml_problem(&error);
            vec![problem.with_help("run `cargo xtask capabilities`")]
        })
    }

    /// Derives the matrix from the routes, the documents and the schemas.
    ///
    /// # Errors
    /// If the schema of a dialect is missing, or a document does not match the reference.
    pub(super) fn derive(
        routes: &Routes,
        schemas: &Schemas,
        documents: &[Source],
        costs: &Costs,
    ) -> Result<Self, Vec<Problem>> {
        let mut columns = BTreeMap::new();
        for (dialect, declared) in &routes.dialects {
            let Some(schema) = schemas.dialects.get(dialect) else {
                let help = "run `cargo xtask schema pull`";
                return Err(vec![Problem::whole(&declared.schema, "the schema of this dialect is missing", help)]);
            };
            let column = Derivation {
                fits: fit(&schemas.reference, schema, documents, costs)?,
                schema: read(schema)?,
                surfaces: &declared.surfaces,
                dialect: Some(*dialect),
            };
            columns.insert(dialect.name().to_owned(), column.of(routes));
        }
        if let Some(tenant) = &schemas.tenant {
            let column = Derivation {
                fits: fit(&schemas.reference, tenant, documents, costs)?,
                schema: read(tenant)?,
                surfaces: &[Surface::GraphQl, Surface::RestV2, Surface::RestV1],
                dialect: None,
            };
            columns.insert(TENANT.to_owned(), column.of(routes));
        }
        Ok(Self { columns })
    }

    /// The entry of an operation in a column.
    pub(super) fn entry(&self, column: &str, operation: &str) -> Option<&Entry> {
        self.columns.get(column)?.get(operation)
    }

    /// The columns by name.
    pub(super) fn columns(&self) -> &BTreeMap<String, Column> {
        &self.columns
    }

    /// Serializes the matrix as `capabilities.toml`.
    ///
    /// # Errors
    /// Never for a matrix that was derived or parsed; the error comes from the serializer.
    pub(super) fn to_toml(&self) -> Result<String, String> {
        let body = toml::to_string(self).map_err(|error| error.to_string())?;
        Ok(format!("# Written by `cargo xtask capabilities` from queries/ and the schemas beside this file.\n\n{body}"))
    }

    /// The matrix as a Markdown table.
    pub(super) fn to_markdown(&self, routes: &Routes) -> String {
        let mut out = String::from(
            "# Capabilities\n\nWritten by `cargo xtask capabilities`. For each reading of the documents (dialect) and \
             each operation: its GraphQL field, its REST endpoints, the route that a client takes, and the \
             cost of the GraphQL query, of at most 1,000 points.\n",
        );
        write_contract(&mut out, routes);
        for (column, entries) in &self.columns {
            // Writing to a string cannot fail.
            _ = write!(
                out,
                "\n## {column}\n\n| operation | what it does | kind | GraphQL | v2 | v1 | route | points |\n\
                 | --- | --- | --- | --- | --- | --- | --- | --- |\n"
            );
            for (name, entry) in entries {
                let summary = routes.operations.get(name).map(|operation| operation.summary.as_str());
                let code = |text: &Option<String>| text.as_ref().map_or("–".to_owned(), |text| format!("`{text}`"));
                let kind = entry.kind;
                let graphql = match (&entry.graphql, &entry.graphql_absent) {
                    (None, Some(reason)) => format!("– ({reason})"),
                    (field, _) if entry.lacks.is_empty() => code(field),
                    (field, _) => format!("{} without `{}`", code(field), entry.lacks.join("`, `")),
                };
                let route = entry.route.map_or("none", name_of);
                let points = entry.points.map_or("–".to_owned(), |points| points.to_string());
                _ = writeln!(
                    out,
                    "| `{name}` | {} | {kind} | {graphql} | {} | {} | {route} | {points} |",
                    summary.unwrap_or_default(),
                    rest(entry.v2.as_ref(), routes.operations.get(name).and_then(|operation| operation.v2.as_ref())),
                    rest(entry.v1.as_ref(), routes.operations.get(name).and_then(|operation| operation.v1.as_ref()))
                );
            }
        }
        out
    }
}

/// A cell with an endpoint and its evidence.
fn rest(endpoint: Option<&String>, route: Option<&RestRoute>) -> String {
    match (endpoint, route) {
        (Some(endpoint), Some(route)) => format!("`{endpoint}`, {}", route.evidence),
        _ => "–".to_owned(),
    }
}

/// The evidence for the wire contract: where the surfaces are, where they take the key, and what is assumed of bodies.
fn write_contract(out: &mut String, routes: &Routes) {
    out.push_str(
        "\n## Evidence\n\nEach part of the wire contract has a grade: *observed* in this many public clients, *official* \
         in TI's reference, *guide* only in the API guide, which TI did not write, *unknown* plausible. A surface is \
         used only once it has responded as what it should be. `queries/routes.toml` holds the grades.\n\n\
         | endpoint | surface | evidence | key, in the order tried |\n| --- | --- | --- | --- |\n",
    );
    for endpoint in &routes.endpoints {
        let keys = endpoint.keys.iter().map(|key| format!("{} ({})", key_in(key.r#in), key.evidence));
        let keys: Vec<String> = keys.collect();
        let surface = name_of(endpoint.surface);
        _ = writeln!(out, "| `{}` | {surface} | {} | {} |", endpoint.path, endpoint.evidence, keys.join(", "));
    }
    out.push_str("\n| parameter | surface | evidence |\n| --- | --- | --- |\n");
    for (surface, parameters) in &routes.parameters {
        for (name, evidence) in parameters {
            _ = writeln!(out, "| `{name}` | {} | {evidence} |", name_of(*surface));
        }
    }
    out.push_str("\n| assumption | evidence | how a client finds out otherwise |\n| --- | --- | --- |\n");
    for fact in &routes.wire {
        _ = writeln!(out, "| {} | {} | {} |", fact.fact, fact.evidence, fact.corrected);
    }
}

fn name_of(surface: Surface) -> &'static str {
    match surface {
        Surface::GraphQl => "GraphQL",
        Surface::RestV2 => "v2",
        _ => "v1",
    }
}

fn key_in(placement: KeyPlacement) -> &'static str {
    match placement {
        KeyPlacement::Bearer => "`Authorization: Bearer`",
        KeyPlacement::Header => "`X-API-Key`",
        _ => "`?apiKey=`",
    }
}

fn read(schema: &Source) -> Result<graphql_drift::Schema, Vec<Problem>> {
    let read = graphql_drift::Version::read(&schema.path, schema.text.as_bytes());
    read.map(|version| version.schema).map_err(|error| vec![Problem::whole(&schema.path, error.to_string(), "")])
}

/// What a column is derived from.
struct Derivation<'d> {
    fits: BTreeMap<String, Fit>,
    schema: graphql_drift::Schema,
    surfaces: &'d [Surface],
    /// `None` for a tenant, which may have the REST endpoints of any dialect.
    dialect: Option<Dialect>,
}

impl Derivation<'_> {
    fn of(&self, routes: &Routes) -> Column {
        routes.operations.iter().map(|(name, operation)| (name.clone(), self.entry(operation))).collect()
    }

    fn entry(&self, operation: &OperationRoutes) -> Entry {
        let graphql = self.graphql(operation);
        let fit = graphql.as_ref().ok().and_then(|(_, fit)| *fit);
        let mut entry = Entry {
            kind: operation.kind,
            route: None,
            points: fit.map(|fit| fit.points),
            lacks: fit.into_iter().flat_map(|fit| fit.lacks.iter().cloned()).collect(),
            graphql_absent: graphql.as_ref().err().cloned(),
            graphql: graphql.ok().map(|(field, _)| field),
            v2: self.rest(operation, Surface::RestV2),
            v1: self.rest(operation, Surface::RestV1),
        };
        let has = |surface: &Surface| match surface {
            // Without a document, the operation cannot be sent yet.
            Surface::GraphQl => entry.points.is_some(),
            Surface::RestV2 => entry.v2.is_some(),
            _ => entry.v1.is_some(),
        };
        entry.route = self.surfaces.iter().copied().find(has);
        entry
    }

    fn rest(&self, operation: &OperationRoutes, surface: Surface) -> Option<String> {
        let route = match self.dialect {
            Some(dialect) => operation.rest_of(surface, dialect),
            None => operation.rest(surface),
        };
        let route = route.filter(|_| self.surfaces.contains(&surface));
        route.map(|RestRoute { method, path, .. }| format!("{method} {path}"))
    }

    /// The operation's GraphQL field, with the fit of its document, or the reason why it has none.
    fn graphql(&self, operation: &OperationRoutes) -> Result<(String, Option<&Fit>), String> {
        if !self.surfaces.contains(&Surface::GraphQl) {
            return Err("the dialect has no GraphQL endpoint".to_owned());
        }
        if let Some(name) = &operation.document {
            let Some(fit) = self.fits.get(name) else { return Err(format!("no document `{name}`")) };
            return match &fit.absent {
                Some(reason) => Err(reason.clone()),
                None => Ok((fit.root_fields.join(", "), Some(fit))),
            };
        }
        let Some(field) = &operation.graphql else {
            return Err("the public documents name no field for it".to_owned());
        };
        let (root, fields) = match operation.kind {
            OperationKind::Query => (&self.schema.query, self.schema.query_fields()),
            OperationKind::Mutation => (&self.schema.mutation, self.schema.mutation_fields()),
        };
        if fields.iter().any(|known| known.name == *field) {
            return Ok((field.clone(), None));
        }
        Err(format!("`{}` has no field `{field}`", root.as_deref().unwrap_or("the schema")))
    }
}
