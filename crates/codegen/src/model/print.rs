//! The model as Rust.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;

use super::{Model, ModelField};
use crate::names;
use crate::rust::{path, pretty};
use crate::schema::{Kind, Schema, TypeInfoRef, Wrapper};
use crate::settings::Settings;

impl Model {
    /// Writes the model, with types sorted by name.
    pub(crate) fn print(&self, schema: &Schema, settings: &Settings) -> String {
        let printer = Printer::new(schema, settings, None);
        let mut items: BTreeMap<&str, TokenStream> = BTreeMap::new();
        for (name, fields) in &self.objects {
            items.insert(name, printer.object(name, fields));
        }
        for (name, members) in &self.abstracts {
            items.insert(name, printer.open_union(name, members));
        }
        for name in &self.enums {
            items.insert(name, printer.open_enum(name));
        }
        pretty(&items.into_values().collect())
    }
}

/// Writes types of the schema as Rust types.
pub(crate) struct Printer<'p> {
    schema: &'p Schema,
    settings: &'p Settings,
    runtime: syn::Path,
    /// The module of the model, for code outside it.
    model: Option<syn::Path>,
}

impl<'p> Printer<'p> {
    pub(crate) fn new(schema: &'p Schema, settings: &'p Settings, model: Option<syn::Path>) -> Self {
        Self { schema, settings, runtime: path(&settings.runtime), model }
    }
}

