//! Which changes of a type reference are safe.

use crate::schema::{InputValue, Schema, TypeKind, TypeRef};

/// Whether every response of the new type is valid for the old: the same type, or null in fewer places.
pub(super) fn safe_output(old: &TypeRef, new: &TypeRef) -> bool {
    match (old, new) {
        (TypeRef::Named(old), TypeRef::Named(new)) => old == new,
        (TypeRef::NonNull(old), TypeRef::NonNull(new)) | (TypeRef::List(old), TypeRef::List(new)) => {
            safe_output(old, new)
        }
        (old, TypeRef::NonNull(new)) => safe_output(old, new),
        _ => false,
    }
}

/// Whether every input of the old type is valid for the new: the same type, or null in more places.
pub(super) fn safe_input(old: &TypeRef, new: &TypeRef) -> bool {
    match (old, new) {
        (TypeRef::Named(old), TypeRef::Named(new)) => old == new,
        (TypeRef::NonNull(old), TypeRef::NonNull(new)) | (TypeRef::List(old), TypeRef::List(new)) => {
            safe_input(old, new)
        }
        (TypeRef::NonNull(old), new) => safe_input(old, new),
        _ => false,
    }
}

/// Whether every value of the old type is coerced to the new: a single value to a list of one.
pub(super) fn coerced_to_list(old: &TypeRef, new: &TypeRef) -> bool {
    let (old_inner, old_required) = unwrap(old);
    let (new_inner, new_required) = unwrap(new);
    match (old_inner, new_inner) {
        (TypeRef::Named(name), TypeRef::List(item)) => {
            (old_required || !new_required) && *unwrap(item).0 == TypeRef::Named(name.clone())
        }
        _ => false,
    }
}

fn unwrap(ty: &TypeRef) -> (&TypeRef, bool) {
    match ty {
        TypeRef::NonNull(inner) => (inner, true),
        other => (other, false),
    }
}

/// Whether only the list and non-null wrappers of a type changed.
pub(super) fn same_name(old: &TypeRef, new: &TypeRef) -> bool {
    old.name() == new.name()
}

/// Whether the new type is a member or an implementation of the old one, and otherwise safe in a response.
pub(crate) fn narrows(schema: &Schema, old: &TypeRef, new: &TypeRef) -> bool {
    let (wide, narrow) = (old.name(), new.name());
    let is_one = match schema.types.get(wide).map(|definition| &definition.kind) {
        Some(TypeKind::Union { members }) => members.iter().any(|member| member == narrow),
        Some(TypeKind::Interface { .. }) => {
            schema.types.get(narrow).is_some_and(|narrow| narrow.interfaces().iter().any(|name| name == wide))
        }
        _ => false,
    };
    is_one && safe_output(&renamed(old, narrow), new)
}

fn renamed(ty: &TypeRef, name: &str) -> TypeRef {
    match ty {
        TypeRef::Named(_) => TypeRef::Named(name.to_owned()),
        TypeRef::List(inner) => TypeRef::List(Box::new(renamed(inner, name))),
        TypeRef::NonNull(inner) => TypeRef::NonNull(Box::new(renamed(inner, name))),
    }
}

/// Whether an input is required.
pub(crate) fn is_required(input: &InputValue) -> bool {
    matches!(input.ty, TypeRef::NonNull(_)) && input.default.is_none()
}
