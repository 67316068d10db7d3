//! Client operations that gained or lost their GraphQL root field.

use crate::report::{CapabilityChange, Report};
use crate::schema::Schema;

/// A client operation, and the root field that implements it if the schema has it.
#[derive(Debug, Clone, Copy)]
pub struct Capability<'c> {
    /// The client's name for the operation.
    pub operation: &'c str,
    /// Whether the field belongs to the mutation root; otherwise to the query root.
    pub is_mutation: bool,
    /// The name of the root field.
    pub field: &'c str,
}

impl Report {
    /// Records which of a client's operations gained or lost their root field.
    pub fn note_capabilities<'c>(
        &mut self,
        old: &Schema,
        new: &Schema,
        capabilities: impl IntoIterator<Item = Capability<'c>>,
    ) {
        for Capability { operation, is_mutation, field } in capabilities {
            let has = |schema: &Schema| {
                let fields = if is_mutation { schema.mutation_fields() } else { schema.query_fields() };
                fields.iter().any(|candidate| candidate.name == field)
            };
            let root = |schema: &Schema| if is_mutation { schema.mutation.clone() } else { schema.query.clone() };
            // A lost field has a coordinate only in the old schema.
            let root = if has(new) { root(new) } else { root(old) };
            let coordinate = format!("{}.{field}", root.unwrap_or_default());
            let message = match (has(old), has(new)) {
                (false, true) => format!(
                    "`{operation}` gained its GraphQL field `{coordinate}`, and no longer has to fall back to REST"
                ),
                (true, false) => {
                    format!("`{operation}` lost its GraphQL field `{coordinate}`, and has to fall back to REST")
                }
                _ => continue,
            };
            self.capabilities.push(CapabilityChange {
                operation: operation.to_owned(),
                field: coordinate,
                gained: has(new),
                message,
            });
        }
        self.capabilities.sort();
    }
}
