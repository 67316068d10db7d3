//! Where the types of a schema stand: in what is sent, in what is answered.

use std::collections::HashMap;

use crate::schema::{Schema, TypeKind};

/// For each type that something refers to, whether it is sent and whether it is answered.
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

    /// Whether values of the type are answered and never sent.
    pub(super) fn only_output(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|position| position.output && !position.input)
    }

    /// Whether values of the type are sent and never answered.
    pub(super) fn only_input(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|position| position.input && !position.output)
    }
}
