//! The route table as Rust.

use proc_macro2::TokenStream;
use quote::quote;

use crate::evidence::{Endpoint, Evidence, KeyPlacement};
use crate::matrix::Matrix;
use crate::routes::{OperationKind, Replay, RestRoute, Routes};
use crate::rust::{option, path, pretty};
use crate::selection::Selected;
use crate::settings::Settings;
use crate::surface::Surface;
use crate::{Problem, names};

/// Writes the table, with operations sorted by name.
pub(crate) fn print(
    routes: &Routes,
    matrix: &Matrix,
    selected: &[Selected],
    settings: &Settings,
) -> Result<String, Vec<Problem>> {
    let runtime = path(&settings.runtime);
    let mut problems = Vec::new();
    let mut entries = Vec::new();
    for (name, operation) in &routes.operations {
        let document = operation.document.as_deref();
        if let Some(document) = document.filter(|wanted| !selected.iter().any(|known| known.name == *wanted)) {
            problems.push(Problem::whole(
                "queries/routes.toml",
                format!("`{name}` names the document `{document}`, which does not exist"),
                "create it below `queries/`, or remove the name",
            ));
            continue;
        }
        let kind = match operation.kind {
            OperationKind::Query => quote!(Query),
            OperationKind::Mutation => quote!(Mutation),
        };
        let replay = match operation.replay {
            Replay::Safe => quote!(Safe),
            Replay::Idempotent => quote!(Idempotent),
            Replay::Never => quote!(Never),
        };
        let root_field = selected.iter().find(|known| Some(known.name.as_str()) == document);
        let root_field = root_field.map(|known| &known.root_field).or(operation.graphql.as_ref());
        let (document, root_field) = (option(document), option(root_field.map(String::as_str)));
        let (v2, v1) = (rest(operation.v2.as_ref(), &runtime), rest(operation.v1.as_ref(), &runtime));
        // Dialects have the same fields; a dialect without the operation has no points.
        let entries_of = routes.dialects.keys().filter_map(|dialect| matrix.entry(dialect, name));
        let points = entries_of.filter_map(|entry| entry.points).max().unwrap_or_default();
        let points = proc_macro2::Literal::u32_unsuffixed(points);
        let mut dialects = Vec::new();
        for (dialect, surfaces) in &routes.dialects {
            let Some(entry) = matrix.entry(dialect, name) else {
                problems.push(Problem::whole(
                    "schema/capabilities.toml",
                    format!("the matrix has no entry for `{name}` in the dialect `{dialect}`"),
                    "run `cargo xtask capabilities`",
                ));
                continue;
            };
            let taken = surfaces.surfaces.iter().filter(|surface| entry.has(**surface));
            let taken = taken.map(|surface| surface_tokens(*surface, &runtime));
            dialects.push(quote!((#dialect, &[#(#taken),*])));
        }
        let summary = &operation.summary;
        let constant = constant_name(name);
        let doc = format!("{summary} (`{name}`).");
        entries.push((
            quote!(#[doc = #doc] pub(crate) static #constant: #runtime::OperationSpec = #runtime::OperationSpec {
                name: #name,
                summary: #summary,
                kind: #runtime::OperationKind::#kind,
                replay: #runtime::Replay::#replay,
                document: #document,
                graphql: #root_field,
                points: #points,
                v2: #v2,
                v1: #v1,
                dialects: &[#(#dialects),*],
            };),
            quote!(&#constant),
        ));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let (statics, all): (Vec<TokenStream>, Vec<TokenStream>) = entries.into_iter().unzip();
    let endpoints = routes.endpoints.iter().map(|endpoint| endpoint_tokens(endpoint, &runtime));
    Ok(pretty(&quote! {
        /// Where the surfaces are, in the order in which they are tried.
        pub(crate) static ENDPOINTS: &[#runtime::EndpointSpec] = &[#(#endpoints),*];
        #(#statics)*
        /// Every operation, in the order of names.
        pub(crate) static ALL: &[&#runtime::OperationSpec] = &[#(#all),*];
    }))
}

/// `users.list` becomes `USERS_LIST`.
fn constant_name(name: &str) -> proc_macro2::Ident {
    names::ty(&name.replace(['.', '-'], "_").to_uppercase())
}

fn surface_tokens(surface: Surface, runtime: &syn::Path) -> TokenStream {
    match surface {
        Surface::GraphQl => quote!(#runtime::Surface::GraphQl),
        Surface::V2 => quote!(#runtime::Surface::RestV2),
        Surface::V1 => quote!(#runtime::Surface::RestV1),
    }
}

fn endpoint_tokens(endpoint: &Endpoint, runtime: &syn::Path) -> TokenStream {
    let Endpoint { path, surface, evidence, keys, .. } = endpoint;
    let surface = surface_tokens(*surface, runtime);
    let evidence = evidence_tokens(*evidence, runtime);
    let keys = keys.iter().map(|key| match key.r#in {
        KeyPlacement::Bearer => quote!(#runtime::KeyPlacement::Bearer),
        KeyPlacement::Header => quote!(#runtime::KeyPlacement::Header),
        KeyPlacement::Query => quote!(#runtime::KeyPlacement::Query),
    });
    quote!(#runtime::EndpointSpec { path: #path, surface: #surface, evidence: #evidence, keys: &[#(#keys),*] })
}

fn evidence_tokens(evidence: Evidence, runtime: &syn::Path) -> TokenStream {
    match evidence {
        Evidence::Unknown => quote!(#runtime::Evidence::Unknown),
        Evidence::Guide => quote!(#runtime::Evidence::Guide),
        Evidence::Official => quote!(#runtime::Evidence::Official),
        Evidence::Observed(clients) => {
            let clients = proc_macro2::Literal::u8_unsuffixed(clients);
            quote!(#runtime::Evidence::Observed(#clients))
        }
    }
}

fn rest(route: Option<&RestRoute>, runtime: &syn::Path) -> TokenStream {
    let Some(RestRoute { method, path, evidence, query, body, always_sent, replaces, fixed, .. }) = route else {
        return quote!(None);
    };
    let fixed = fixed.iter().map(|(name, value)| quote!((#name, #value)));
    let evidence = evidence_tokens(*evidence, runtime);
    quote!(Some(#runtime::RestRoute {
        method: #method,
        path: #path,
        evidence: #evidence,
        query: &[#(#query),*],
        body: &[#(#body),*],
        always_sent: &[#(#always_sent),*],
        replaces: #replaces,
        fixed: &[#(#fixed),*],
    }))
}
