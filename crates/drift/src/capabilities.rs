//! Operations that gained or lost the root field that they would be a GraphQL operation by.

use serde::Serialize;

use crate::report::Report;
use crate::schema::Schema;

/// An operation of a client, and the root field that carries it where there is one.
#[derive(Debug, Clone, Copy)]
pub struct Capability<'c> {
    /// What the client calls the operation.
    pub operation: &'c str,
    /// Whether the field is one of mutations; of queries otherwise.
    pub is_mutation: bool,
    /// The name of the root field.
    pub field: &'c str,
}

/// A change of what can be done with GraphQL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct CapabilityChange {
    /// What the client calls the operation.
    pub operation: String,
    /// The coordinate of the root field.
    pub field: String,
    /// Whether the field came; it went otherwise.
    pub gained: bool,
    /// What that means, for a person.
    pub message: String,
}

impl Report {
    /// Notes which of a client's operations gained or lost their root field.
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
