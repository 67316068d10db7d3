//! From inputs to Rust.

use quote::quote;
use thought_industries_spec::{Document, Selection, Types};

use crate::documents::Documents;
use crate::model::Model;
use crate::route_table::Capabilities;
use crate::routes::Routes;
use crate::rust::{path, pretty};
use crate::schema::Schema;
use crate::selection::{self, Selected};
use crate::settings::Settings;
use crate::{Fields, Problem, Source, cost, fields, operations, route_table, text, types};

/// The version of the runtime that generated code needs: `thought_industries::runtime::VERSION`.
const RUNTIME_VERSION: u32 = 1;

/// The generated code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generated {
    /// The modules `model`, `operations` and `routes`.
    pub operations: String,
    /// The setters of writable fields, if a table of fields was given.
    pub fields: Option<String>,
}

/// Everything that is read.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    pub(crate) schema: Source,
    /// The query documents, in any order.
    pub(crate) documents: Vec<Source>,
    pub(crate) routes: Option<Source>,
    pub(crate) fields: Option<Source>,
    pub(crate) capabilities: Option<Source>,
    pub(crate) settings: Settings,
}

/// Generates everything, or returns all problems.
pub(crate) fn generate(inputs: &Inputs) -> Result<Generated, Vec<Problem>> {
    let settings = &inputs.settings;
    let schema = Schema::parse(&inputs.schema)?;
    let fields = inputs.fields.as_ref().map(Fields::parse).transpose()?;
    let routes = inputs.routes.as_ref().map(|routes| Routes::parse(routes, fields.as_ref())).transpose()?;
    let routes = routes.unwrap_or_default();
    let capabilities = inputs.capabilities.as_ref().map(Capabilities::parse).transpose()?;
    let documents = Documents::parse(&schema, &inputs.documents)?;
    let types = types::types(&schema, &documents, &routes, settings);
    let selected = select_all(&schema, &documents, &types, settings)?;
    let model = Model::gather(&schema, &selected, &routes, settings)?;
    let operations = operations::print(&schema, &selected, &routes, &types, settings)?;
    let routes = route_table::print(&routes, capabilities.as_ref(), &selected, settings)?;
    let (model, runtime) = (model.print(&schema, settings), path(&settings.runtime));
    let allowed = quote!(#[allow(
        clippy::all, clippy::pedantic, clippy::nursery, dead_code, missing_docs, non_camel_case_types, non_snake_case,
        rustdoc::all, unreachable_pub, reason = "generated"
    )]);
    Ok(Generated {
        operations: pretty(&quote! {
            const _: () = #runtime::assert_version(#RUNTIME_VERSION);

            /// The types of the schema that the operations select.
            #allowed
            pub mod model { #model }

            /// The operations: each has a module with its variables and its data.
            #allowed
            pub mod operations { #operations }

            /// What the client knows of each operation.
            #allowed
            pub mod routes { #routes }
        }),
        fields: fields.map(|fields| fields::print(&fields, settings)),
    })
}

/// Resolves every operation, with its text and its cost, and rejects those that cost too much.
pub(crate) fn select_all(
    schema: &Schema,
    documents: &Documents,
    types: &Types,
    settings: &Settings,
) -> Result<Vec<Selected>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut selected = Vec::new();
    for (name, operation) in documents.operations() {
        match selection::select(schema, documents, name, operation) {
            Ok(mut resolved) => {
                resolved.text = text::query(documents, operation, types);
                let selection = selection_of(&resolved.text, types);
                resolved.points = selection.points();
                problems.extend(cost::problem(&resolved, &selection, &settings.costs));
                selected.push(resolved);
            }
            Err(found) => problems.extend(found),
        }
    }
    problems.sort();
    if problems.is_empty() { Ok(selected) } else { Err(problems) }
}

/// The selection of the only operation of a text.
pub(crate) fn selection_of(text: &str, types: &Types) -> Selection {
    let document = Document::parse(text);
    let operation = document.as_ref().and_then(|document| Some((document, document.operation(None)?)));
    operation.map(|(document, operation)| Selection::of(document, operation, types)).unwrap_or_default()
}
