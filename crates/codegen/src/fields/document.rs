//! `queries/users/update.graphql`: the mutation that takes every field of a user.

use std::fmt::Write as _;

use super::{FieldSet, Fields, Verb};

/// The document of the operation `users.update`, with one variable for each field that v2 takes.
pub fn update_document(fields: &Fields) -> String {
    let mut variables = String::from("  $id: ID!\n");
    let mut arguments = String::from("    id: $id\n");
    for field in fields.of(FieldSet::User).iter().filter(|field| field.is_in_v2(Verb::Update)) {
        // Writing to a string cannot fail.
        _ = writeln!(variables, "  ${}: {}", field.name, field.row.r#type);
        _ = writeln!(arguments, "    {0}: ${0}", field.name);
    }
    format!(
        "# Written by `cargo xtask fields` from {}. An absent field stays as it is; null clears it.\n\n\
         mutation UserUpdate(\n{variables}) {{\n  APIUpdateUser(\n{arguments}  ) {{\n    ...UserProfile\n    \
         ...UserHoldings\n  }}\n}}\n",
        fields.path
    )
}
