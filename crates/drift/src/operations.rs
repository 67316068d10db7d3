//! Operations as users write them: in many files, with fragments in other files, possibly invalid.

pub(crate) mod footprint;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Document, FragmentDefinition, OperationDefinition, Selection};
use apollo_compiler::parser::{Parser, SourceMap, SourceSpan};

use crate::effect::Impact;
use crate::finding::{Finding, Source, findings};
use crate::schema::Schema;
use footprint::Footprint;

/// The operations and fragments of some documents.
#[derive(Debug, Default)]
pub struct Operations {
    documents: Vec<Text>,
    /// Errors in the documents themselves.
    pub findings: Vec<Finding>,
}

/// A document, and where its lines begin.
#[derive(Debug)]
pub(crate) struct Text {
    path: String,
    source: String,
    newlines: Vec<usize>,
    document: Document,
}

impl Text {
    pub(crate) fn place(&self, span: Option<SourceSpan>) -> Place<'_> {
        let offset = span.map_or(0, |span| span.offset());
        let before = self.newlines.partition_point(|newline| *newline < offset);
        let start = before.checked_sub(1).and_then(|last| self.newlines.get(last)).map_or(0, |last| last + 1);
        Place {
            file: &self.path,
            line: before + 1,
            column: self.source.get(start..offset).map_or(0, |before| before.chars().count()) + 1,
        }
    }
}

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place<'d> {
    pub(crate) file: &'d str,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Operations {
    /// Parses documents. One that does not parse adds a finding; the part that parses is kept.
    pub fn parse(sources: &[Source]) -> Self {
        let mut operations = Self::default();
        for source in sources {
            let document = match Parser::new().parse_ast(&source.text, &source.path) {
                Ok(document) => document,
                Err(wrong) => {
                    operations.findings.extend(findings(&wrong.errors, None));
                    wrong.partial
                }
            };
            operations.documents.push(Text {
                path: source.path.clone(),
                source: source.text.clone(),
                newlines: memchr::memchr_iter(b'\n', source.text.as_bytes()).collect(),
                document,
            });
        }
        operations
    }

    /// The number of operations.
    pub fn len(&self) -> usize {
        self.documents
            .iter()
            .flat_map(|text| &text.document.definitions)
            .filter(|definition| matches!(definition, Definition::OperationDefinition(_)))
            .count()
    }

    /// Whether there are no operations.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each document with the fragments that it uses from others, so that it can be validated by itself.
    pub(crate) fn whole_documents(&self) -> Vec<Document> {
        let completion = Completion::of(self);
        self.documents.iter().map(|text| completion.complete(text, text.document.definitions.clone())).collect()
    }

    /// Each operation with the fragments that it uses, in the order of [`footprints`](Self::footprints).
    pub(crate) fn whole_operations(&self) -> Vec<Document> {
        let completion = Completion::of(self);
        let all = self.documents.iter().flat_map(|text| text.document.definitions.iter().map(move |it| (text, it)));
        all.filter(|(_, definition)| matches!(definition, Definition::OperationDefinition(_)))
            .map(|(text, operation)| completion.complete(text, vec![operation.clone()]))
            .collect()
    }

    /// Each operation, as unaffected.
    pub(crate) fn declarations(&self) -> Vec<Impact> {
        self.footprints(&Schema::default()).iter().map(Footprint::declaration).collect()
    }

    /// The parts of a schema that each operation uses.
    pub(crate) fn footprints<'d>(&'d self, schema: &'d Schema) -> Vec<Footprint<'d>> {
        let fragments = Fragments::of(self);
        self.documents
            .iter()
            .flat_map(|text| text.document.definitions.iter().map(move |definition| (text, definition)))
            .filter_map(|(text, definition)| match definition {
                Definition::OperationDefinition(operation) => {
                    Some(Footprint::of(schema, &fragments, &Located { text, node: operation }))
                }
                _ => None,
            })
            .collect()
    }
}

/// A definition, and the document that contains it.
pub(crate) struct Located<'d, T> {
    pub(crate) text: &'d Text,
    pub(crate) node: &'d Node<T>,
}

/// The fragments of all documents by name.
pub(crate) struct Fragments<'d>(HashMap<&'d str, Vec<Located<'d, FragmentDefinition>>>);

impl<'d> Fragments<'d> {
    fn of(operations: &'d Operations) -> Self {
        let mut fragments: HashMap<&str, Vec<_>> = HashMap::new();
        for text in &operations.documents {
            for definition in &text.document.definitions {
                if let Definition::FragmentDefinition(node) = definition {
                    fragments.entry(node.name.as_str()).or_default().push(Located { text, node });
                }
            }
        }
        Self(fragments)
    }

    /// The fragment that a spread in this file refers to. The file's own fragment takes precedence over others.
    pub(crate) fn find(&self, name: &str, file: &str) -> Option<&Located<'d, FragmentDefinition>> {
        let candidates = self.0.get(name)?;
        candidates.iter().find(|candidate| candidate.text.path == file).or_else(|| candidates.first())
    }
}

/// Adds the fragments that definitions use from other documents.
struct Completion<'d> {
    fragments: Fragments<'d>,
    sources: SourceMap,
}

impl<'d> Completion<'d> {
    fn of(operations: &'d Operations) -> Self {
        // An error in a fragment is located in its own file, so a document needs the sources of all.
        let sources = operations.documents.iter().flat_map(|text| text.document.sources.iter());
        let sources = Arc::new(sources.map(|(id, file)| (*id, Arc::clone(file))).collect());
        Self { fragments: Fragments::of(operations), sources }
    }

    fn complete(&self, text: &Text, definitions: Vec<Definition>) -> Document {
        let mut whole = Document { sources: Arc::clone(&self.sources), definitions };
        let own = whole.definitions.iter().filter_map(|definition| definition.as_fragment_definition());
        let mut present: HashSet<String> = own.map(|fragment| fragment.name.to_string()).collect();
        let mut next = 0;
        // The list grows while it is read, since an added fragment may spread others.
        while let Some(definition) = whole.definitions.get(next).cloned() {
            next += 1;
            for name in spreads(&definition) {
                if present.insert(name.clone())
                    && let Some(fragment) = self.fragments.find(&name, &text.path)
                {
                    whole.definitions.push(Definition::FragmentDefinition(fragment.node.clone()));
                }
            }
        }
        whole
    }
}

/// The name of an operation in reports.
pub(crate) fn name_of(operation: &OperationDefinition) -> String {
    operation.name.as_ref().map_or_else(|| format!("(unnamed {})", operation.operation_type), ToString::to_string)
}

/// The names of the fragments that a definition spreads.
fn spreads(definition: &Definition) -> Vec<String> {
    let mut waiting: Vec<&[Selection]> = match definition {
        Definition::OperationDefinition(operation) => vec![&operation.selection_set],
        Definition::FragmentDefinition(fragment) => vec![&fragment.selection_set],
        _ => Vec::new(),
    };
    let mut names = Vec::new();
    while let Some(selections) = waiting.pop() {
        for selection in selections {
            match selection {
                Selection::Field(field) => waiting.push(&field.selection_set),
                Selection::InlineFragment(fragment) => waiting.push(&fragment.selection_set),
                Selection::FragmentSpread(spread) => names.push(spread.fragment_name.to_string()),
            }
        }
    }
    names
}
