//! Normalizes a schema after reading: sorts its lists by name, and checks that names are valid and unique.

use super::{InputValue, Schema, TypeDefinition, TypeKind};
use crate::LoadError;

impl Schema {
    /// Sorts every list by name, so that introspection and SDL of the same schema are equal.
    ///
    /// # Errors
    /// If it defines nothing, a name is invalid, or two members of one definition have the same name.
    pub(crate) fn finish(&mut self) -> Result<(), LoadError> {
        if self.types.is_empty() && self.directives.is_empty() {
            return Err(LoadError::Invalid("it defines no type".to_owned()));
        }
        for definition in self.types.values_mut() {
            // Sorting comes first, since `once_each` finds duplicates only in sorted lists.
            definition.kind.sort();
            is_name(&definition.name)?;
            definition.check_names()?;
        }
        for directive in self.directives.values_mut() {
            is_name(&directive.name)?;
            directive.arguments.iter().try_for_each(|argument| is_name(&argument.name))?;
            directive.locations.iter().try_for_each(|location| is_name(location))?;
            directive.arguments.sort_by(|a, b| a.name.cmp(&b.name));
            directive.locations.sort();
            directive.locations.dedup();
            once_each(&directive.arguments, |argument| &argument.name, || format!("@{}", directive.name))?;
        }
        Ok(())
    }
}

impl TypeKind {
    fn sort(&mut self) {
        match self {
            Self::Scalar { .. } => {}
            Self::Object { interfaces, fields } | Self::Interface { interfaces, fields } => {
                interfaces.sort();
                fields.sort_by(|a, b| a.name.cmp(&b.name));
                for field in fields {
                    field.arguments.sort_by(|a, b| a.name.cmp(&b.name));
                }
            }
            Self::Union { members } => members.sort(),
            Self::Enum { values } => values.sort_by(|a, b| a.name.cmp(&b.name)),
            Self::InputObject { fields, .. } => fields.sort_by(|a, b| a.name.cmp(&b.name)),
        }
    }
}

impl TypeDefinition {
    fn check_names(&self) -> Result<(), LoadError> {
        let owner = || self.name.clone();
        match &self.kind {
            TypeKind::Scalar { .. } => Ok(()),
            TypeKind::Union { members } => {
                members.iter().try_for_each(|member| is_name(member))?;
                once_each(members, |member| member, owner)
            }
            TypeKind::Object { interfaces, fields } | TypeKind::Interface { interfaces, fields } => {
                interfaces.iter().try_for_each(|interface| is_name(interface))?;
                once_each(interfaces, |interface| interface, owner)?;
                once_each(fields, |field| &field.name, owner)?;
                fields.iter().try_for_each(|field| {
                    is_name(&field.name)?;
                    is_name(field.ty.name())?;
                    field.arguments.iter().try_for_each(InputValue::check_names)?;
                    once_each(&field.arguments, |argument| &argument.name, || format!("{}.{}", self.name, field.name))
                })
            }
            TypeKind::Enum { values } => {
                values.iter().try_for_each(|value| is_name(&value.name))?;
                once_each(values, |value| &value.name, owner)
            }
            TypeKind::InputObject { fields, .. } => {
                fields.iter().try_for_each(InputValue::check_names)?;
                once_each(fields, |field| &field.name, owner)
            }
        }
    }
}

impl InputValue {
    fn check_names(&self) -> Result<(), LoadError> {
        is_name(&self.name)?;
        is_name(self.ty.name())
    }
}

/// Fails if a text is not a GraphQL name, since introspection may return any text.
fn is_name(text: &str) -> Result<(), LoadError> {
    let is_one = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_one { Ok(()) } else { Err(LoadError::Invalid(format!("`{}` is not a valid name", text.escape_default()))) }
}

/// Fails if a sorted list has two members with the same name.
fn once_each<T>(members: &[T], name: impl Fn(&T) -> &str, owner: impl Fn() -> String) -> Result<(), LoadError> {
    match members.windows(2).find(|pair| matches!(pair, [a, b] if name(a) == name(b))) {
        Some([twice, ..]) => Err(LoadError::Duplicate(format!("{}.{}", owner(), name(twice)))),
        _ => Ok(()),
    }
}
