//! Query documents: their operations and fragments.

use std::collections::BTreeMap;

use cynic_parser::ExecutableDocument;
use cynic_parser::executable::{
    ExecutableDefinition, FragmentDefinition, FragmentSpread, OperationDefinition, Selection,
};

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
    /// Parses documents, and checks that names are present and unique, and that no fragment spreads itself.
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
        problems.extend(documents.recursive_spreads());
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
        reached_from(&self.by_name(), operation.definition.selection_set().flat_map(spreads))
    }

    fn by_name(&self) -> BTreeMap<&str, FragmentRef<'_>> {
        self.fragments().map(|fragment| (fragment.definition.name(), fragment)).collect()
    }

    /// Spreads that lead back to the fragment that contains them, through any number of fields and fragments. Their
    /// selection would have no end.
    fn recursive_spreads(&self) -> Vec<Problem> {
        let known = self.by_name();
        let mut problems = Vec::new();
        for fragment in known.values() {
            for spread in fragment.definition.selection_set().flat_map(spreads) {
                if reached_from(&known, std::iter::once(spread)).contains_key(fragment.definition.name()) {
                    let message = format!("fragment `{}` spreads itself", spread.fragment_name());
                    let start = spread.fragment_name_span().start;
                    problems.push(fragment.source.problem(start, message, "remove the recursive spread"));
                }
            }
        }
        problems
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

/// The fragments that spreads lead to, directly or transitively.
fn reached_from<'d>(
    known: &BTreeMap<&'d str, FragmentRef<'d>>,
    from: impl Iterator<Item = FragmentSpread<'d>>,
) -> BTreeMap<&'d str, FragmentRef<'d>> {
    let mut reached = BTreeMap::new();
    let mut open: Vec<FragmentSpread<'_>> = from.collect();
    while let Some(spread) = open.pop() {
        let name = spread.fragment_name();
        if let (false, Some(fragment)) = (reached.contains_key(name), known.get(name)) {
            reached.insert(fragment.definition.name(), *fragment);
            open.extend(fragment.definition.selection_set().flat_map(spreads));
        }
    }
    reached
}

/// The spreads in a selection, however deep.
fn spreads(selection: Selection<'_>) -> Vec<FragmentSpread<'_>> {
    match selection {
        Selection::FragmentSpread(spread) => vec![spread],
        Selection::Field(field) => field.selection_set().flat_map(spreads).collect(),
        Selection::InlineFragment(fragment) => fragment.selection_set().flat_map(spreads).collect(),
    }
}
