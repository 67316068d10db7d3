//! The operations: `graphql_client_codegen` writes variables and inputs from a stub of each operation, then `QUERY`
//! becomes the operation itself with the fragments it uses, and nullable inputs get their third state.

mod inputs;
mod text;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use graphql_client_codegen::{CodegenMode, GraphQLClientCodegenOptions, generate_module_token_stream_from_string};

use crate::document::{Documents, OperationRef};
use crate::model::{path, pretty};
use crate::routes::Routes;
use crate::schema::{Kind, Schema};
use crate::selection::{ByType, OperationKind, Selected};
use crate::settings::Settings;
use crate::{Problem, Source, names};

/// Writes a module for each operation, in the order of names.
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
    inputs::finish(&mut file, &query, &runtime, &model);
    let selection = selection(&operation.root.children, routes, &runtime);
    let name = names::ty(&operation.name);
    let module = names::module(&operation.name);
    let root_key = names::field(&operation.root_key);
    let root_name = &operation.root_key;
    let root = names::ty(&operation.root.ty.name);
    let root_type = if schema.is_leaf(&operation.root.ty.name) { quote!(#root) } else { quote!(#model::#root) };
    let (root_value, unwrap) = root_value(operation, &root_type, &root_key);
    let kind = match operation.kind {
        OperationKind::Query => quote!(Query),
        OperationKind::Mutation => quote!(Mutation),
    };
    let cost = operation.cost;
    let doc = format!("`{}` of `{}`, {cost} points.", operation.root_field, document.source.path);
    document_struct(&mut file, &doc);
    Ok(quote! {
        #file

        impl #runtime::GeneratedOperation for #name {
            type Root = #root_value;
            const NAME: &'static str = #module::OPERATION_NAME;
            const ROOT_KEY: &'static str = #root_name;
            const KIND: #runtime::OperationKind = #runtime::OperationKind::#kind;
            const COST: u32 = #cost;
            const SELECTION: &'static #runtime::Selection = &#selection;

            fn root(data: #module::ResponseData) -> ::std::option::Option<Self::Root> {
                #unwrap
            }
        }
    })
}

/// The type of what stands under the root field, without the `Option` around it, and how to get at it.
fn root_value(operation: &Selected, named: &TokenStream, key: &Ident) -> (TokenStream, TokenStream) {
    use crate::schema::Wrapper;
    let non_null = operation.root.ty.is_non_null();
    let wrappers = &operation.root.ty.wrappers;
    let inner = wrappers.strip_prefix(&[Wrapper::NonNull]).unwrap_or(wrappers);
    let value = match inner {
        [Wrapper::List, Wrapper::NonNull] => quote!(::std::vec::Vec<#named>),
        [Wrapper::List] => quote!(::std::vec::Vec<::std::option::Option<#named>>),
        _ => named.clone(),
    };
    let unwrap = if non_null { quote!(Some(data.#key)) } else { quote!(data.#key) };
    (value, unwrap)
}

fn options(schema: &Schema, operation: &Selected, settings: &Settings) -> GraphQLClientCodegenOptions {
    let mut options = GraphQLClientCodegenOptions::new(CodegenMode::Cli);
    options.set_operation_name(operation.name.clone());
    options.set_module_visibility(syn::parse_quote!(pub));
    options.set_variables_derives("Clone, Default, PartialEq".to_owned());
    options.set_custom_scalars_module(path(&format!("{}::scalar", settings.runtime)));
    let is_enum = |name: &&String| matches!(schema.types.get(*name).map(|info| &info.kind), Some(Kind::Enum { .. }));
    options.set_extern_enums(schema.types.keys().filter(is_enum).cloned().collect());
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

/// What is selected, as data: an answer is searched for the keys that it lacks.
fn selection(children: &ByType, routes: &Routes, runtime: &syn::Path) -> TokenStream {
    let mut fields: std::collections::BTreeMap<&str, TokenStream> = std::collections::BTreeMap::new();
    for (object, selected) in children {
        for (key, field) in selected {
            let inner = selection(&field.children, routes, runtime);
            let alias = match routes.stand_in(object, key) {
                Some(alias) => quote!(Some(#alias)),
                None => quote!(None),
            };
            let selected = quote!(#runtime::Selected { key: #key, alias: #alias, rest_only: false, selection: #inner });
            fields.insert(key, selected);
        }
        for extra in routes.rest_fields_of(object) {
            let none = quote!(#runtime::Selection(&[]));
            let selected = quote!(#runtime::Selected { key: #extra, alias: None, rest_only: true, selection: #none });
            fields.insert(extra, selected);
        }
    }
    let fields = fields.into_values();
    quote!(#runtime::Selection(&[#(#fields),*]))
}
