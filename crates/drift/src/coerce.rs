//! Default values as a server coerces them: `1` for a list is `[1]`, `{}` for an input object has the defaults of its
//! fields.

use std::collections::BTreeMap;

use apollo_compiler::ast::Value as Literal;

use crate::level::Levels;
use crate::schema::{InputValue, Schema, TypeKind, TypeRef};
use crate::sdl;

/// The most steps of coercion; a default that takes more has no value. The defaults of input objects may be cyclic, or
/// repeat each other many times over.
const MOST_STEPS: usize = 1_000;

/// The deepest nesting; a default that nests deeper has no value.
const DEEPEST: usize = 64;

/// A value after coercion. Numbers are compared by their bits, so that `-0` is not `0`.
#[derive(Debug, PartialEq)]
enum Value {
    Null,
    Number(u64),
    Boolean(bool),
    Text(String),
    List(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

/// Whether two inputs have the same effect when they are omitted.
pub(crate) fn same_default(
    (old_schema, old): (&Schema, &InputValue),
    (new_schema, new): (&Schema, &InputValue),
    levels: Levels,
) -> bool {
    let plain = |schema: &Schema, input: &InputValue| {
        // A default of a scalar type means the same in both schemas.
        schema.types.get(input.ty.name()).is_none_or(|definition| matches!(definition.kind, TypeKind::Scalar { .. }))
    };
    if old.default == new.default && old.ty == new.ty && plain(old_schema, old) && plain(new_schema, new) {
        return true;
    }
    let (before, after) = (value(old_schema, old), value(new_schema, new));
    // A default that is not a value of its type can only be compared as text.
    let unknown = (old.default.is_some() && before.is_none()) || (new.default.is_some() && after.is_none());
    if unknown && levels == Levels::Own { old.default == new.default } else { before == after }
}

/// Whether an input has a default that is a value of its type.
pub(crate) fn has_default(schema: &Schema, input: &InputValue) -> bool {
    value(schema, input).is_some()
}

/// The default of an input in a canonical form, independent of its spelling.
pub(crate) fn canonical_default(schema: &Schema, input: &InputValue) -> Option<String> {
    let default = input.default.as_deref()?;
    Some(value(schema, input).map_or_else(|| default.to_owned(), |value| format!("{value:?}")))
}

/// The default of an input, if it has one that is a value of its type.
fn value(schema: &Schema, input: &InputValue) -> Option<Value> {
    let mut steps = MOST_STEPS;
    coerced(schema, input, &mut steps, DEEPEST)
}

fn coerced(schema: &Schema, input: &InputValue, steps: &mut usize, depth: usize) -> Option<Value> {
    let literal = sdl::parse_literal(input.default.as_deref()?)?;
    coerce(schema, &input.ty, &literal, steps, depth)
}

fn coerce(schema: &Schema, ty: &TypeRef, literal: &Literal, steps: &mut usize, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    *steps = steps.checked_sub(1)?;
    match (ty, literal) {
        (TypeRef::NonNull(_), Literal::Null) => None,
        (TypeRef::NonNull(inner), _) => coerce(schema, inner, literal, steps, depth),
        (_, Literal::Null) => Some(Value::Null),
        (TypeRef::List(inner), Literal::List(items)) => {
            items.iter().map(|item| coerce(schema, inner, item, steps, depth)).collect::<Option<_>>().map(Value::List)
        }
        (TypeRef::List(inner), single) => {
            coerce(schema, inner, single, steps, depth).map(|item| Value::List(vec![item]))
        }
        (TypeRef::Named(name), _) => named(schema, name, literal, steps, depth),
    }
}

fn named(schema: &Schema, name: &str, literal: &Literal, steps: &mut usize, depth: usize) -> Option<Value> {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    match (name, literal) {
        // An `Int` has 32 bits, so a larger literal is no value of the type.
        ("Int", Literal::Int(int)) => int.as_str().parse::<i32>().ok().and_then(|_| number(int.as_str())),
        ("Float", Literal::Int(int)) => number(int.as_str()),
        ("Float", Literal::Float(float)) => number(float.as_str()),
        ("Boolean", Literal::Boolean(boolean)) => Some(Value::Boolean(*boolean)),
        ("String" | "ID", Literal::String(string)) => text(string),
        ("ID", Literal::Int(int)) => text(int.as_str()),
        ("Int" | "Float" | "Boolean" | "String" | "ID", _) => None,
        _ => match (&schema.types.get(name)?.kind, literal) {
            (TypeKind::Scalar { .. }, _) => Some(untyped(literal)),
            (TypeKind::Enum { values }, Literal::Enum(asked)) => {
                values.iter().find(|value| value.name == asked.as_str()).and_then(|value| text(&value.name))
            }
            (TypeKind::InputObject { fields, is_one_of }, Literal::Object(given)) => {
                let mut object = BTreeMap::new();
                for field in fields {
                    let value = match given.iter().find(|(name, _)| name.as_str() == field.name) {
                        Some((_, literal)) => Some(coerce(schema, &field.ty, literal, steps, depth)?),
                        None => coerced(schema, field, steps, depth),
                    };
                    match value {
                        Some(value) => _ = object.insert(field.name.clone(), value),
                        None if matches!(field.ty, TypeRef::NonNull(_)) => return None,
                        None => {}
                    }
                }
                let fits = !is_one_of || (object.len() == 1 && !object.values().any(|value| *value == Value::Null));
                fits.then_some(Value::Object(object))
            }
            _ => None,
        },
    }
}

/// The value of a literal for a custom scalar, which accepts any literal.
fn untyped(literal: &Literal) -> Value {
    match literal {
        Literal::Null | Literal::Variable(_) => Value::Null,
        Literal::Enum(name) => Value::Text(name.to_string()),
        Literal::String(string) => Value::Text(string.clone()),
        Literal::Float(float) => number(float.as_str()).unwrap_or(Value::Null),
        Literal::Int(int) => number(int.as_str()).unwrap_or(Value::Null),
        Literal::Boolean(boolean) => Value::Boolean(*boolean),
        Literal::List(items) => Value::List(items.iter().map(|item| untyped(item)).collect()),
        Literal::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.to_string(), untyped(value))).collect())
        }
    }
}

fn number(text: &str) -> Option<Value> {
    text.parse::<f64>().ok().map(|number| Value::Number(number.to_bits()))
}