impl Printer<'_> {
    /// The type of a root field, if it is not null.
    pub(crate) fn root(&self, ty: &TypeInfoRef) -> TokenStream {
        match ty.wrappers.strip_prefix(&[Wrapper::NonNull]).unwrap_or(&ty.wrappers) {
            [] => self.named(&ty.name),
            wrappers => self.value(&ty.name, wrappers),
        }
    }

    fn object(&self, name: &str, fields: &BTreeMap<String, ModelField>) -> TokenStream {
        let ident = names::ty(name);
        let doc = self.type_doc(name, "An object of type");
        let members = fields.iter().map(|(key, field)| self.field(name, key, field));
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, Default, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
            #[non_exhaustive]
            pub struct #ident { #(#members)* }
        }
    }

    fn field(&self, owner: &str, key: &str, field: &ModelField) -> TokenStream {
        let ident = names::field(key);
        let rename = (ident != key).then(|| quote!(#[serde(rename = #key)]));
        if Model::is_required(self.schema, owner, key) {
            let doc = format!("`{}: {}`", field.name, field.ty.text);
            return quote! { #[doc = #doc] #rename pub #ident: ::std::string::String, };
        }
        let ty = self.value(&field.ty.name, &field.ty.wrappers);
        let summary = field.description.as_deref().map(|text| format!("{text}\n\n")).unwrap_or_default();
        let doc = format!("{summary}`{}: {}`", field.name, field.ty.text);
        quote! {
            #[doc = #doc]
            #rename
            #[serde(skip_serializing_if = "Option::is_none")]
            pub #ident: ::std::option::Option<#ty>,
        }
    }

    /// The type of a non-null value. Objects are boxed, since types refer to each other recursively.
    fn value(&self, name: &str, wrappers: &[Wrapper]) -> TokenStream {
        let wrappers = wrappers.strip_prefix(&[Wrapper::NonNull]).unwrap_or(wrappers);
        match wrappers {
            [Wrapper::List, inner @ ..] => {
                let item = self.item(name, inner);
                quote!(::std::vec::Vec<#item>)
            }
            _ => {
                let named = self.named(name);
                if self.schema.is_leaf(name) { named } else { quote!(::std::boxed::Box<#named>) }
            }
        }
    }

    fn item(&self, name: &str, wrappers: &[Wrapper]) -> TokenStream {
        let value = match wrappers.strip_prefix(&[Wrapper::NonNull]).unwrap_or(wrappers) {
            // A list of objects needs no boxes.
            [] => self.named(name),
            inner => self.value(name, inner),
        };
        if wrappers.first() == Some(&Wrapper::NonNull) { value } else { quote!(::std::option::Option<#value>) }
    }

    /// The Rust type of a named type of the schema.
    pub(crate) fn named(&self, name: &str) -> TokenStream {
        let runtime = &self.runtime;
        match (name, self.schema.types.get(name).map(|info| &info.kind)) {
            ("Boolean", _) => quote!(bool),
            ("Int", _) => quote!(i64),
            ("Float", _) => quote!(f64),
            ("ID" | "String", _) => quote!(::std::string::String),
            (_, Some(Kind::Scalar)) => match self.settings.scalars.get(name).map(String::as_str) {
                Some("String") => quote!(::std::string::String),
                Some(custom) => {
                    let custom = names::ty(custom);
                    quote!(#runtime::scalar::#custom)
                }
                None => quote!(#runtime::scalar::Json),
            },
            _ => {
                let ident = names::ty(name);
                match &self.model {
                    Some(model) => quote!(#model::#ident),
                    None => quote!(#ident),
                }
            }
        }
    }

    fn open_enum(&self, name: &str) -> TokenStream {
        let ident = names::ty(name);
        let runtime = &self.runtime;
        let doc = self.type_doc(name, "A value of");
        let values: &[(String, Option<String>)] = match self.schema.types.get(name).map(|info| &info.kind) {
            Some(Kind::Enum { values }) => values,
            _ => &[],
        };
        let variants: Vec<_> = values.iter().map(|(value, _)| names::variant(value)).collect();
        let texts: Vec<&str> = values.iter().map(|(value, _)| value.as_str()).collect();
        let docs = values.iter().map(|(value, description)| match description {
            Some(text) => format!("{text}\n\n`{value}`"),
            None => format!("`{value}`"),
        });
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum #ident {
                #(#[doc = #docs] #variants,)*
                /// A value that the pinned schema does not have.
                Unknown(::std::boxed::Box<str>),
            }

            impl #runtime::OpenEnum for #ident {
                fn as_str(&self) -> &str {
                    match self {
                        #(Self::#variants => #texts,)*
                        Self::Unknown(value) => value,
                    }
                }

                fn from_text(value: &str) -> Self {
                    match value {
                        #(#texts => Self::#variants,)*
                        _ => Self::Unknown(value.into()),
                    }
                }
            }

            #runtime::open_enum_traits!(#ident);
        }
    }

    fn open_union(&self, name: &str, members: &BTreeSet<String>) -> TokenStream {
        let ident = names::ty(name);
        let runtime = &self.runtime;
        let doc = self.type_doc(name, "One of the types of");
        let types: Vec<_> = members.iter().map(|member| names::ty(member)).collect();
        let texts: Vec<&String> = members.iter().collect();
        let docs = members.iter().map(|member| format!("A [`{member}`]."));
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, PartialEq)]
            #[non_exhaustive]
            pub enum #ident {
                #(#[doc = #docs] #types(::std::boxed::Box<#types>),)*
                /// A type of which nothing is selected, or that the pinned schema does not have: the JSON as it came.
                Unknown(#runtime::scalar::Json),
            }

            impl #runtime::OpenUnion for #ident {
                fn from_member<E: ::serde::de::Error>(
                    typename: &str,
                    value: #runtime::scalar::Json,
                ) -> ::std::result::Result<Self, E> {
                    match typename {
                        #(#texts => #runtime::member(value).map(|member| Self::#types(::std::boxed::Box::new(member))),)*
                        _ => Ok(Self::Unknown(value)),
                    }
                }

                fn to_member<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                    match self {
                        #(Self::#types(member) => #runtime::tagged(#texts, member, serializer),)*
                        Self::Unknown(value) => ::serde::Serialize::serialize(value, serializer),
                    }
                }
            }

            #runtime::open_union_traits!(#ident);
        }
    }

    fn type_doc(&self, name: &str, otherwise: &str) -> String {
        let description = self.schema.types.get(name).and_then(|info| info.description.clone());
        description.unwrap_or_else(|| format!("{otherwise} `{name}`."))
    }
}
