//! The model as Rust.

use std::collections::BTreeMap;

use apollo_compiler::ast::Type;
use apollo_compiler::schema::ExtendedType;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Model, ModelField};
use crate::names;
use crate::rust::path;
use crate::schema::Schema;
use crate::settings::Settings;

impl Model {
    /// Writes the model, with types sorted by name.
    pub(crate) fn print(&self, schema: &Schema, settings: &Settings) -> TokenStream {
        let printer = Printer::new(schema, settings, None);
        let mut items: BTreeMap<&str, TokenStream> = BTreeMap::new();
        for (name, fields) in &self.objects {
            items.insert(name, printer.object(self, name, fields));
        }
        for (name, members) in &self.abstracts {
            let doc = printer.type_doc(name, "One of the types of");
            let members = members.iter().map(|member| (member.as_str(), names::ty(member)));
            items.insert(name, printer.open_union(&names::ty(name), &doc, members));
        }
        for name in &self.inputs {
            let item = match schema.kind(name) {
                Some(ExtendedType::InputObject(object)) => printer.input_object(object),
                _ => printer.open_enum(name),
            };
            items.insert(name, item);
        }
        items.into_values().collect()
    }
}

/// Writes types of the schema as Rust types.
pub(crate) struct Printer<'p> {
    pub(crate) schema: &'p Schema,
    settings: &'p Settings,
    pub(crate) runtime: syn::Path,
    /// The module of the model, for code outside it.
    model: Option<syn::Path>,
    /// Whether texts share an allocation for each response.
    has_page_texts: bool,
}

impl<'p> Printer<'p> {
    pub(crate) fn new(schema: &'p Schema, settings: &'p Settings, model: Option<syn::Path>) -> Self {
        Self { schema, settings, runtime: path(&settings.runtime), model, has_page_texts: false }
    }
}

