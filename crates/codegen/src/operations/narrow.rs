//! Types of an operation's own: exactly its selection, with the nullability of the schema.

use apollo_compiler::ast::Type;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::model::{Printer, field_doc};
use crate::names;
use crate::selection::{Field, Fields, Selected};

impl Printer<'_> {
    /// The structs of an operation: its data, and one for each selection in it, named by the path of response keys.
    pub(super) fn narrow(&self, operation: &Selected) -> TokenStream {
        let mut items = TokenStream::new();
        self.narrow_struct(&mut items, "ResponseData", "", "The data of a response.", &operation.roots);
        items
    }

    /// The type of the value of a root field, seen from outside of the module.
    pub(super) fn narrow_root(&self, module: &Ident, key: &str, root: &Field) -> TokenStream {
        let inside = quote!(#module::);
        self.narrow_value(&root.ty, &names::ty(&names::path_type("", key)), !root.children.is_empty(), Some(&inside))
    }

    fn narrow_struct(&self, items: &mut TokenStream, name: &str, path: &str, doc: &str, fields: &Fields) {
        let (runtime, serde) = (&self.runtime, self.serde());
        let ident = names::ty(name);
        let idents = names::fields(fields.keys().map(String::as_str));
        let (mut members, mut nested) = (TokenStream::new(), TokenStream::new());
        for ((key, field), ident) in fields.iter().zip(idents) {
            let below = names::path_type(path, key);
            let value = self.narrow_value(&field.ty, &names::ty(&below), !field.children.is_empty(), None);
            let is_required = field.ty.is_non_null() && !field.is_conditional;
            let value = if is_required { value } else { quote!(::std::option::Option<#value>) };
            let rename = (ident != key.as_str()).then(|| quote!(#[serde(rename = #key)]));
            let skip = (!is_required).then(|| quote!(#[serde(skip_serializing_if = "::std::option::Option::is_none")]));
            let doc = field_doc(field.description.as_deref(), &field.name, &field.ty);
            members.extend(quote!(#[doc = #doc] #rename #skip pub #ident: #value,));
            self.narrow_below(&mut nested, &below, field);
        }
        items.extend(quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, PartialEq, #runtime::serde::Serialize, #runtime::serde::Deserialize)]
            #[serde(crate = #serde)]
            #[non_exhaustive]
            pub struct #ident { #members }

            #nested
        });
    }

    /// The types below a field: a struct, or an enum with a struct for each member.
    fn narrow_below(&self, items: &mut TokenStream, name: &str, field: &Field) {
        let type_name = field.ty.inner_named_type();
        if !self.schema.is_abstract(type_name) {
            if let Some(fields) = field.children.values().next() {
                self.narrow_struct(items, name, name, &format!("A `{type_name}`, as selected."), fields);
            }
            return;
        }
        for (member, fields) in &field.children {
            let own = format!("{name}On{member}");
            self.narrow_struct(items, &own, &own, &format!("A `{member}`, as selected."), fields);
        }
        let members = field.children.keys().map(|member| (member.as_str(), names::ty(&format!("{name}On{member}"))));
        items.extend(self.open_union(&names::ty(name), &format!("One of the types of `{type_name}`."), members));
    }

    fn narrow_value(&self, ty: &Type, own: &Ident, is_object: bool, inside: Option<&TokenStream>) -> TokenStream {
        match ty {
            Type::Named(_) | Type::NonNullNamed(_) if is_object => quote!(#inside #own),
            // Everything below an enum or a scalar is a type of the model.
            Type::Named(name) | Type::NonNullNamed(name) if inside.is_some() => self.outside().named(name),
            Type::Named(name) | Type::NonNullNamed(name) => self.named(name),
            Type::List(inner) | Type::NonNullList(inner) => {
                let item = self.narrow_value(inner, own, is_object, inside);
                let item = if inner.is_non_null() { item } else { quote!(::std::option::Option<#item>) };
                quote!(::std::vec::Vec<#item>)
            }
        }
    }
}
