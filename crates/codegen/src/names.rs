//! Converts names of the schema to Rust names.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use proc_macro2::{Ident, Span};

/// The name of a struct field: `zipCode` becomes `zip_code`, `type` becomes `r#type`.
pub(crate) fn field(name: &str) -> Ident {
    raw_where_needed(&name.to_snake_case())
}

/// The name of a variant: `inPersonEvent` becomes `InPersonEvent`.
pub(crate) fn variant(name: &str) -> Ident {
    match raw_where_needed(&name.to_upper_camel_case()) {
        // Every open enum has a variant with this name for unknown values.
        taken if taken == "Unknown" => Ident::new("Unknown_", Span::call_site()),
        free => free,
    }
}

/// The name of a type: spelled as in the schema.
pub(crate) fn ty(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The name of an operation's module: `UserById` becomes `user_by_id`.
pub(crate) fn module(name: &str) -> Ident {
    raw_where_needed(&name.to_snake_case())
}

fn raw_where_needed(name: &str) -> Ident {
    match name {
        // These four keywords cannot be raw identifiers.
        "Self" | "self" | "super" | "crate" => Ident::new(&format!("{name}_"), Span::call_site()),
        _ if syn::parse_str::<Ident>(name).is_ok() => Ident::new(name, Span::call_site()),
        _ if name.starts_with(|first: char| first.is_ascii_digit()) => {
            Ident::new(&format!("_{name}"), Span::call_site())
        }
        _ => Ident::new_raw(name, Span::call_site()),
    }
}
