//! What a client has to know of the schema at run time: the types that selections reach, with their selected fields.

use apollo_compiler::ast::Type;
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use thought_industries_spec::{FieldType, Leaf, Shape, TypeFields, Types};

use crate::documents::Documents;
use crate::routes::Routes;
use crate::schema::Schema;
use crate::settings::Settings;

/// The types of all documents.
pub(crate) fn types(schema: &Schema, documents: &Documents, routes: &Routes, settings: &Settings) -> Types {
    let mut gather = Gather { schema, routes, settings, types: Types::default() };
    let roots = &schema.valid.schema_definition;
    gather.types.query = roots.query.as_ref().map(|root| root.name.to_string());
    gather.types.mutation = roots.mutation.as_ref().map(|root| root.name.to_string());
    for operation in documents.valid.operations.iter() {
        gather.set(&operation.selection_set);
    }
    for fragment in documents.valid.fragments.values() {
        gather.set(&fragment.selection_set);
    }
    let Gather { mut types, .. } = gather;
    for (owner, extra) in routes.rest_fields() {
        // A type that no operation selects has no struct to add to.
        if let Some(known) = types.types.get_mut(owner) {
            let field = FieldType { is_rest_only: true, ..field_type(schema, settings, &extra.ty()) };
            known.fields.insert(extra.name.clone(), field);
        }
    }
    types
}

struct Gather<'g> {
    schema: &'g Schema,
    routes: &'g Routes,
    settings: &'g Settings,
    types: Types,
}

impl Gather<'_> {
    fn set(&mut self, set: &SelectionSet) {
        let owner = set.ty.as_str();
        let is_abstract = self.schema.is_abstract(owner);
        let fresh = || TypeFields { is_abstract, ..TypeFields::default() };
        self.types.types.entry(owner.to_owned()).or_insert_with(fresh);
        for selection in &set.selections {
            match selection {
                Selection::Field(field) if field.name == "__typename" => {}
                Selection::Field(field) => {
                    let known = FieldType {
                        alias: self.routes.alias(owner, &field.name).map(str::to_owned),
                        surcharge: self.settings.costs.surcharge(owner, &field.name),
                        ..field_type(self.schema, self.settings, &field.definition.ty)
                    };
                    let fields = self.types.types.entry(owner.to_owned()).or_insert_with(fresh);
                    fields.fields.insert(field.name.to_string(), known);
                    if !field.selection_set.is_empty() {
                        self.set(&field.selection_set);
                    }
                }
                Selection::InlineFragment(inline) => self.set(&inline.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

fn field_type(schema: &Schema, settings: &Settings, ty: &Type) -> FieldType {
    let name = ty.inner_named_type();
    let kind = schema.kind(name);
    let leaf = match (name.as_str(), kind) {
        ("Int", _) => Leaf::Integer,
        ("Float", _) => Leaf::Number,
        ("Boolean", _) => Leaf::Flag,
        ("String" | "ID", _) | (_, Some(ExtendedType::Enum(_))) => Leaf::Text,
        (_, Some(ExtendedType::Scalar(_)) | None) => match settings.scalar(name) {
            Some("String") => Leaf::Text,
            Some("Date") => Leaf::Date,
            _ => Leaf::Any,
        },
        _ => Leaf::Object,
    };
    FieldType {
        of: (leaf == Leaf::Object).then(|| name.to_string()),
        shape: Shape { leaf, depth: depth(ty) },
        is_id: name == "ID",
        is_non_null: ty.is_non_null(),
        alias: None,
        is_rest_only: false,
        surcharge: 0,
    }
}

/// How many lists are around a type.
fn depth(ty: &Type) -> u8 {
    match ty {
        Type::Named(_) | Type::NonNullNamed(_) => 0,
        Type::List(inner) | Type::NonNullList(inner) => depth(inner).saturating_add(1),
    }
}
