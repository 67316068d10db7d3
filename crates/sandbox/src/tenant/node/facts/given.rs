//! What a write has answered.

use std::rc::Rc;

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::schema::ExtendedType;
use serde_json::Value;

use crate::tenant::node::{Node, Place, Resolved};

/// A field of the result of a write.
pub(super) fn given<'t>(node: &Node<'t>, field: &'t FieldDefinition, value: &Value) -> Option<Resolved<'t>> {
    let value = value.get(field.name.as_str())?;
    let type_name = field.ty.inner_named_type();
    let is_leaf = node.served.schema.types.get(type_name).is_none_or(ExtendedType::is_leaf);
    let object = |value: &Value| Resolved::Object(node.at(type_name, Place::Given(Rc::new(value.clone()))));
    Some(match value {
        Value::Array(items) if is_leaf => Resolved::leaves(items.iter().cloned()),
        Value::Array(items) => Resolved::List(items.iter().map(object).collect()),
        Value::Object(_) if !is_leaf => object(value),
        leaf => Resolved::leaf(leaf.clone()),
    })
}
