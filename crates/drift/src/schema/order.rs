//! Normalizes a schema after reading: sorts its lists by name, keeps the last of repeated members, and checks names.

use super::{InputValue, Position, Repeats, Schema, TypeDefinition, TypeKind};
use crate::LoadError;

impl Schema {
    /// Sorts every list by name, so that introspection and SDL of the same schema are equal. Of members with the same
    /// name, the last counts.
    ///
    /// # Errors
    /// If it defines nothing, or a name is invalid.
    pub(crate) fn finish(&mut self) -> Result<(), LoadError> {
        if self.types.is_empty() && self.directives.is_empty() {
            return Err(LoadError::Invalid("it defines no type".to_owned()));
        }
        let repeats = &mut self.repeats;
        for definition in self.types.values_mut() {
            is_name(&definition.name)?;
            // Names are checked first, since a coordinate quotes them.
            definition.check_names()?;
            definition.kind.sort(&definition.name, repeats);
        }
        for directive in self.directives.values_mut() {
            is_name(&directive.name)?;
            directive.arguments.iter().try_for_each(InputValue::check_names)?;
            directive.locations.iter().try_for_each(|location| is_name(location))?;
            sort_inputs(&mut directive.arguments, repeats, |argument| format!("@{}({argument}:)", directive.name));
            directive.locations.sort();
            directive.locations.dedup();
        }
        Ok(())
    }
}

impl TypeKind {
    fn sort(&mut self, ty: &str, repeats: &mut Repeats) {
        let member = |name: &str| format!("{ty}.{name}");
        match self {
            Self::Scalar { .. } => {}
            Self::Object { interfaces, fields } | Self::Interface { interfaces, fields } => {
                sort_names(interfaces, repeats, |name| format!("{ty} implements {name}"));
                fields.sort_by(|a, b| a.name.cmp(&b.name));
                repeats.keep_last(fields, |field| &field.name, |field| field.position, member);
                for field in fields {
                    sort_inputs(&mut field.arguments, repeats, |argument| format!("{ty}.{}({argument}:)", field.name));
                }
            }
            Self::Union { members } => sort_names(members, repeats, |name| format!("{ty} = {name}")),
            Self::Enum { values } => {
                values.sort_by(|a, b| a.name.cmp(&b.name));
                repeats.keep_last(values, |value| &value.name, |value| value.position, member);
            }
            Self::InputObject { fields, .. } => sort_inputs(fields, repeats, member),
        }
    }
}

fn sort_names(names: &mut Vec<String>, repeats: &mut Repeats, coordinate: impl Fn(&str) -> String) {
    names.sort();
    repeats.keep_last(names, String::as_str, |_| Position::default(), coordinate);
}

fn sort_inputs(inputs: &mut Vec<InputValue>, repeats: &mut Repeats, coordinate: impl Fn(&str) -> String) {
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    repeats.keep_last(inputs, |input| &input.name, |input| input.position, coordinate);
}

impl TypeDefinition {
    fn check_names(&self) -> Result<(), LoadError> {
        match &self.kind {
            TypeKind::Scalar { .. } => Ok(()),
            TypeKind::Union { members } => members.iter().try_for_each(|member| is_name(member)),
            TypeKind::Object { interfaces, fields } | TypeKind::Interface { interfaces, fields } => {
                interfaces.iter().try_for_each(|interface| is_name(interface))?;
                fields.iter().try_for_each(|field| {
                    is_name(&field.name)?;
                    is_name(field.ty.name())?;
                    field.arguments.iter().try_for_each(InputValue::check_names)
                })
            }
            TypeKind::Enum { values } => values.iter().try_for_each(|value| is_name(&value.name)),
            TypeKind::InputObject { fields, .. } => fields.iter().try_for_each(InputValue::check_names),
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
