//! Completes the output of `graphql_client_codegen`: the whole query, and inputs that distinguish absent from null.

use syn::visit_mut::{VisitMut, visit_item_struct_mut};
use syn::{Expr, Field, Item, ItemConst, ItemMod, ItemStruct, Lit, PathArguments, Type, parse_quote};

use crate::model::Printer;

/// Replaces the query of the stub, every `Option<T>` of an input struct by `Input<T>`, and unresolvable aliases by the
/// scalars of the settings.
pub(super) struct Finisher<'f> {
    pub(super) query: &'f str,
    pub(super) runtime: &'f syn::Path,
    pub(super) model: &'f syn::Path,
    pub(super) printer: &'f Printer<'f>,
}

impl VisitMut for Finisher<'_> {
    fn visit_item_mod_mut(&mut self, module: &mut ItemMod) {
        // The client's own lints do not apply to the output of another generator.
        module
            .attrs
            .push(parse_quote!(#[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_imports)]));
        if let Some((_, items)) = &mut module.content {
            // Enums of inputs are taken from the model.
            let model = self.model;
            items.insert(0, parse_quote!(use #model::*;));
            for item in items.iter_mut() {
                if let Item::Type(alias) = item {
                    // An operation may not use every scalar.
                    alias.attrs.push(parse_quote!(#[allow(dead_code)]));
                    if stands_for_scalar(&alias.ty) {
                        let named = self.printer.named(&alias.ident.to_string());
                        alias.ty = parse_quote!(#named);
                    }
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
            if item.fields.iter().all(|field| has_default(&field.ty)) {
                item.attrs.push(parse_quote!(#[derive(Default)]));
            }
        }
        visit_item_struct_mut(self, item);
    }
}

impl Finisher<'_> {
    /// A nullable input may be absent, null, or a value.
    fn open(&self, field: &mut Field) {
        let Some(inner) = option_of(&field.ty) else { return };
        let runtime = self.runtime;
        let absent = format!("{}::Input::is_absent", quote::quote!(#runtime).to_string().replace(' ', ""));
        field.ty = parse_quote!(#runtime::Input<#inner>);
        field.attrs.push(parse_quote!(#[serde(skip_serializing_if = #absent)]));
    }
}

/// Whether an alias points to the module of scalars, which uses Rust's names for them instead of the schema's.
fn stands_for_scalar(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.iter().any(|segment| segment.ident == "scalar"))
}

/// Whether the type of an input has a default value. Enums and other inputs have none.
fn has_default(ty: &Type) -> bool {
    const KNOWN: [&str; 7] = ["Input", "Vec", "String", "ID", "Int", "Float", "Boolean"];
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|segment| KNOWN.iter().any(|known| segment.ident == known))
}

/// `T` of an `Option<T>`, or `Box<T>` of the `Box<Option<T>>` that recursive inputs use.
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
