//! The query to send: an operation with the fragments that it uses, with minimal white space.

use apollo_compiler::executable::Operation;
use thought_industries_spec::{Document, Types};

use crate::documents::Documents;

/// The text of an operation. Selections of abstract types get the `__typename` that decoding needs.
pub(crate) fn query(documents: &Documents, operation: &Operation, types: &Types) -> String {
    let mut text = operation.serialize().no_indent().to_string();
    for fragment in documents.valid.fragments.values() {
        text.push('\n');
        text.push_str(&fragment.serialize().no_indent().to_string());
    }
    // The text was printed from a valid document.
    let Some(mut document) = Document::parse(&text) else { return text };
    document.drop_unused();
    document.tag(types);
    document.to_string()
}
