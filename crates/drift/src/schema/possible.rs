//! The object types that a type may be in a response.

use std::collections::BTreeSet;

use super::{Schema, TypeDefinition, TypeKind};

impl Schema {
    /// The possible object types of a type.
    pub(crate) fn possible(&self, name: &str) -> BTreeSet<&str> {
        self.types.values().filter(|object| self.may_be(name, object)).map(|object| object.name.as_str()).collect()
    }

    /// Whether any object is of both types.
    pub(crate) fn overlap(&self, one: &str, other: &str) -> bool {
        self.types.values().any(|object| self.may_be(one, object) && self.may_be(other, object))
    }

    /// Whether a type may be this object in a response.
    fn may_be(&self, name: &str, object: &TypeDefinition) -> bool {
        let TypeKind::Object { interfaces, .. } = &object.kind else { return false };
        match self.types.get(name).map(|definition| &definition.kind) {
            Some(TypeKind::Object { .. }) => object.name == name,
            Some(TypeKind::Union { members }) => members.binary_search(&object.name).is_ok(),
            Some(TypeKind::Interface { .. }) => interfaces.iter().any(|interface| interface == name),
            _ => false,
        }
    }
}
