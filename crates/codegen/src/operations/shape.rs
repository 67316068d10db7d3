//! The JSON types that a field may have in a response.

use proc_macro2::TokenStream;
use quote::quote;

use crate::schema::{Kind, Schema, TypeInfoRef, Wrapper};
use crate::settings::Settings;

/// The JSON type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Shape {
    /// Not known yet.
    #[default]
    Unset,
    /// A type, in this many lists.
    Of(Leaf, usize),
    /// Different types of the schema have different types of the field.
    Mixed,
}

/// The type of a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    Object,
    Text,
    Integer,
    Number,
    Flag,
    Date,
    Any,
}

impl Shape {
    pub(super) fn of(schema: &Schema, settings: &Settings, ty: &TypeInfoRef) -> Self {
        let depth = ty.wrappers.iter().filter(|wrapper| **wrapper == Wrapper::List).count();
        let leaf = match (ty.name.as_str(), schema.types.get(&ty.name).map(|info| &info.kind)) {
            ("Int", _) => Leaf::Integer,
            ("Float", _) => Leaf::Number,
            ("Boolean", _) => Leaf::Flag,
            ("String" | "ID", _) | (_, Some(Kind::Enum { .. })) => Leaf::Text,
            (_, Some(Kind::Scalar) | None) => match settings.scalars.get(&ty.name).map(String::as_str) {
                Some("String") => Leaf::Text,
                Some("Date") => Leaf::Date,
                _ => Leaf::Any,
            },
            _ => Leaf::Object,
        };
        Self::Of(leaf, depth)
    }

    pub(super) fn merge(self, other: Self) -> Self {
        match (self, other) {
            (known, Self::Unset) | (Self::Unset, known) => known,
            (one, other) if one == other => one,
            _ => Self::Mixed,
        }
    }

    pub(super) fn print(self, runtime: &syn::Path) -> TokenStream {
        let (leaf, depth) = match self {
            Self::Of(leaf, depth) => (leaf, u8::try_from(depth).unwrap_or(u8::MAX)),
            Self::Unset | Self::Mixed => (Leaf::Any, 0),
        };
        let leaf = match leaf {
            Leaf::Object => quote!(Object),
            Leaf::Text => quote!(Text),
            Leaf::Integer => quote!(Integer),
            Leaf::Number => quote!(Number),
            Leaf::Flag => quote!(Flag),
            Leaf::Date => quote!(Date),
            Leaf::Any => quote!(Any),
        };
        let depth = proc_macro2::Literal::u8_unsuffixed(depth);
        quote!(#runtime::Shape { leaf: #runtime::Leaf::#leaf, depth: #depth })
    }
}
