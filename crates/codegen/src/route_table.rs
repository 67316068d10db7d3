//! The specifications of operations as Rust.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use serde::Deserialize;
use thought_industries_spec::{Dialect, Evidence, KeyPlacement, OperationKind, Replay, Surface};

use crate::routes::{Endpoint, OperationRoutes, RestRoute, Routes};
use crate::rust::{option, path};
use crate::selection::Selected;
use crate::settings::Settings;
use crate::{Problem, Source, names};

/// What `capabilities.toml` records of each operation, by dialect and name: the surfaces that have it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Capabilities(BTreeMap<String, BTreeMap<String, Has>>);

#[derive(Debug, Clone, Deserialize)]
struct Has {
    points: Option<u32>,
    v2: Option<String>,
    v1: Option<String>,
}

impl Capabilities {
    pub(crate) fn parse(source: &Source) -> Result<Self, Vec<Problem>> {
        let refused = |error| source.toml_problem(&error).with_help("run `cargo xtask capabilities`");
        toml::from_str(&source.text).map_err(|error| vec![refused(error)])
    }
}

/// Writes the table, with operations sorted by name.
pub(crate) fn print(
    routes: &Routes,
    capabilities: Option<&Capabilities>,
    selected: &[Selected],
    settings: &Settings,
) -> Result<TokenStream, Vec<Problem>> {
    let runtime = path(&settings.runtime);
    let mut problems = Vec::new();
    let (mut statics, mut all) = (Vec::new(), Vec::new());
    for (name, operation) in &routes.operations {
        let document = match document_of(name, operation, selected) {
            Ok(document) => document,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let mut surfaces = Vec::new();
        for dialect in Dialect::ALL {
            match surfaces_of(routes, capabilities, name, operation, dialect) {
                Ok(found) => surfaces.push((dialect, found)),
                Err(problem) => problems.push(problem),
            }
        }
        let spec = spec(name, Some(operation), document, &surfaces, &runtime);
        let (constant, summary) = (constant(name), &operation.summary);
        let doc = if summary.is_empty() { format!("`{name}`.") } else { format!("{summary} (`{name}`).") };
        statics.push(quote!(#[doc = #doc] pub static #constant: #runtime::OperationSpec = #spec;));
        all.push(constant);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // Operations without a row are sent over GraphQL only.
    for own in selected.iter().filter(|own| !has_row(routes, &own.name)) {
        let surfaces = Dialect::ALL.map(|dialect| (dialect, vec![Surface::GraphQl]));
        let (constant, spec) = (constant(&own.name), spec(&own.name, None, Some(own), &surfaces, &runtime));
        let doc = format!("`{}`.", own.name);
        statics.push(quote!(#[doc = #doc] pub static #constant: #runtime::OperationSpec = #spec;));
        all.push(constant);
    }
    let names = selected.iter().map(|operation| names::ty(&operation.name));
    let operations = path("super::operations");
    let endpoints = routes.endpoints.iter().map(|endpoint| endpoint_tokens(endpoint, &runtime));
    Ok(quote! {
        /// Where the surfaces are, in the order in which they are tried.
        pub static ENDPOINTS: &[#runtime::EndpointSpec] = &[#(#endpoints),*];
        #(#statics)*
        /// Every operation, in the order of names.
        pub static ALL: &[&#runtime::OperationSpec] = &[#(&#all),*];
        /// Every document, parsed when it is first needed, in the order of names.
        pub static DOCUMENTS: &[fn() -> &'static #runtime::ParsedOperation] =
            &[#(<#operations::#names as #runtime::GeneratedOperation>::parsed),*];
    })
}

/// The constant that specifies an operation: that of its first row, or its own.
pub(crate) fn constant_of(routes: &Routes, operation: &str) -> proc_macro2::Ident {
    let row = routes.operations.iter().find(|(_, routes)| routes.document.as_deref() == Some(operation));
    constant(row.map_or(operation, |(name, _)| name))
}

fn has_row(routes: &Routes, operation: &str) -> bool {
    routes.operations.values().any(|routes| routes.document.as_deref() == Some(operation))
}

/// The document that a row names.
fn document_of<'s>(
    name: &str,
    operation: &OperationRoutes,
    selected: &'s [Selected],
) -> Result<Option<&'s Selected>, Problem> {
    let Some(document) = &operation.document else { return Ok(None) };
    let Some(found) = selected.iter().find(|known| known.name == *document) else {
        return Err(Problem::whole(
            "queries/routes.toml",
            format!("`{name}` names the document `{document}`, which does not exist"),
            "create it below `queries/`, or remove the name",
        ));
    };
    if found.kind != operation.kind {
        let message = format!("`{document}` is a {}, and `{name}` of the routes a {}", found.kind, operation.kind);
        return Err(Problem { message, help: "correct `kind` in `routes.toml`".to_owned(), ..found.place.clone() });
    }
    if (operation.v2.is_some() || operation.v1.is_some()) && found.root().is_none() {
        let message = format!("`{document}` has several root fields, and `{name}` a REST route, which returns one");
        let help = "split it into one operation for each root field".to_owned();
        return Err(Problem { message, help, ..found.place.clone() });
    }
    Ok(Some(found))
}

/// The surfaces of a dialect that have an operation, best first.
fn surfaces_of(
    routes: &Routes,
    capabilities: Option<&Capabilities>,
    name: &str,
    operation: &OperationRoutes,
    dialect: Dialect,
) -> Result<Vec<Surface>, Problem> {
    const BEST_FIRST: [Surface; 3] = [Surface::GraphQl, Surface::RestV2, Surface::RestV1];
    let own = routes.dialects.get(&dialect).map_or(&BEST_FIRST[..], |dialect| &dialect.surfaces);
    let Some(capabilities) = capabilities else {
        let has = |surface: &Surface| match surface {
            Surface::GraphQl => operation.document.is_some(),
            other => operation.rest_of(*other, dialect).is_some(),
        };
        return Ok(own.iter().copied().filter(has).collect());
    };
    let Some(known) = capabilities.0.get(dialect.name()).and_then(|known| known.get(name)) else {
        return Err(Problem::whole(
            "schema/capabilities.toml",
            format!("the matrix has no entry for `{name}` in the dialect `{dialect}`"),
            "run `cargo xtask capabilities`",
        ));
    };
    let has = |surface: &Surface| match surface {
        Surface::RestV2 => known.v2.is_some(),
        Surface::RestV1 => known.v1.is_some(),
        // Without a document, the operation cannot be sent.
        _ => known.points.is_some(),
    };
    Ok(own.iter().copied().filter(has).collect())
}

fn spec(
    name: &str,
    operation: Option<&OperationRoutes>,
    document: Option<&Selected>,
    surfaces: &[(Dialect, Vec<Surface>)],
    runtime: &syn::Path,
) -> TokenStream {
    let kind = operation.map(|operation| operation.kind).or(document.map(|document| document.kind));
    let (kind, otherwise) = match kind {
        Some(OperationKind::Mutation) => (quote!(Mutation), Replay::Never),
        _ => (quote!(Query), Replay::Safe),
    };
    let replay = match operation.map_or(otherwise, |operation| operation.replay) {
        Replay::Safe => quote!(Safe),
        Replay::Idempotent => quote!(Idempotent),
        Replay::Never => quote!(Never),
    };
    let summary = operation.map(|operation| operation.summary.as_str()).unwrap_or_default();
    let root = document.and_then(Selected::root).map(|(_, root)| root.name.as_str());
    let root = option(root.or(operation.and_then(|operation| operation.graphql.as_deref())));
    let points = proc_macro2::Literal::u32_unsuffixed(document.map_or(0, |document| document.points));
    let document = option(document.map(|document| document.name.as_str()));
    let v2 = rest(operation.and_then(|operation| operation.v2.as_ref()), runtime);
    let v1 = rest(operation.and_then(|operation| operation.v1.as_ref()), runtime);
    let dialects = surfaces.iter().map(|(dialect, surfaces)| {
        let surfaces = surfaces.iter().map(|surface| surface_tokens(*surface, runtime));
        let dialect = match dialect {
            Dialect::Documented => quote!(Documented),
            Dialect::Observed => quote!(Observed),
        };
        quote!((#runtime::Dialect::#dialect, &[#(#surfaces),*]))
    });
    quote!(#runtime::OperationSpec {
        name: #name,
        summary: #summary,
        kind: #runtime::OperationKind::#kind,
        replay: #runtime::Replay::#replay,
        document: #document,
        graphql: #root,
        points: #points,
        v2: #v2,
        v1: #v1,
        dialects: &[#(#dialects),*],
    })
}

/// `users.list` becomes `USERS_LIST`.
fn constant(name: &str) -> proc_macro2::Ident {
    use heck::ToShoutySnakeCase as _;
    names::ty(&name.to_shouty_snake_case())
}

fn surface_tokens(surface: Surface, runtime: &syn::Path) -> TokenStream {
    match surface {
        Surface::GraphQl => quote!(#runtime::Surface::GraphQl),
        Surface::RestV2 => quote!(#runtime::Surface::RestV2),
        _ => quote!(#runtime::Surface::RestV1),
    }
}

fn endpoint_tokens(endpoint: &Endpoint, runtime: &syn::Path) -> TokenStream {
    let Endpoint { path, surface, evidence, keys, .. } = endpoint;
    let surface = surface_tokens(*surface, runtime);
    let evidence = evidence_tokens(*evidence, runtime);
    let keys = keys.iter().map(|key| match key.r#in {
        KeyPlacement::Bearer => quote!(#runtime::KeyPlacement::Bearer),
        KeyPlacement::Header => quote!(#runtime::KeyPlacement::Header),
        _ => quote!(#runtime::KeyPlacement::Query),
    });
    quote!(#runtime::EndpointSpec { path: #path, surface: #surface, evidence: #evidence, keys: &[#(#keys),*] })
}

fn evidence_tokens(evidence: Evidence, runtime: &syn::Path) -> TokenStream {
    match evidence {
        Evidence::Guide => quote!(#runtime::Evidence::Guide),
        Evidence::Official => quote!(#runtime::Evidence::Official),
        Evidence::Observed(clients) => {
            let clients = proc_macro2::Literal::u8_unsuffixed(clients);
            quote!(#runtime::Evidence::Observed(#clients))
        }
        _ => quote!(#runtime::Evidence::Unknown),
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
