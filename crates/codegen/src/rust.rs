//! The small pieces that all generated Rust is made of.

use proc_macro2::TokenStream;
use quote::quote;

use crate::names;

/// Parses a path that generated code uses.
pub(crate) fn path(text: &str) -> syn::Path {
    syn::parse_str(text).unwrap_or_else(|_| syn::Path::from(names::ty("runtime")))
}

/// Formats generated items.
pub(crate) fn pretty(items: &TokenStream) -> String {
    match syn::parse2::<syn::File>(items.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // Invalid code is passed to the compiler unformatted, which then reports the place.
        Err(_) => items.to_string(),
    }
}

/// `Some` of the text, or `None`, as Rust.
pub(crate) fn option(text: Option<&str>) -> TokenStream {
    match text {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    }
}
