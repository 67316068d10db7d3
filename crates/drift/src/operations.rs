//! Operations as users write them: in many files, with fragments in other files, possibly invalid.

pub(crate) mod footprint;

use std::collections::HashMap;

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Document, FragmentDefinition, OperationDefinition, Selection};
use apollo_compiler::parser::{Parser, SourceSpan};

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
    /// How many characters there are before every [`STEP`]th byte.
    marks: Vec<usize>,
    document: Document,
}

/// Characters are counted once for so many bytes, so that places in one long line are found fast.
const STEP: usize = 1_024;

impl Text {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Where the braces around a selection begin.
    pub(crate) fn brace_before(&self, selection: &Selection) -> Place<'_> {
        let span = match selection {
            Selection::Field(node) => node.location(),
            Selection::InlineFragment(node) => node.location(),
            Selection::FragmentSpread(node) => node.location(),
        };
        let end = span.map_or(0, |span| span.offset());
        self.at(self.source.get(..end).and_then(|before| before.rfind('{')).unwrap_or(end))
    }

    pub(crate) fn place(&self, span: Option<SourceSpan>) -> Place<'_> {
        self.at(span.map_or(0, |span| span.offset()))
    }

    fn at(&self, offset: usize) -> Place<'_> {
        let before = self.newlines.partition_point(|newline| *newline < offset);
        let start = before.checked_sub(1).and_then(|last| self.newlines.get(last)).map_or(0, |last| last + 1);
        Place {
            file: &self.path,
            line: before + 1,
            column: self.characters_before(offset).saturating_sub(self.characters_before(start)) + 1,
        }
    }
}

impl Text {
    /// The number of characters that begin before an offset in bytes.
    fn characters_before(&self, offset: usize) -> usize {
        let mark = offset / STEP;
        let rest = self.source.as_bytes().get(mark * STEP..offset).unwrap_or_default();
        self.marks.get(mark).copied().unwrap_or_default() + characters(rest)
    }
}

/// The number of characters that begin in some bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// The number of characters before every [`STEP`]th byte.
fn marks(source: &str) -> Vec<usize> {
    let chunks = source.as_bytes().chunks(STEP).scan(0, |sum, chunk| {
        let before = *sum;
        *sum += characters(chunk);
        Some(before)
    });
    // The end of a text is a place, too.
    chunks.chain(source.len().is_multiple_of(STEP).then(|| characters(source.as_bytes()))).collect()
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
                    operations.findings.extend(findings(&wrong.errors));
                    wrong.partial
                }
            };
            operations.documents.push(Text {
                path: source.path.clone(),
                source: source.text.clone(),
                newlines: memchr::memchr_iter(b'\n', source.text.as_bytes()).collect(),
                marks: marks(&source.text),
                document,
            });
        }
        operations
    }

    /// The number of operations.
    pub fn len(&self) -> usize {
        self.definitions().filter(|(_, definition)| matches!(definition, Definition::OperationDefinition(_))).count()
    }

    /// Whether there are no operations.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every definition with its document.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = (&Text, &Definition)> {
        self.documents.iter().flat_map(|text| text.document.definitions.iter().map(move |it| (text, it)))
    }

    /// Each operation, as unaffected.
    pub(crate) fn declarations(&self) -> Vec<Impact> {
        self.footprints(&Schema::default()).iter().map(Footprint::declaration).collect()
    }

    /// The parts of a schema that each operation uses.
    pub(crate) fn footprints<'d>(&'d self, schema: &'d Schema) -> Vec<Footprint<'d>> {
        let fragments = Fragments::of(self);
        self.definitions()
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

/// The fragments of all documents.
pub(crate) struct Fragments<'d> {
    all: Vec<Located<'d, FragmentDefinition>>,
    by_name: HashMap<&'d str, Vec<usize>>,
}

impl<'d> Fragments<'d> {
    pub(crate) fn of(operations: &'d Operations) -> Self {
        let mut fragments = Self { all: Vec::new(), by_name: HashMap::new() };
        for (text, definition) in operations.definitions() {
            if let Definition::FragmentDefinition(node) = definition {
                fragments.by_name.entry(node.name.as_str()).or_default().push(fragments.all.len());
                fragments.all.push(Located { text, node });
            }
        }
        fragments
    }

    /// All fragments, in the order of their indexes.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Located<'d, FragmentDefinition>> {
        self.all.iter()
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'d str> {
        self.by_name.keys().copied()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Located<'d, FragmentDefinition>> {
        self.all.get(index)
    }

    /// The fragment that a spread in this file refers to. The file's own fragment takes precedence over others.
    pub(crate) fn index_of(&self, name: &str, file: &str) -> Option<usize> {
        let candidates = self.by_name.get(name)?;
        let own = |index: &&usize| self.all.get(**index).is_some_and(|candidate| candidate.text.path == file);
        candidates.iter().find(own).or(candidates.first()).copied()
    }

    pub(crate) fn find(&self, name: &str, file: &str) -> Option<&Located<'d, FragmentDefinition>> {
        self.get(self.index_of(name, file)?)
    }
}

/// The name of an operation in reports.
pub(crate) fn name_of(operation: &OperationDefinition) -> String {
    operation.name.as_ref().map_or_else(|| format!("(unnamed {})", operation.operation_type), ToString::to_string)
}
