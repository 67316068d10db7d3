//! Query documents: their operations and fragments.

use std::collections::BTreeMap;

use cynic_parser::ExecutableDocument;
use cynic_parser::executable::{ExecutableDefinition, FragmentDefinition, OperationDefinition, Selection};

use crate::{Problem, Source};

/// All documents, parsed.
pub(crate) struct Documents {
    parsed: Vec<(Source, ExecutableDocument)>,
}

/// An operation and the document that contains it.
#[derive(Clone, Copy)]
pub(crate) struct OperationRef<'d> {
    pub(crate) source: &'d Source,
    pub(crate) name: &'d str,
    pub(crate) definition: OperationDefinition<'d>,
}

/// A fragment and the document that contains it.
#[derive(Clone, Copy)]
pub(crate) struct FragmentRef<'d> {
    pub(crate) source: &'d Source,
    pub(crate) definition: FragmentDefinition<'d>,
}

impl Documents {
    /// Parses documents, and checks that names are present and unique.
    pub(crate) fn parse(sources: &[Source]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut parsed = Vec::new();
        for source in sources {
            match cynic_parser::parse_executable_document(&source.text) {
                Ok(document) => parsed.push((source.clone(), document)),
                Err(error) => {
                    let offset = error.span().map_or(0, |span| span.start);
                    problems.push(source.problem(offset, error.to_string(), ""));
                }
            }
        }
        let documents = Self { parsed };
        problems.extend(documents.name_problems());
        if problems.is_empty() { Ok(documents) } else { Err(problems) }
    }

    /// The operations in file order.
    pub(crate) fn operations(&self) -> impl Iterator<Item = OperationRef<'_>> {
        self.parsed.iter().flat_map(|(source, document)| {
            document
                .operations()
                .filter_map(move |definition| Some(OperationRef { source, name: definition.name()?, definition }))
        })
    }

    pub(crate) fn operation(&self, name: &str) -> Option<OperationRef<'_>> {
        self.operations().find(|operation| operation.name == name)
    }

    pub(crate) fn fragment(&self, name: &str) -> Option<FragmentRef<'_>> {
        self.fragments().find(|fragment| fragment.definition.name() == name)
    }

    pub(crate) fn fragments(&self) -> impl Iterator<Item = FragmentRef<'_>> {
        self.parsed.iter().flat_map(|(source, document)| {
            document.fragments().map(move |definition| FragmentRef { source, definition })
        })
    }

    /// The fragments that an operation needs, directly or transitively, sorted by name.
    pub(crate) fn fragments_used<'d>(&'d self, operation: &OperationRef<'d>) -> BTreeMap<&'d str, FragmentRef<'d>> {
        let mut used = BTreeMap::new();
        let mut open: Vec<&str> = operation.definition.selection_set().flat_map(spreads).collect();
        while let Some(name) = open.pop() {
            if let (false, Some(fragment)) = (used.contains_key(name), self.fragment(name)) {
                used.insert(fragment.definition.name(), fragment);
                open.extend(fragment.definition.selection_set().flat_map(spreads));
            }
        }
        used
    }

    fn name_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        for (source, document) in &self.parsed {
            for definition in document.definitions() {
                let (kind, name, span) = match definition {
                    ExecutableDefinition::Operation(operation) => match (operation.name(), operation.name_span()) {
                        (Some(name), Some(span)) => ("operation", name, span),
                        _ => {
                            let start = operation.selection_set_span().start;
                            let help = "name it, as in `query UserById { … }`: its module and type are named after it";
                            problems.push(source.problem(start, "the operation has no name", help));
                            continue;
                        }
                    },
                    ExecutableDefinition::Fragment(fragment) => ("fragment", fragment.name(), fragment.name_span()),
                };
                if let Some(first) = seen.insert((kind, name), &source.path) {
                    let message = format!("{kind} `{name}` is already defined in {first}");
                    problems.push(source.problem(span.start, message, "rename one of the two"));
                }
            }
        }
        problems
    }
}

fn spreads(selection: Selection<'_>) -> Vec<&str> {
    match selection {
        Selection::FragmentSpread(spread) => vec![spread.fragment_name()],
        Selection::Field(field) => field.selection_set().flat_map(spreads).collect(),
        Selection::InlineFragment(fragment) => fragment.selection_set().flat_map(spreads).collect(),
    }
}
