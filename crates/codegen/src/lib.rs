//! Generates Rust from a schema and query documents: one struct for each GraphQL type that a selection reaches, one
//! module for each operation, and the table of routes. Run by `build.rs` of the client and, for the capability matrix,
//! by its xtask.
//!
//! Names are those of the schema in Rust's spelling: `activeLicense` becomes `active_license`, `APIUsers` stays as a
//! type name, and an enum value `inPersonEvent` becomes the variant `InPersonEvent`. They depend only on the schema, so
//! adding a query never renames anything.
//!
//! *Invariant*: this crate opens no connection, and the same input gives the same bytes.

mod cost;
mod document;
mod evidence;
mod fields;
mod matrix;
mod model;
mod names;
mod operations;
mod problem;
mod route_table;
mod routes;
mod rust;
mod schema;
mod selection;
mod settings;
mod source;
mod surface;

use std::path::Path;

pub use evidence::{Endpoint, Evidence, Key, KeyPlacement, WireFact};
pub use fields::{FieldSet, Fields, update_document};
pub use matrix::{Dialect, Entry, Matrix};
pub use problem::Problem;
pub use routes::{OperationKind, Routes};
pub use settings::{Costs, Settings};
pub use source::Source;
pub use surface::Surface;

use document::Documents;
use schema::Schema;
use selection::Selected;

/// The generated files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generated {
    /// Structs, enums and unions.
    pub model: String,
    /// A module for each operation.
    pub operations: String,
    /// The routes of each operation.
    pub routes: String,
    /// The setters of the writable fields, and a table of their properties.
    pub fields: String,
}

/// The inputs of generation.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The pinned schema. Its path has to be valid, because `graphql_client` reads the file again.
    pub schema: Source,
    /// The query documents, sorted by path.
    pub documents: Vec<Source>,
    /// `routes.toml`.
    pub routes: Source,
    /// `fields.toml`.
    pub fields: Source,
    /// `capabilities.toml`.
    pub capabilities: Source,
    /// How the generated code refers to its surroundings.
    pub settings: Settings,
}

impl Inputs {
    /// Reads the files of a project from its root folder: `schema/` and `queries/`.
    ///
    /// # Errors
    /// If a file cannot be read. The problem names the command that creates the file, if there is one.
    pub fn read(root: &Path) -> Result<Self, Vec<Problem>> {
        let one = |path: &str| Source::read(root, path).map_err(|problem| vec![problem]);
        Ok(Self {
            schema: one("schema/schema.graphql")?,
            documents: Source::read_folder(root, "queries", "graphql").map_err(|problem| vec![problem])?,
            routes: one("queries/routes.toml")?,
            fields: one("schema/fields.toml")?,
            capabilities: one("schema/capabilities.toml")?,
            settings: Settings::parse(&one("schema/scalars.toml")?, &one("schema/costs.toml")?)?,
        })
    }
}

/// Generates everything, or returns all problems.
///
/// # Errors
/// Each problem with its file, line and column, and a suggested fix.
pub fn generate(inputs: &Inputs) -> Result<Generated, Vec<Problem>> {
    let schema = Schema::parse(&inputs.schema)?;
    let documents = Documents::parse(&inputs.documents)?;
    let fields = Fields::parse(&inputs.fields)?;
    let routes = Routes::parse(&inputs.routes, &fields)?;
    let matrix = Matrix::parse(&inputs.capabilities)?;
    let selected = select_all(&schema, &documents, &inputs.settings.costs)?;
    let model = model::Model::gather(&schema, &selected, &routes)?;
    Ok(Generated {
        model: model.print(&schema, &inputs.settings),
        operations: operations::print(&inputs.schema, &schema, &documents, &selected, &routes, &inputs.settings)?,
        routes: route_table::print(&routes, &matrix, &selected, &inputs.settings)?,
        fields: fields::print(&fields, &inputs.settings),
    })
}

/// The cost of each operation in points, by name. Runs the same checks as [`generate`] first.
///
/// # Errors
/// If a document does not match the schema, or costs more than a query may.
pub fn costs(schema: &Source, documents: &[Source], costs: &Costs) -> Result<Vec<OperationCost>, Vec<Problem>> {
    let schema = Schema::parse(schema)?;
    let documents = Documents::parse(documents)?;
    let selected = select_all(&schema, &documents, costs)?;
    Ok(selected
        .iter()
        .map(|operation| OperationCost {
            name: operation.name.clone(),
            root_field: operation.root_field.clone(),
            points: operation.cost,
            fields: operation.fields(),
            types: operation.types(),
        })
        .collect())
}

/// The cost of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationCost {
    /// The name of the operation.
    pub name: String,
    /// Its one root field.
    pub root_field: String,
    /// The points, of which a query may use 1,000.
    pub points: u32,
    /// How many fields it selects, the root field included.
    pub fields: usize,
    /// The object types that it selects from, below the root.
    pub types: std::collections::BTreeSet<String>,
}

/// Resolves every operation against the schema, and rejects those that cost too much.
fn select_all(schema: &Schema, documents: &Documents, costs: &Costs) -> Result<Vec<Selected>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut selected = Vec::new();
    for operation in documents.operations() {
        match selection::select(schema, documents, operation) {
            Ok(mut resolved) => {
                let cost = cost::of(&resolved, costs);
                problems.extend(cost::problem(&resolved, &cost, costs));
                resolved.cost = cost.total();
                selected.push(resolved);
            }
            Err(found) => problems.extend(found),
        }
    }
    // The output must not depend on which file an operation is in.
    selected.sort_by(|a, b| a.name.cmp(&b.name));
    if problems.is_empty() { Ok(selected) } else { Err(problems) }
}
