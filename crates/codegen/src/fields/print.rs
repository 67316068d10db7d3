//! The fields as Rust: setters, and a table of their properties.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Field, FieldSet, Fields, Row};
use crate::names;
use crate::rust::{option, path, pretty};
use crate::settings::Settings;

/// Writes the setters of both sets and their tables, with the fields in file order.
pub(crate) fn print(fields: &Fields, settings: &Settings) -> String {
    let runtime = path(&settings.runtime);
    let sets = FieldSet::ALL.map(|set| {
        let (ident, table) = match set {
            FieldSet::User => (names::ty("UserFields"), names::ty("USER_FIELDS")),
            FieldSet::License => (names::ty("LicenseFields"), names::ty("LICENSE_FIELDS")),
        };
        let rows = fields.of(set).iter().map(|field| spec(field, &runtime));
        let setters = fields.of(set).iter().map(|field| setter(field, &runtime));
        let doc = format!("The fields of a {} that can be written, in the order of `schema/fields.toml`.", set.name());
        quote! {
            #[doc = #doc]
            pub(crate) static #table: &[#runtime::FieldSpec] = &[#(#rows),*];

            impl #ident {
                #(#setters)*
            }
        }
    });
    pretty(&sets.into_iter().collect())
}

fn setter(field: &Field, runtime: &syn::Path) -> TokenStream {
    let (name, doc, method) = (&field.name, &field.row.doc, names::field(&field.name));
    // All types were checked when the file was read.
    let ty = match field.types().map(|(setter, _)| setter) {
        Some("Date") => quote!(#runtime::scalar::Date),
        Some("Object") => quote!(serde_json::Map<String, serde_json::Value>),
        Some("Vec<String>") => quote!(Vec<String>),
        Some(plain) => {
            let plain = names::ty(plain);
            quote!(#plain)
        }
        None => quote!(serde_json::Value),
    };
    quote! {
        #[doc = #doc]
        pub fn #method(self, value: impl Into<#runtime::Input<#ty>>) -> Self {
            self.with(#name, value.into())
        }
    }
}

fn spec(field: &Field, runtime: &syn::Path) -> TokenStream {
    let (name, row) = (&field.name, &field.row);
    let kind = names::ty(field.types().map_or("Text", |(_, kind)| kind));
    let read = match (row.read.as_deref(), row.read_any.as_slice()) {
        (Some(read), _) => match (read.split_once('.'), row.read_inverted) {
            (Some((list, key)), _) => {
                let role = option(row.read_role.as_deref());
                quote!(#runtime::ReadBack::Entries { list: #list, key: #key, role: #role })
            }
            (None, true) => quote!(#runtime::ReadBack::Inverted(#read)),
            (None, false) => quote!(#runtime::ReadBack::Field(#read)),
        },
        (None, []) => quote!(#runtime::ReadBack::Hidden),
        (None, any) => quote!(#runtime::ReadBack::AnyOf(&[#(#any),*])),
    };
    let replaced_by = option(row.merge.as_deref().filter(|merge| *merge != "keys"));
    let same_as = option(row.same_as.as_deref());
    let Row { ignore_case, write_once, option, required_of_update, roster, clearable, .. } = row;
    let (v1, keyed) = (field.is_in_v1(), row.merge.as_deref() == Some("keys"));
    quote!(#runtime::FieldSpec {
        name: #name,
        kind: #runtime::FieldKind::#kind,
        in_v1: #v1,
        read: #read,
        ignores_case: #ignore_case,
        is_write_once: #write_once,
        is_keyed: #keyed,
        replaced_by: #replaced_by,
        same_as: #same_as,
        is_option: #option,
        is_required_of_update: #required_of_update,
        in_rosters: #roster,
        is_clearable: #clearable,
    })
}
