//! Whether the value that an operation gives for an input is still accepted.

use apollo_compiler::ast::Value;

use crate::operations::footprint::Given;
use crate::schema::{Schema, TypeKind, TypeRef};

/// Whether a value fits a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Yes,
    /// It depends on the values of the variables.
    Unknown,
    No,
}

/// Whether a given value fits the type of an input with or without a default.
pub(super) fn fits(given: &Given<'_>, ty: &TypeRef, has_default: bool, schema: &Schema) -> Fit {
    match (&given.variable, given.value) {
        (Some(variable), _) if variable.ty.fits(variable.has_default, ty, has_default) => Fit::Yes,
        (Some(_), _) => Fit::No,
        // An undeclared variable is an error of the operation, not of the schema.
        (None, Value::Variable(_)) => Fit::Yes,
        (None, literal) => literal_fits(literal, ty, schema),
    }
}

fn literal_fits(literal: &Value, ty: &TypeRef, schema: &Schema) -> Fit {
    match (ty, literal) {
        (_, Value::Variable(_)) => Fit::Unknown,
        (TypeRef::NonNull(_), Value::Null) => Fit::No,
        (TypeRef::NonNull(inner), _) => literal_fits(literal, inner, schema),
        (_, Value::Null) => Fit::Yes,
        (TypeRef::List(inner), Value::List(items)) => {
            items.iter().map(|item| literal_fits(item, inner, schema)).max().unwrap_or(Fit::Yes)
        }
        // Input coercion makes a single value a list of one.
        (TypeRef::List(inner), single) => literal_fits(single, inner, schema),
        (TypeRef::Named(name), _) => named_fits(literal, name, schema),
    }
}

fn named_fits(literal: &Value, name: &str, schema: &Schema) -> Fit {
    let yes = |fits: bool| if fits { Fit::Yes } else { Fit::No };
    match (name, literal) {
        // GraphQL's `Int` has 32 bits; a literal may be of any size.
        ("Int", Value::Int(int)) => yes(int.try_to_i32().is_ok()),
        ("Float", Value::Int(_) | Value::Float(_))
        | ("String" | "ID", Value::String(_))
        | ("ID", Value::Int(_))
        | ("Boolean", Value::Boolean(_)) => Fit::Yes,
        ("Int" | "Float" | "String" | "ID" | "Boolean", _) => Fit::No,
        _ => match (schema.types.get(name).map(|definition| &definition.kind), literal) {
            (Some(TypeKind::Scalar { .. }), _) if holds_variable(literal) => Fit::Unknown,
            (Some(TypeKind::Scalar { .. }), _) => Fit::Yes,
            (Some(TypeKind::Enum { values }), Value::Enum(asked)) => {
                yes(values.iter().any(|value| value.name == asked.as_str()))
            }
            (Some(TypeKind::InputObject { fields, .. }), Value::Object(given)) => {
                let known = given.iter().all(|(name, _)| fields.iter().any(|field| field.name == name.as_str()));
                // The values of the fields are checked one by one.
                if known { Fit::Unknown } else { Fit::No }
            }
            _ => Fit::No,
        },
    }
}

fn holds_variable(literal: &Value) -> bool {
    match literal {
        Value::Variable(_) => true,
        Value::List(items) => items.iter().any(|item| holds_variable(item)),
        Value::Object(fields) => fields.iter().any(|(_, value)| holds_variable(value)),
        _ => false,
    }
}
