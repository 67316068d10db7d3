//! The capability matrix: for each dialect and operation, its availability on each surface, and the chosen route.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::document::Documents;
use crate::routes::{OperationKind, OperationRoutes, RestRoute, Routes};
use crate::schema::Schema;
use crate::surface::Surface;
use crate::{Costs, Problem, Source, selection};

/// The entries of all dialects, by dialect and operation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Matrix {
    dialects: BTreeMap<String, Dialect>,
}

/// The entries of a dialect by operation.
pub type Dialect = BTreeMap<String, Entry>;

/// The availability of an operation in a dialect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Entry {
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
}

impl Entry {
    /// Whether the operation can be sent to a surface.
    pub(crate) fn has(&self, surface: Surface) -> bool {
        match surface {
            // Without a document, the operation cannot be sent yet.
            Surface::GraphQl => self.points.is_some(),
            Surface::V2 => self.v2.is_some(),
            Surface::V1 => self.v1.is_some(),
        }
    }
}

impl Matrix {
    /// Reads `capabilities.toml`.
    ///
    /// # Errors
    /// If the file is malformed.
    pub fn parse(source: &Source) -> Result<Self, Vec<Problem>> {
        toml::from_str(&source.text).map_err(|error| {
            let problem = source.toml_problem(&error);
            vec![Problem { help: "run `cargo xtask capabilities`".into(), ..problem }]
        })
    }

    /// Derives the matrix from the routes and the pinned schema of each dialect, given by its path.
    ///
    /// # Errors
    /// If a schema is missing, or a document does not match any schema.
    pub fn derive(
        routes: &Routes,
        schemas: &BTreeMap<String, Source>,
        documents: &[Source],
        costs: &Costs,
    ) -> Result<Self, Vec<Problem>> {
        let documents = Documents::parse(documents)?;
        let mut dialects = BTreeMap::new();
        for (name, dialect) in &routes.dialects {
            let Some(source) = schemas.get(&dialect.schema) else {
                return Err(vec![Problem::whole(
                    &dialect.schema,
                    "the schema of this dialect is missing",
                    "run `cargo xtask schema pull`",
                )]);
            };
            let schema = Schema::parse(source)?;
            let entries = routes.operations.iter().map(|(operation, declared)| {
                let entry = derive_entry(name, &dialect.surfaces, declared, &schema, &documents, costs);
                (operation.clone(), entry)
            });
            dialects.insert(name.clone(), entries.collect());
        }
        Ok(Self { dialects })
    }

    /// The entry of an operation in a dialect.
    pub fn entry(&self, dialect: &str, operation: &str) -> Option<&Entry> {
        self.dialects.get(dialect)?.get(operation)
    }

    /// The dialects by name.
    pub fn dialects(&self) -> &BTreeMap<String, Dialect> {
        &self.dialects
    }

    /// Serializes the matrix as `capabilities.toml`.
    ///
    /// # Errors
    /// Never for a matrix that was derived or parsed; the error comes from the serializer.
    pub fn to_toml(&self) -> Result<String, String> {
        let body = toml::to_string(self).map_err(|error| error.to_string())?;
        Ok(format!("# Written by `cargo xtask capabilities` from queries/ and the schemas beside this file.\n\n{body}"))
    }

