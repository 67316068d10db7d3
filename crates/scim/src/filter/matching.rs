//! Whether a resource matches a filter.

use serde_json::{Map, Value};
use thought_industries::Date;

use super::lexer::invalid;
use super::{AttributePath, Filter, Literal, Operator};
use crate::error::ScimError;
use crate::schema::{Attribute, ENTERPRISE_SCHEMA, ResourceKind, ValueKind};

/// What a filter is about: a resource, or one value of an attribute.
#[derive(Clone, Copy)]
enum Scope {
    Resource(ResourceKind),
    Value(&'static Attribute),
}

/// An attribute that a path names.
struct Named {
    /// The attribute whose values are compared.
    leaf: &'static Attribute,
    is_extension: bool,
    /// The attribute of the resource.
    top: &'static str,
    /// The sub-attribute, if the leaf is one.
    sub: Option<&'static str>,
}

impl Scope {
    /// The attribute of a path; `None` if there is none with this name.
    fn find(self, path: &AttributePath) -> Option<Named> {
        match self {
            Self::Resource(kind) => {
                let place = kind.find(path.urn.as_deref(), &path.name)?;
                let top = place.attribute;
                let sub = match &path.sub {
                    Some(sub) => Some(top.sub_attribute(sub)?),
                    // The value of `emails` is that of `emails.value`.
                    None => top.sub_attribute("value"),
                };
                let named = |leaf, sub| Named { leaf, is_extension: place.is_extension, top: top.name, sub };
                Some(sub.map_or_else(|| named(top, None), |sub| named(sub, Some(sub.name))))
            }
            Self::Value(attribute) => {
                let leaf = attribute.sub_attribute(&path.name).filter(|_| path.sub.is_none())?;
                Some(Named { leaf, is_extension: false, top: leaf.name, sub: None })
            }
        }
    }
}

/// Refuses a filter that compares what cannot be compared. An attribute that does not exist is no reason: it matches nothing.
pub(crate) fn check(filter: &Filter, kind: ResourceKind) -> Result<(), ScimError> {
    check_in(filter, Scope::Resource(kind))
}

/// Refuses a filter of the values of an attribute that compares what cannot be compared.
pub(crate) fn check_values(filter: &Filter, attribute: &'static Attribute) -> Result<(), ScimError> {
    check_in(filter, Scope::Value(attribute))
}

fn check_in(filter: &Filter, scope: Scope) -> Result<(), ScimError> {
    match filter {
        Filter::Present(_) => Ok(()),
        Filter::Compare(path, operator, literal) => match scope.find(path) {
            Some(named) => check_literal(named.leaf, *operator, literal),
            None => Ok(()),
        },
        Filter::Value(path, inner) => {
            let Scope::Resource(kind) = scope else {
                return Err(invalid("a filter in brackets has no brackets of its own"));
            };
            match kind.find(path.urn.as_deref(), &path.name) {
                Some(place) if place.attribute.kind == ValueKind::Complex => {
                    check_in(inner, Scope::Value(place.attribute))
                }
                Some(place) => Err(invalid(format!("`{}` has no parts to filter by", place.attribute.name))),
                None => Ok(()),
            }
        }
        Filter::And(left, right) | Filter::Or(left, right) => {
            check_in(left, scope)?;
            check_in(right, scope)
        }
        Filter::Not(inner) => check_in(inner, scope),
    }
}

fn check_literal(leaf: &Attribute, operator: Operator, literal: &Literal) -> Result<(), ScimError> {
    let is_equality = matches!(operator, Operator::Eq | Operator::Ne);
    let reason = match (leaf.kind, literal) {
        (_, Literal::Null) if !is_equality => "null can only be compared with `eq` and `ne`",
        (_, Literal::Null) => return Ok(()),
        (ValueKind::Boolean, _) if !is_equality => "true and false can only be compared with `eq` and `ne`",
        (ValueKind::Boolean, literal) if boolean(literal).is_none() => "the attribute is true or false",
        (ValueKind::Boolean, _) => return Ok(()),
        (ValueKind::Complex, _) => "name one of its parts",
        (_, Literal::Boolean(_)) => "the attribute is a text",
        _ => return Ok(()),
    };
    Err(invalid(format!("`{}` cannot be compared this way: {reason}", leaf.name)))
}

fn boolean(literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Boolean(value) => Some(*value),
        // Entra sends `primary eq "True"`.
        Literal::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Literal::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Whether a resource matches.
pub(crate) fn matches(filter: &Filter, resource: &Map<String, Value>, kind: ResourceKind) -> bool {
    matches_in(filter, resource, Scope::Resource(kind))
}

/// Whether one value of an attribute matches.
pub(crate) fn matches_value(filter: &Filter, value: &Map<String, Value>, attribute: &'static Attribute) -> bool {
    matches_in(filter, value, Scope::Value(attribute))
}

fn matches_in(filter: &Filter, object: &Map<String, Value>, scope: Scope) -> bool {
    match filter {
        Filter::And(left, right) => matches_in(left, object, scope) && matches_in(right, object, scope),
        Filter::Or(left, right) => matches_in(left, object, scope) || matches_in(right, object, scope),
        Filter::Not(inner) => !matches_in(inner, object, scope),
        Filter::Present(path) => {
            scope.find(path).is_some_and(|named| values(&named, object).into_iter().any(is_present))
        }
        Filter::Compare(path, operator, literal) => {
            let Some(named) = scope.find(path) else { return false };
            let values = values(&named, object);
            let is_equal = |literal: &Literal| match literal {
                Literal::Null => !values.iter().any(|value| is_present(value)),
                literal => values.iter().any(|value| compares(named.leaf, Operator::Eq, value, literal)),
            };
            match operator {
                Operator::Eq => is_equal(literal),
                Operator::Ne => !is_equal(literal),
                operator => values.iter().any(|value| compares(named.leaf, *operator, value, literal)),
            }
        }
        Filter::Value(path, inner) => {
            let Scope::Resource(kind) = scope else { return false };
            let Some(place) = kind.find(path.urn.as_deref(), &path.name) else { return false };
            let value = container(object, place.is_extension).and_then(|own| own.get(place.attribute.name));
            let entries = match value {
                Some(Value::Array(entries)) => entries.as_slice(),
                Some(one) => std::slice::from_ref(one),
                None => &[],
            };
            let mut entries = entries.iter().filter_map(Value::as_object);
            entries.any(|entry| matches_in(inner, entry, Scope::Value(place.attribute)))
        }
    }
}

fn container(object: &Map<String, Value>, is_extension: bool) -> Option<&Map<String, Value>> {
    if is_extension { object.get(ENTERPRISE_SCHEMA)?.as_object() } else { Some(object) }
}

/// The values that a name has in an object.
fn values<'o>(named: &Named, object: &'o Map<String, Value>) -> Vec<&'o Value> {
    let value = container(object, named.is_extension).and_then(|own| own.get(named.top));
    let entries = match value {
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    match named.sub {
        Some(sub) => entries.iter().filter_map(|entry| entry.get(sub)).collect(),
        None => entries.iter().collect(),
    }
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

fn compares(leaf: &Attribute, operator: Operator, value: &Value, literal: &Literal) -> bool {
    if let (Value::Bool(own), Some(wanted)) = (value, boolean(literal)) {
        return *own == wanted;
    }
    let (Some(own), Literal::Text(wanted) | Literal::Number(wanted)) = (value.as_str(), literal) else { return false };
    if let (ValueKind::DateTime, Ok(own), Ok(wanted)) = (leaf.kind, own.parse::<Date>(), wanted.parse::<Date>()) {
        return ordered(operator, &own.as_millisecond(), &wanted.as_millisecond());
    }
    if leaf.is_case_exact {
        compares_text(operator, own, wanted)
    } else {
        compares_text(operator, &own.to_lowercase(), &wanted.to_lowercase())
    }
}

fn compares_text(operator: Operator, own: &str, wanted: &str) -> bool {
    match operator {
        Operator::Co => own.contains(wanted),
        Operator::Sw => own.starts_with(wanted),
        Operator::Ew => own.ends_with(wanted),
        operator => ordered(operator, own, wanted),
    }
}

fn ordered<T: Ord + ?Sized>(operator: Operator, own: &T, wanted: &T) -> bool {
    match operator {
        Operator::Eq => own == wanted,
        Operator::Ne => own != wanted,
        Operator::Gt => own > wanted,
        Operator::Ge => own >= wanted,
        Operator::Lt => own < wanted,
        Operator::Le => own <= wanted,
        // A time has no parts.
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}
