//! What `graphql_client_codegen` wrote, finished: the whole query, and inputs that tell absent from null.

use syn::visit_mut::{VisitMut, visit_item_struct_mut};
use syn::{Expr, Field, Item, ItemConst, ItemMod, ItemStruct, Lit, PathArguments, Type, parse_quote};

/// Puts the query in place of the stub's, and `Input<T>` in place of every `Option<T>` of a struct that is sent.
pub(super) fn finish(file: &mut syn::File, query: &str, runtime: &syn::Path, model: &syn::Path) {
    Finisher { query, runtime, model }.visit_file_mut(file);
}

struct Finisher<'f> {
    query: &'f str,
    runtime: &'f syn::Path,
    model: &'f syn::Path,
}

impl VisitMut for Finisher<'_> {
    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        // The client's own lints are not meant for what another generator wrote.
        module
            .attrs
            .push(parse_quote!(#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_imports)]));
        if let Some((_, items)) = &mut module.content {
            // Enums of inputs are those of the model.
            let model = self.model;
            items.insert(0, parse_quote!(use #model::*;));
            // Aliases of scalars that an operation does not use would be warned about.
            for item in items.iter_mut() {
                if let Item::Type(alias) = item {
                    alias.attrs.push(parse_quote!(#[allow(dead_code)]));
                }
            }
            for item in items {
                self.visit_item_mut(item);
            }
        }
    }

    fn visit_item_const_mut(&mut self, constant: &mut ItemConst) {
        if constant.ident == "QUERY" {
            let query = Lit::Str(syn::LitStr::new(self.query, proc_macro2::Span::call_site()));
            *constant.expr = Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: query });
        }
    }

    fn visit_item_struct_mut(&mut self, item: &mut ItemStruct) {
        let is_answer = item.ident == "ResponseData" || has_derive(item, "Deserialize");
        if !is_answer {
            for field in &mut item.fields {
                self.open(field);
            }
        }
        visit_item_struct_mut(self, item);
    }
}

impl Finisher<'_> {
    /// A nullable input may be left out, be null, or have a value.
    fn open(&self, field: &mut Field) {
        let Some(inner) = option_of(&field.ty) else { return };
        let runtime = self.runtime;
        let absent = format!("{}::Input::is_absent", quote::quote!(#runtime).to_string().replace(' ', ""));
        field.ty = parse_quote!(#runtime::Input<#inner>);
        field.attrs.push(parse_quote!(#[serde(skip_serializing_if = #absent)]));
    }
}

/// `T` of an `Option<T>`, or `Box<T>` of the `Box<Option<T>>` that inputs containing themselves are written with.
fn option_of(ty: &Type) -> Option<Type> {
    argument_of(ty, "Option").or_else(|| {
        let inner = argument_of(&argument_of(ty, "Box")?, "Option")?;
        Some(parse_quote!(::std::boxed::Box<#inner>))
    })
}

fn argument_of(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last().filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inner) => Some(inner.clone()),
        _ => None,
    }
}

fn has_derive(item: &ItemStruct, name: &str) -> bool {
    item.attrs.iter().any(|attribute| {
        attribute.path().is_ident("derive")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains(name))
    })
}
