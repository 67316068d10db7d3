//! Operations with a generated document.

use std::collections::BTreeSet;

use graphql_client::GraphQLQuery;
use serde::de::DeserializeOwned;
use thought_industries_spec::{Document, Selection, Types};

use super::OperationSpec;

/// An operation with a generated document.
pub trait GeneratedOperation: GraphQLQuery {
    /// Its name in the document.
    const NAME: &'static str;
    /// Its text, including the fragments that it uses.
    const QUERY: &'static str;
    /// The variables that it declares.
    const VARIABLES: &'static [&'static str];
    /// Whether its types require every field that is never null according to the schema.
    const IS_STRICT: bool;
    /// Its surfaces, its cost, and whether it may be retried.
    const SPEC: &'static OperationSpec;

    /// Its document, parsed once.
    fn parsed() -> &'static ParsedOperation;
}

/// An operation with one root field, which REST may return as well.
pub trait SingleRoot: GeneratedOperation {
    /// The type of its root field.
    type Root: DeserializeOwned;
    /// The response key of its root field.
    const ROOT_KEY: &'static str;

    /// Extracts the value of the root field; `None` if it is null.
    fn root(data: Self::ResponseData) -> Option<Self::Root>;

    /// What it selects below its root field.
    fn selection() -> &'static Selection {
        Self::parsed().selection().below(Self::ROOT_KEY)
    }
}

/// The variables of a generated operation, which name it.
pub trait OperationVariables: Sized {
    /// The operation.
    type Operation: GeneratedOperation<Variables = Self>;
}

/// A document that was parsed, with the types that it selects from.
#[derive(Debug)]
pub struct ParsedOperation {
    document: Document<'static>,
    types: &'static Types,
    selection: Selection,
    /// The coordinates that it selects, such as `License.ref10`.
    coordinates: BTreeSet<String>,
    is_strict: bool,
}

/// A document as far as a tenant has it.
#[derive(Debug, PartialEq)]
pub(crate) enum Reduction {
    /// The tenant has everything.
    Whole,
    /// What is left.
    Reduced {
        query: String,
        points: u32,
        /// The paths that it does not select any more.
        gaps: Vec<String>,
    },
    /// Nothing is left, or nothing that could be decoded.
    Nothing,
}

impl ParsedOperation {
    /// Parses the document of an operation.
    pub fn new<O: GeneratedOperation>(types: &'static Types) -> Self {
        let document = Document::parse(O::QUERY).unwrap_or_default();
        let selection = selection_of(&document, types);
        let coordinates = document.coordinates(types);
        Self { document, types, selection, coordinates, is_strict: O::IS_STRICT }
    }

    /// What it selects, from its root fields downwards.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Whether it selects a coordinate, such as `License.ref10`, or has a fragment on a type, such as `License`.
    pub(crate) fn selects(&self, coordinate: &str) -> bool {
        self.coordinates.contains(coordinate)
    }

    /// The coordinates that it selects.
    pub(crate) fn coordinates(&self) -> &BTreeSet<String> {
        &self.coordinates
    }

    /// The operation without coordinates that a tenant lacks.
    pub(crate) fn without(&self, lacks: &BTreeSet<String>) -> Reduction {
        if self.coordinates.is_disjoint(lacks) {
            return Reduction::Whole;
        }
        let Some(reduced) = self.document.without(lacks, self.types, self.is_strict) else { return Reduction::Nothing };
        let left = selection_of(&reduced, self.types);
        let gaps = self.selection.without(&left);
        Reduction::Reduced { query: reduced.to_string(), points: left.points(), gaps }
    }
}

fn selection_of(document: &Document<'_>, types: &Types) -> Selection {
    document.operation(None).map(|operation| Selection::of(document, operation, types)).unwrap_or_default()
}
