//! The operations: `graphql_client_codegen` writes variables and inputs from a stub of each operation. `QUERY` is then
//! replaced by the operation itself with the fragments it uses, and nullable inputs get their third state.

mod inputs;
mod shape;
mod text;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut as _;

use graphql_client_codegen::{CodegenMode, GraphQLClientCodegenOptions, generate_module_token_stream_from_string};

use crate::document::{Documents, OperationRef};
use crate::model::Printer;
use crate::routes::Routes;
use crate::rust::{path, pretty};
use crate::schema::{Kind, Schema};
use crate::selection::{Field, OperationKind, Selected};
use crate::settings::Settings;
use crate::{Problem, Source, names};
use shape::Shape;

/// Writes a module for each operation, sorted by name.
pub(crate) fn print(
    schema_source: &Source,
    schema: &Schema,
    documents: &Documents,
    selected: &[Selected],
    routes: &Routes,
    settings: &Settings,
) -> Result<String, Vec<Problem>> {
    let mut items = TokenStream::new();
    let mut problems = Vec::new();
    for operation in selected {
        let Some(document) = documents.operation(&operation.name) else { continue };
        match one(schema_source, schema, documents, &document, operation, routes, settings) {
            Ok(item) => items.extend(item),
            Err(message) => problems.push(Problem { message, ..operation.place.clone() }),
        }
    }
    if problems.is_empty() { Ok(pretty(&items)) } else { Err(problems) }
}

fn one(
    schema_source: &Source,
    schema: &Schema,
    documents: &Documents,
    document: &OperationRef<'_>,
    operation: &Selected,
    routes: &Routes,
    settings: &Settings,
) -> Result<TokenStream, String> {
    let stub = text::stub(document, schema.is_leaf(&operation.root.ty.name));
    let generated =
        generate_module_token_stream_from_string(&stub, &schema_source.file, options(schema, operation, settings))
            .map_err(|error| error.to_string())?;
    let mut file: syn::File = syn::parse2(generated).map_err(|error| error.to_string())?;
    let runtime = path(&settings.runtime);
    let query = text::query(schema, documents, document);
    let model = path(&settings.model);
    let printer = Printer::new(schema, settings, Some(model.clone()));
    inputs::Finisher { query: &query, runtime: &runtime, model: &model, printer: &printer }.visit_file_mut(&mut file);
    let fields = Tree::of(schema, settings, &operation.root, routes);
    let selection = print_selection(&fields, &runtime);
    let name = names::ty(&operation.name);
    let module = names::module(&operation.name);
    let root_key = names::field(&operation.root_key);
    let root_name = &operation.root_key;
    let root = printer.root(&operation.root.ty);
    // The generated response has an `Option` only for a nullable root.
    let value = if operation.root.ty.is_non_null() { quote!(Some(data.#root_key)) } else { quote!(data.#root_key) };
    let kind = match operation.kind {
        OperationKind::Query => quote!(Query),
        OperationKind::Mutation => quote!(Mutation),
    };
    let cost = operation.cost;
    let variables: Vec<&str> = document.definition.variable_definitions().map(|variable| variable.name()).collect();
    let doc = format!("`{}` of `{}`, {cost} points.", operation.root_field, document.source.path);
    document_struct(&mut file, &doc);
    Ok(quote! {
        #file

        impl #runtime::GeneratedOperation for #name {
            type Root = #root;
            const NAME: &'static str = #module::OPERATION_NAME;
            const QUERY: &'static str = #module::QUERY;
            const VARIABLES: &'static [&'static str] = &[#(#variables),*];
            const ROOT_KEY: &'static str = #root_name;
            const KIND: #runtime::OperationKind = #runtime::OperationKind::#kind;
            const COST: u32 = #cost;
            const SELECTION: &'static #runtime::Selection = &#selection;

            fn root(data: #module::ResponseData) -> ::std::option::Option<Self::Root> {
                #value
            }
        }
    })
}

fn options(schema: &Schema, operation: &Selected, settings: &Settings) -> GraphQLClientCodegenOptions {
    let mut options = GraphQLClientCodegenOptions::new(CodegenMode::Cli);
    options.set_operation_name(operation.name.clone());
    options.set_module_visibility(syn::parse_quote!(pub));
    options.set_variables_derives("Clone, PartialEq".to_owned());
    options.set_custom_scalars_module(path(&format!("{}::scalar", settings.runtime)));
    // The model has the enums, open to unknown values, so none is generated here.
    let is_enum = |name: &&String| matches!(schema.types.get(*name).map(|info| &info.kind), Some(Kind::Enum { .. }));
    options.set_extern_enums(schema.types.keys().filter(is_enum).cloned().collect());
    // The model has no struct for a leaf.
    if !schema.is_leaf(&operation.root.ty.name) {
        options.set_custom_response_type(format!("{}::{}", settings.model, operation.root.ty.name));
    }
    options
}

/// `graphql_client_codegen` leaves the struct of an operation without documentation.
fn document_struct(file: &mut syn::File, doc: &str) {
    for item in &mut file.items {
        match item {
            syn::Item::Struct(item) => item.attrs.push(syn::parse_quote!(#[doc = #doc])),
            syn::Item::Mod(item) => {
                item.attrs.push(syn::parse_quote!(#[doc = "Its variables and the shape of its answer."]));
            }
            _ => {}
        }
    }
}

/// The selection below a field, whichever type the field has in a response.
#[derive(Default)]
struct Tree<'s> {
    /// The name in REST responses, if different.
    alias: Option<&'s str>,
    /// Whether a response may omit it: the schema does not have it, or not every type does.
    is_optional: bool,
    shape: Shape,
    below: BTreeMap<&'s str, Tree<'s>>,
}

impl<'s> Tree<'s> {
    fn of(schema: &Schema, settings: &Settings, field: &'s Field, routes: &'s Routes) -> Self {
        let mut tree = Self { shape: Shape::of(schema, settings, &field.ty), ..Self::default() };
        let is_abstract = schema.is_abstract(&field.ty.name);
        for (object, selected) in &field.children {
            for (key, inner) in selected {
                let found = Self::of(schema, settings, inner, routes);
                let known = tree.below.entry(key).or_default();
                known.alias = known.alias.or(routes.alias(object, key));
                known.is_optional |= is_abstract;
                known.merge(found);
            }
            for (extra, ty) in routes.rest_fields_of(object) {
                let added = tree.below.entry(extra).or_default();
                added.is_optional = true;
                added.shape = Shape::of(schema, settings, &ty);
            }
        }
        tree
    }

    fn merge(&mut self, other: Self) {
        self.shape = self.shape.merge(other.shape);
        for (key, inner) in other.below {
            let known = self.below.entry(key).or_default();
            known.alias = known.alias.or(inner.alias);
            known.is_optional |= inner.is_optional;
            known.merge(inner);
        }
    }
}

/// The selection as data: REST responses are reduced to it, and checked for missing keys.
fn print_selection(tree: &Tree<'_>, runtime: &syn::Path) -> TokenStream {
    let fields = tree.below.iter().map(|(key, field)| {
        let inner = print_selection(field, runtime);
        let alias = match field.alias {
            Some(alias) => quote!(Some(#alias)),
            None => quote!(None),
        };
        let optional = field.is_optional;
        let shape = field.shape.print(runtime);
        quote!(#runtime::Selected { key: #key, alias: #alias, is_optional: #optional, shape: #shape, selection: #inner })
    });
    quote!(#runtime::Selection(&[#(#fields),*]))
}
