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

/// The names of the variants of an enum. Values that would have the same name keep their own spelling.
pub(crate) fn variants<'v>(values: impl Iterator<Item = &'v str> + Clone) -> Vec<Ident> {
    let all: Vec<Ident> = values.clone().map(variant).collect();
    let is_taken = |name: &Ident| all.iter().filter(|other| *other == name).count() > 1;
    let own = |value| match raw_where_needed(value) {
        taken if taken == "Unknown" => Ident::new("Unknown_", Span::call_site()),
        free => free,
    };
    values.zip(&all).map(|(value, name)| if is_taken(name) { own(value) } else { name.clone() }).collect()
}

/// The name of a type: spelled as in the schema.
pub(crate) fn ty(name: &str) -> Ident {
    raw_where_needed(name)
}

/// The names of the fields of a struct. Fields that would have the same name keep their own spelling.
pub(crate) fn fields<'f>(names: impl IntoIterator<Item = &'f str>) -> Vec<Ident> {
    let names: Vec<&str> = names.into_iter().collect();
    let all: Vec<Ident> = names.iter().map(|name| field(name)).collect();
    let is_taken = |ident: &Ident| all.iter().filter(|other| *other == ident).count() > 1;
    let pairs = names.iter().zip(&all);
    pairs.map(|(name, ident)| if is_taken(ident) { raw_where_needed(name) } else { ident.clone() }).collect()
}

/// The variant for a member of a union.
pub(crate) fn union_variant(member: &str) -> Ident {
    match ty(member) {
        taken if taken == "Unknown" => Ident::new("Unknown_", Span::call_site()),
        free => free,
    }
}

/// The name of the type below a path of response keys: `Users`, then `UsersClient`.
pub(crate) fn path_type(path: &str, key: &str) -> String {
    format!("{path}{}", key.to_upper_camel_case())
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