impl Printer<'_> {
    /// The type of a root field that is not null.
    pub(crate) fn root(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Named(name) | Type::NonNullNamed(name) => self.named(name),
            list => self.value(list),
        }
    }

    fn object(&self, model: &Model, name: &str, fields: &BTreeMap<String, ModelField>) -> TokenStream {
        let (ident, runtime) = (names::ty(name), &self.runtime);
        let serde = self.serde();
        let doc = self.type_doc(name, "An object of type");
        let idents = names::fields(fields.keys().map(String::as_str));
        let members =
            fields.iter().zip(&idents).map(|((key, field), ident)| self.field(model, name, (key, ident), field));
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, Default, PartialEq, #runtime::serde::Serialize, #runtime::serde::Deserialize)]
            #[serde(crate = #serde)]
            #[non_exhaustive]
            pub struct #ident { #(#members)* }
        }
    }

    /// The same printer for code next to the model instead of in a module of an operation.
    pub(crate) fn outside(&self) -> Self {
        Self { model: Some(path("super::model")), runtime: self.runtime.clone(), ..*self }
    }

    /// The same printer for the types of an operation whose texts share an allocation.
    pub(crate) fn with_page_texts(&self) -> Self {
        Self { model: self.model.clone(), runtime: self.runtime.clone(), has_page_texts: true, ..*self }
    }

    /// The path of serde as text, for its attribute.
    pub(crate) fn serde(&self) -> String {
        let runtime = &self.runtime;
        format!("{}::serde", quote!(#runtime).to_string().replace(' ', ""))
    }

    fn field(&self, model: &Model, owner: &str, (key, ident): (&str, &Ident), field: &ModelField) -> TokenStream {
        let rename = (*ident != key).then(|| quote!(#[serde(rename = #key)]));
        if model.is_required(owner, key, &field.ty) {
            let doc = format!("`{}: {}`", field.name, field.ty);
            return quote! { #[doc = #doc] #rename pub #ident: ::std::string::String, };
        }
        let ty = self.value(&field.ty);
        let doc = field_doc(field.description.as_deref(), &field.name, &field.ty);
        quote! {
            #[doc = #doc]
            #rename
            #[serde(skip_serializing_if = "::std::option::Option::is_none")]
            pub #ident: ::std::option::Option<#ty>,
        }
    }

    /// The type of a non-null value. Objects are boxed, since types refer to each other recursively.
    pub(crate) fn value(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::Named(name) | Type::NonNullNamed(name) => {
                let named = self.named(name);
                if self.schema.is_leaf(name) { named } else { quote!(::std::boxed::Box<#named>) }
            }
            Type::List(inner) | Type::NonNullList(inner) => {
                let item = match &**inner {
                    // A list of objects needs no boxes.
                    Type::Named(name) | Type::NonNullNamed(name) => self.named(name),
                    list => self.value(list),
                };
                let item = if inner.is_non_null() { item } else { quote!(::std::option::Option<#item>) };
                quote!(::std::vec::Vec<#item>)
            }
        }
    }

    /// The Rust type of a named type of the schema.
    pub(crate) fn named(&self, name: &str) -> TokenStream {
        let runtime = &self.runtime;
        match (name, self.schema.kind(name)) {
            ("Boolean", _) => quote!(bool),
            ("Int", _) => quote!(i64),
            ("Float", _) => quote!(f64),
            ("ID" | "String", _) => self.text(),
            (_, Some(ExtendedType::Scalar(_)) | None) => match self.settings.scalar(name) {
                Some("String") => self.text(),
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

    fn text(&self) -> TokenStream {
        let runtime = &self.runtime;
        if self.has_page_texts { quote!(#runtime::scalar::PageText) } else { quote!(::std::string::String) }
    }

    fn open_enum(&self, name: &str) -> TokenStream {
        let ident = names::ty(name);
        let runtime = &self.runtime;
        let doc = self.type_doc(name, "A value of");
        let values: Vec<(&str, Option<&str>)> = match self.schema.kind(name) {
            Some(ExtendedType::Enum(known)) => {
                let values = known.values.iter();
                values.map(|(name, value)| (name.as_str(), value.description.as_deref())).collect()
            }
            _ => Vec::new(),
        };
        let variants = names::variants(values.iter().map(|(value, _)| *value));
        let texts: Vec<&str> = values.iter().map(|(value, _)| *value).collect();
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

    /// A union or interface as an enum: a variant for each member, with its type.
    pub(crate) fn open_union<'m>(
        &self,
        ident: &Ident,
        doc: &str,
        members: impl Iterator<Item = (&'m str, Ident)>,
    ) -> TokenStream {
        let runtime = &self.runtime;
        let (texts, types): (Vec<&str>, Vec<Ident>) = members.unzip();
        let variants: Vec<Ident> = texts.iter().map(|member| names::union_variant(member)).collect();
        let docs = texts.iter().map(|member| format!("A `{member}`."));
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, PartialEq)]
            #[non_exhaustive]
            pub enum #ident {
                #(#[doc = #docs] #variants(::std::boxed::Box<#types>),)*
                /// A type of which nothing is selected, or that the pinned schema does not have: the JSON as it came.
                Unknown(#runtime::scalar::Json),
            }

            impl #runtime::OpenUnion for #ident {
                fn from_member<E: #runtime::serde::de::Error>(
                    typename: &str,
                    value: #runtime::scalar::Json,
                ) -> ::std::result::Result<Self, E> {
                    match typename {
                        #(#texts => #runtime::member(value).map(|member| Self::#variants(::std::boxed::Box::new(member))),)*
                        _ => Ok(Self::Unknown(value)),
                    }
                }

                fn to_member<S: #runtime::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                    match self {
                        #(Self::#variants(member) => #runtime::tagged(#texts, member, serializer),)*
                        Self::Unknown(value) => #runtime::serde::Serialize::serialize(value, serializer),
                    }
                }
            }

            #runtime::open_union_traits!(#ident);
        }
    }

    fn type_doc(&self, name: &str, otherwise: &str) -> String {
        self.schema.description(name).map_or_else(|| format!("{otherwise} `{name}`."), str::to_owned)
    }
}

/// The documentation of a field: the schema's description, and its type.
pub(crate) fn field_doc(description: Option<&str>, name: &str, ty: &Type) -> String {
    let summary = description.map(|text| format!("{text}\n\n")).unwrap_or_default();
    format!("{summary}`{name}: {ty}`")
}
