//! The operations: for each one a unit struct that stands for it, and a module with its variables and its data.

mod narrow;

use proc_macro2::TokenStream;
use quote::quote;
use thought_industries_spec::Types;

use crate::model::{Inputs, Printer, field_doc, input};
use crate::routes::Routes;
use crate::rust::path;
use crate::schema::Schema;
use crate::selection::Selected;
use crate::settings::Settings;
use crate::{Problem, names, route_table};

/// Writes a module for each operation, sorted by name.
pub(crate) fn print(
    schema: &Schema,
    selected: &[Selected],
    routes: &Routes,
    types: &Types,
    settings: &Settings,
) -> Result<TokenStream, Vec<Problem>> {
    let runtime = path(&settings.runtime);
    let problems = collisions(selected);
    if !problems.is_empty() {
        return Err(problems);
    }
    let text = types.to_string();
    let printer = Printer::new(schema, settings, Some(path("super::super::model")));
    let operations = selected.iter().map(|operation| one(operation, routes, &printer, &runtime));
    let operations: TokenStream = operations.collect();
    Ok(quote! {
        /// The types that the operations select from, as the client has to know them.
        static TYPES: ::std::sync::LazyLock<#runtime::Types> = ::std::sync::LazyLock::new(|| #runtime::Types::parse(#text));
        #operations
    })
}

/// Operations whose modules would have the same name.
fn collisions(selected: &[Selected]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (place, operation) in selected.iter().enumerate() {
        let module = names::module(&operation.name);
        let before = selected.iter().take(place).find(|other| names::module(&other.name) == module);
        let before =
            before.map(|other| format!("`{}` and `{}` would have the same module", other.name, operation.name));
        let is_own = module == operation.name.as_str();
        let own = is_own.then(|| format!("`{}` would have the name of its module", operation.name));
        if let Some(message) = before.or(own) {
            problems.push(Problem {
                message,
                help: "rename the operation, in upper camel case".to_owned(),
                ..operation.place.clone()
            });
        }
    }
    problems
}

fn one(operation: &Selected, routes: &Routes, printer: &Printer<'_>, runtime: &syn::Path) -> TokenStream {
    let (name, module) = (names::ty(&operation.name), names::module(&operation.name));
    let keys: Vec<&str> = operation.roots.keys().map(String::as_str).collect();
    let fields: Vec<&str> = operation.roots.values().map(|root| root.name.as_str()).collect();
    let points = if operation.points == 1 { "1 point".to_owned() } else { format!("{} points", operation.points) };
    let doc = format!("`{}` of `{}`, {points}.", fields.join("`, `"), operation.place.path);
    let idents = names::fields(operation.variables.iter().map(|(name, ..)| name.as_str()));
    let inputs = operation.variables.iter().zip(idents);
    let inputs = inputs.map(|((name, ty, has_default), ident)| input(name, ident, ty, *has_default));
    let doc_of_variables = format!("The variables of [`{name}`](super::{name}).");
    let variables = Inputs { name: names::ty("Variables"), doc: doc_of_variables, all: inputs.collect() };
    let variables = printer.inputs(&variables);
    let of_page = operation.has_page_texts.then(|| printer.with_page_texts());
    let own = of_page.as_ref().unwrap_or(printer);
    let data = if operation.is_narrow { own.narrow(operation) } else { shared(operation, printer) };
    let (query, operation_name, strict) = (&operation.text, &operation.name, operation.is_strict);
    let spec = route_table::constant_of(routes, &operation.name);
    let declared = operation.variables.iter().map(|(name, ..)| name);
    let root = operation.root().map(|(key, root)| {
        let key_field = names::fields(keys.iter().copied()).into_iter().next();
        let ty =
            if operation.is_narrow { own.narrow_root(&module, key, root) } else { printer.outside().root(&root.ty) };
        let value = if root.ty.is_non_null() && !root.is_conditional {
            quote!(Some(data.#key_field))
        } else {
            quote!(data.#key_field)
        };
        quote! {
            impl #runtime::SingleRoot for #name {
                type Root = #ty;
                const ROOT_KEY: &'static str = #key;

                fn root(data: Self::ResponseData) -> ::std::option::Option<Self::Root> {
                    #value
                }
            }
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct #name;

        #[doc = #doc]
        pub mod #module {
            #variables
            #data
        }

        impl #runtime::graphql_client::GraphQLQuery for #name {
            type Variables = #module::Variables;
            type ResponseData = #module::ResponseData;

            fn build_query(variables: Self::Variables) -> #runtime::graphql_client::QueryBody<Self::Variables> {
                #runtime::graphql_client::QueryBody {
                    variables,
                    query: <Self as #runtime::GeneratedOperation>::QUERY,
                    operation_name: <Self as #runtime::GeneratedOperation>::NAME,
                }
            }
        }

        impl #runtime::GeneratedOperation for #name {
            const NAME: &'static str = #operation_name;
            const QUERY: &'static str = #query;
            const VARIABLES: &'static [&'static str] = &[#(#declared),*];
            const IS_STRICT: bool = #strict;
            const SPEC: &'static #runtime::OperationSpec = &super::routes::#spec;

            fn parsed() -> &'static #runtime::ParsedOperation {
                static PARSED: ::std::sync::LazyLock<#runtime::ParsedOperation> =
                    ::std::sync::LazyLock::new(|| #runtime::ParsedOperation::new::<#name>(&TYPES));
                &PARSED
            }
        }

        impl #runtime::OperationVariables for #module::Variables {
            type Operation = #name;
        }

        #root
    }
}

/// The data of an operation whose types are those of the model.
fn shared(operation: &Selected, printer: &Printer<'_>) -> TokenStream {
    let idents = names::fields(operation.roots.keys().map(String::as_str));
    let fields = operation.roots.iter().zip(idents).map(|((key, root), ident)| {
        let ty = printer.root(&root.ty);
        let is_required = root.ty.is_non_null() && !root.is_conditional;
        let ty = if is_required { ty } else { quote!(::std::option::Option<#ty>) };
        let rename = (ident != key.as_str()).then(|| quote!(#[serde(rename = #key)]));
        let doc = field_doc(root.description.as_deref(), &root.name, &root.ty);
        quote!(#[doc = #doc] #rename pub #ident: #ty,)
    });
    let (runtime, serde) = (&printer.runtime, printer.serde());
    quote! {
        /// The data of a response.
        #[derive(Debug, Clone, PartialEq, #runtime::serde::Serialize, #runtime::serde::Deserialize)]
        #[serde(crate = #serde)]
        #[non_exhaustive]
        pub struct ResponseData { #(#fields)* }
    }
}
