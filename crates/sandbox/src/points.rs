//! The cost of a query: one point for each returned field, plus the surcharge in its description.

use std::collections::BTreeMap;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};

/// A query with more selections than this exceeds every limit.
const MOST_SELECTIONS: usize = 100_000;

/// The points of an operation. A field that is returned for several types, or from several fragments, counts once.
pub(crate) fn points(document: &ExecutableDocument, operation: &Operation) -> u32 {
    let mut count = Count { document, points: BTreeMap::new(), selections: 0 };
    count.add(&operation.selection_set, "");
    if count.selections > MOST_SELECTIONS { u32::MAX } else { count.points.values().sum() }
}

struct Count<'d> {
    document: &'d ExecutableDocument,
    /// By path in the response.
    points: BTreeMap<String, u32>,
    selections: usize,
}

impl Count<'_> {
    fn add(&mut self, set: &SelectionSet, path: &str) {
        for selection in &set.selections {
            self.selections += 1;
            if self.selections > MOST_SELECTIONS {
                return;
            }
            match selection {
                Selection::Field(field) => {
                    let path = format!("{path}.{}", field.response_key());
                    let description = field.definition.description.as_deref();
                    let surcharge = description.and_then(graphql_drift::cost::points).unwrap_or_default();
                    let price = self.points.entry(path.clone()).or_default();
                    *price = (*price).max(1 + surcharge);
                    self.add(&field.selection_set, &path);
                }
                Selection::InlineFragment(fragment) => self.add(&fragment.selection_set, path),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.fragment_name) {
                        self.add(&fragment.selection_set, path);
                    }
                }
            }
        }
    }
}
