//! Where the types of a schema are used: in inputs, in responses, or in both.

use std::collections::HashMap;

use crate::schema::{Schema, TypeKind};

/// For each referenced type, whether it is used in inputs and in responses.
pub(super) struct Positions<'s>(HashMap<&'s str, Position>);

#[derive(Debug, Clone, Copy, Default)]
struct Position {
    input: bool,
    output: bool,
}

impl<'s> Positions<'s> {
    pub(super) fn of(schema: &'s Schema) -> Self {
        let mut positions: HashMap<&str, Position> = HashMap::new();
        for definition in schema.types.values() {
            for field in definition.fields() {
                positions.entry(field.ty.name()).or_default().output = true;
                for argument in &field.arguments {
                    positions.entry(argument.ty.name()).or_default().input = true;
                }
            }
            if let TypeKind::InputObject { fields, .. } = &definition.kind {
                for field in fields {
                    positions.entry(field.ty.name()).or_default().input = true;
                }
            }
        }
        for argument in schema.directives.values().flat_map(|directive| &directive.arguments) {
            positions.entry(argument.ty.name()).or_default().input = true;
        }
        Self(positions)
    }

    /// Whether the type is used only in responses.
    pub(super) fn only_output(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|position| position.output && !position.input)
    }

    /// Whether the type is used only in inputs.
    pub(super) fn only_input(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|position| position.input && !position.output)
    }
}
