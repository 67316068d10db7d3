//! Input objects and variables as Rust: each nullable input is absent, null, or a value.

use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Printer;
use crate::names;

/// A struct of inputs: an input object, or the variables of an operation.
pub(crate) struct Inputs<'i> {
    pub(crate) name: Ident,
    pub(crate) doc: String,
    pub(crate) all: Vec<Input<'i>>,
}

/// An input of a struct.
pub(crate) struct Input<'i> {
    pub(crate) name: &'i str,
    pub(crate) ident: Ident,
    pub(crate) ty: &'i Type,
    /// Whether the API has a value for it if it is absent.
    pub(crate) has_default: bool,
    pub(crate) doc: Option<&'i str>,
}

/// A variable of an operation.
pub(crate) fn input<'i>(name: &'i str, ident: Ident, ty: &'i Type, has_default: bool) -> Input<'i> {
    Input { name, ident, ty, has_default, doc: None }
}

impl Input<'_> {
    /// Whether it has to be given.
    fn is_required(&self) -> bool {
        self.ty.is_non_null() && !self.has_default
    }
}

impl Printer<'_> {
    /// The struct of an input object.
    pub(super) fn input_object(&self, object: &InputObjectType) -> TokenStream {
        let idents = names::fields(object.fields.keys().map(AsRef::as_ref));
        let inputs = object.fields.values().zip(idents).map(|(field, ident)| Input {
            name: &field.name,
            ident,
            ty: &field.ty,
            has_default: field.default_value.is_some(),
            doc: field.description.as_deref(),
        });
        let doc = object.description.as_deref().map_or_else(|| format!("The input `{}`.", object.name), str::to_owned);
        self.inputs(&Inputs { name: names::ty(&object.name), doc, all: inputs.collect() })
    }

    /// A struct, its constructor, which takes what is required, and a setter for everything else.
    pub(crate) fn inputs(&self, inputs: &Inputs<'_>) -> TokenStream {
        let Inputs { name, doc, all: inputs } = inputs;
        let runtime = &self.runtime;
        let serde = self.serde();
        let owner = name.to_string();
        let members = inputs.iter().map(|input| self.input(&owner, input));
        let required: Vec<&Input<'_>> = inputs.iter().filter(|input| input.is_required()).collect();
        let optional: Vec<&Input<'_>> = inputs.iter().filter(|input| !input.is_required()).collect();
        let default = required.is_empty().then(|| quote!(#[derive(Default)]));
        let taken = required.iter().map(|input| {
            let (ident, ty) = (&input.ident, self.input_type(&owner, input.ty));
            quote!(#ident: impl ::std::convert::Into<#ty>)
        });
        let given = required.iter().map(|Input { ident, .. }| quote!(#ident: #ident.into(),));
        let absent = optional.iter().map(|Input { ident, .. }| quote!(#ident: #runtime::Input::Absent,));
        let setters = optional.iter().map(|input| {
            let (ident, ty) = (&input.ident, self.input_type(&owner, input.ty));
            let doc = format!("Sets `{}`.", input.name);
            quote! {
                #[doc = #doc]
                #[must_use]
                pub fn #ident(mut self, value: impl ::std::convert::Into<#runtime::Input<#ty>>) -> Self {
                    self.#ident = value.into();
                    self
                }
            }
        });
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, PartialEq, #runtime::serde::Serialize)]
            #default
            #[serde(crate = #serde)]
            #[non_exhaustive]
            pub struct #name { #(#members)* }

            impl #name {
                /// What is required; everything else is absent.
                #[must_use]
                pub fn new(#(#taken),*) -> Self {
                    Self { #(#given)* #(#absent)* }
                }

                #(#setters)*
            }
        }
    }

    fn input(&self, owner: &str, input: &Input<'_>) -> TokenStream {
        let Input { name, ident, .. } = input;
        let runtime = &self.runtime;
        let summary = input.doc.map(|text| format!("{text}\n\n")).unwrap_or_default();
        let doc = format!("{summary}`{name}: {}`", input.ty);
        let rename = (*ident != *name).then(|| quote!(#[serde(rename = #name)]));
        let ty = self.input_type(owner, input.ty);
        if input.is_required() {
            return quote! { #[doc = #doc] #rename pub #ident: #ty, };
        }
        let is_absent = format!("{}::Input::is_absent", quote!(#runtime).to_string().replace(' ', ""));
        quote! {
            #[doc = #doc]
            #rename
            #[serde(skip_serializing_if = #is_absent)]
            pub #ident: #runtime::Input<#ty>,
        }
    }

    /// The type of a value that is not null.
    fn input_type(&self, owner: &str, ty: &Type) -> TokenStream {
        match ty {
            Type::Named(name) | Type::NonNullNamed(name) => {
                let named = self.named(name);
                // A struct that contains itself needs a pointer.
                if self.reaches(name, owner) { quote!(::std::boxed::Box<#named>) } else { named }
            }
            Type::List(inner) | Type::NonNullList(inner) => {
                let item = match &**inner {
                    Type::Named(name) | Type::NonNullNamed(name) => self.named(name),
                    list => self.input_type(owner, list),
                };
                let item = if inner.is_non_null() { item } else { quote!(::std::option::Option<#item>) };
                quote!(::std::vec::Vec<#item>)
            }
        }
    }

    /// Whether a value of an input object may contain one of another, without a list in between.
    fn reaches(&self, from: &str, to: &str) -> bool {
        let (mut seen, mut open) = (Vec::new(), vec![from]);
        while let Some(name) = open.pop() {
            let Some(ExtendedType::InputObject(object)) = self.schema.kind(name) else { continue };
            if name == to {
                return true;
            }
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let fields = object.fields.values().filter(|field| !field.ty.is_list());
            open.extend(fields.map(|field| field.ty.inner_named_type().as_str()));
        }
        false
    }
}