    /// The matrix as a Markdown table.
    pub fn to_markdown(&self, routes: &Routes) -> String {
        let mut out = String::from(
            "# Capabilities\n\nWritten by `cargo xtask capabilities`. For each reading of the documents (dialect) and \
             each operation: its GraphQL field, its REST endpoints, the route that a client takes, and the \
             cost of the GraphQL query, of at most 1,000 points.\n",
        );
        write_contract(&mut out, routes);
        for (dialect, entries) in &self.dialects {
            // Writing to a string cannot fail.
            _ = write!(
                out,
                "\n## {dialect}\n\n| operation | what it does | kind | GraphQL | v2 | v1 | route | points |\n\
                 | --- | --- | --- | --- | --- | --- | --- | --- |\n"
            );
            for (name, entry) in entries {
                let summary = routes.operations.get(name).map(|operation| operation.summary.as_str());
                let code = |text: &Option<String>| text.as_ref().map_or("–".to_owned(), |text| format!("`{text}`"));
                let kind = match entry.kind {
                    OperationKind::Query => "query",
                    OperationKind::Mutation => "mutation",
                };
                let graphql = match (&entry.graphql, &entry.graphql_absent) {
                    (None, Some(reason)) => format!("– ({reason})"),
                    (field, _) => code(field),
                };
                let route = entry.route.map_or("none", surface_name);
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
        let keys = endpoint.keys.iter().map(|key| format!("{} ({})", key.r#in.describe(), key.evidence));
        let keys: Vec<String> = keys.collect();
        let surface = surface_name(endpoint.surface);
        _ = writeln!(out, "| `{}` | {surface} | {} | {} |", endpoint.path, endpoint.evidence, keys.join(", "));
    }
    out.push_str("\n| parameter | surface | evidence |\n| --- | --- | --- |\n");
    for (surface, parameters) in &routes.parameters {
        for (name, evidence) in parameters {
            _ = writeln!(out, "| `{name}` | {} | {evidence} |", surface_name(*surface));
        }
    }
    out.push_str("\n| assumption | evidence | how a client finds out otherwise |\n| --- | --- | --- |\n");
    for fact in &routes.wire {
        _ = writeln!(out, "| {} | {} | {} |", fact.fact, fact.evidence, fact.corrected);
    }
}

fn surface_name(surface: Surface) -> &'static str {
    match surface {
        Surface::GraphQl => "GraphQL",
        Surface::V2 => "v2",
        Surface::V1 => "v1",
    }
}

fn derive_entry(
    dialect: &str,
    surfaces: &[Surface],
    declared: &OperationRoutes,
    schema: &Schema,
    documents: &Documents,
    costs: &Costs,
) -> Entry {
    let graphql = if surfaces.contains(&Surface::GraphQl) {
        graphql_field(declared, schema, documents, costs)
    } else {
        Err("the dialect has no GraphQL endpoint".to_owned())
    };
    let rest = |surface| {
        let route = declared.rest(surface, dialect).filter(|_| surfaces.contains(&surface));
        route.map(|RestRoute { method, path, .. }| format!("{method} {path}"))
    };
    let (v2, v1) = (rest(Surface::V2), rest(Surface::V1));
    let mut entry = Entry {
        kind: declared.kind,
        route: None,
        points: graphql.as_ref().ok().and_then(|(_, points)| *points),
        graphql_absent: graphql.as_ref().err().cloned(),
        graphql: graphql.ok().map(|(field, _)| field),
        v2,
        v1,
    };
    entry.route = surfaces.iter().copied().find(|surface| entry.has(*surface));
    entry
}

/// The operation's GraphQL field in this schema, with the points of its document, or the reason why it has none.
fn graphql_field(
    declared: &OperationRoutes,
    schema: &Schema,
    documents: &Documents,
    costs: &Costs,
) -> Result<(String, Option<u32>), String> {
    if let Some(name) = &declared.document {
        let Some(operation) = documents.operation(name) else { return Err(format!("no document `{name}`")) };
        return match selection::select(schema, documents, operation) {
            Ok(selected) => {
                let total = crate::cost::of(&selected, costs).total();
                // The API rejects a query over the limit, so the operation needs another surface.
                if total > costs.limit {
                    Err(format!("it costs {total} points"))
                } else {
                    Ok((selected.root_field, Some(total)))
                }
            }
            // A document that does not fit this dialect is no error: the dialect lacks the operation over GraphQL.
            Err(problems) => Err(problems.first().map(|problem| problem.message.clone()).unwrap_or_default()),
        };
    }
    let Some(field) = &declared.graphql else { return Err("the public documents name no field for it".to_owned()) };
    let root = match declared.kind {
        OperationKind::Query => schema.query.as_deref(),
        OperationKind::Mutation => schema.mutation.as_deref(),
    }
    .unwrap_or_default();
    let there = schema.fields(root).is_some_and(|fields| fields.contains_key(field));
    if there { Ok((field.clone(), None)) } else { Err(format!("`{root}` has no field `{field}`")) }
}
