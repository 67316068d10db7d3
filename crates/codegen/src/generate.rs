//! From inputs to Rust.

use std::collections::BTreeSet;

use quote::quote;

use crate::documents::Documents;
use crate::fit::fit;
use crate::model::Model;
use crate::resolve::select_all;
use crate::route_table::Capabilities;
use crate::routes::Routes;
use crate::rust::{path, pretty};
use crate::schema::Schema;
use crate::settings::Settings;
use crate::{Fields, Problem, Source, fields, operations, route_table, types};

/// The version of the runtime that generated code needs: `thought_industries::runtime::VERSION`.
const RUNTIME_VERSION: u32 = 2;

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
    /// The schema of the tenant that the program is for.
    pub(crate) tenant: Option<Source>,
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
    let mut selected = select_all(&schema, &documents, &types, settings)?;
    for operation in selected.iter_mut().filter(|operation| operation.is_narrow) {
        let has_rest = routes.has_rest(&operation.name);
        operation.is_strict = !has_rest;
        for root in operation.roots.values_mut() {
            root.add_rest_fields(&routes);
            if has_rest {
                root.expect_ids_only();
            }
        }
    }
    let model = Model::gather(&schema, &selected, &routes, settings)?;
    let operations = operations::print(&schema, &selected, &routes, &types, settings)?;
    let lacks = inputs.tenant.as_ref().map(|tenant| lacks(inputs, tenant)).unwrap_or_default();
    let routes = route_table::print(&routes, capabilities.as_ref(), &selected, &lacks, settings)?;
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

/// What a tenant lacks of the operations. A schema that cannot be read shows nothing.
fn lacks(inputs: &Inputs, tenant: &Source) -> BTreeSet<String> {
    let fits = fit(&inputs.schema, tenant, &inputs.documents, &inputs.settings.costs).unwrap_or_default();
    fits.into_values().flat_map(|fit| fit.lacks).collect()
}
