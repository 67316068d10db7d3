//! Resolves all operations of the documents, with their texts and their costs.

use thought_industries_spec::{Document, Selection, Types};

use crate::documents::Documents;
use crate::schema::Schema;
use crate::selection::{self, Selected};
use crate::settings::Settings;
use crate::{Problem, cost, text};

/// Resolves every operation, with its text and its cost, and rejects those that cost too much.
pub(crate) fn select_all(
    schema: &Schema,
    documents: &Documents,
    types: &Types,
    settings: &Settings,
) -> Result<Vec<Selected>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut selected = Vec::new();
    for (name, operation) in documents.operations() {
        match selection::select(schema, documents, name, operation) {
            Ok(mut resolved) => {
                resolved.text = text::query(documents, operation, types);
                let selection = selection_of(&resolved.text, types);
                resolved.points = selection.points();
                problems.extend(cost::problem(&resolved, &selection, &settings.costs));
                selected.push(resolved);
            }
            Err(found) => problems.extend(found),
        }
    }
    problems.sort();
    if problems.is_empty() { Ok(selected) } else { Err(problems) }
}

/// The selection of the only operation of a text.
pub(crate) fn selection_of(text: &str, types: &Types) -> Selection {
    let document = Document::parse(text);
    let operation = document.as_ref().and_then(|document| Some((document, document.operation(None)?)));
    operation.map(|(document, operation)| Selection::of(document, operation, types)).unwrap_or_default()
}
