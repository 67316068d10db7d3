//! Query documents, parsed and validated against a schema.

use std::collections::BTreeMap;

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::Operation;
use apollo_compiler::parser::{Parser, SourceMap, SourceSpan};
use apollo_compiler::validation::{DiagnosticList, Valid};

use crate::schema::Schema;
use crate::validate::{self, Context};
use crate::{Problem, Source};

/// The documents of a folder as one: fragments are shared by all files.
#[derive(Debug)]
pub(crate) struct Documents {
    pub(crate) valid: Valid<ExecutableDocument>,
    /// The options of the operations that have any, by name.
    options: BTreeMap<String, Options>,
}

/// What a comment directly before an operation asks of the generator: `# @generate(types: narrow)`.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    is_narrow: bool,
    has_page_texts: bool,
}

impl Documents {
    /// Parses and validates. All problems of all files are found at once.
    pub(crate) fn parse(schema: &Schema, sources: &[Source]) -> Result<Self, Vec<Problem>> {
        let mut errors = DiagnosticList::new(SourceMap::default());
        let mut builder = ExecutableDocument::builder(Some(&schema.valid), &mut errors);
        for source in sources {
            Parser::new().parse_into_executable_builder(&source.text, &source.path, &mut builder);
        }
        let document = builder.build();
        let mut problems = unnamed(&document);
        let mut options = BTreeMap::new();
        for operation in document.operations.named.values() {
            let name = operation.name.as_ref().map(ToString::to_string).unwrap_or_default();
            match options_of(operation, sources, &document.sources) {
                Ok(found) => _ = options.insert(name, found),
                Err(problem) => problems.push(problem),
            }
        }
        // Operations without a name have a better message than the validator's.
        let counts = |error: &apollo_compiler::validation::DiagnosticData| {
            error.unstable_error_name() != Some("AmbiguousAnonymousOperation")
        };
        let context = Context {
            path: "",
            schema: Some(&schema.valid),
            fragments: document.fragments.keys().map(AsRef::as_ref).collect(),
            help: "compare it with the schema",
        };
        problems.extend(validate::problems(&errors, &context, counts));
        if !problems.is_empty() {
            // Without these, the validator would repeat what follows from them.
            return Err(problems);
        }
        match document.clone().validate(&schema.valid) {
            Ok(valid) => Ok(Self { valid, options }),
            Err(invalid) => Err(validate::problems(&invalid.errors, &context, |_| true)),
        }
    }

    /// The operations, sorted by name: the output must not depend on which file an operation is in.
    pub(crate) fn operations(&self) -> BTreeMap<&str, &Operation> {
        self.valid.operations.named.iter().map(|(name, operation)| (name.as_str(), &**operation)).collect()
    }

    /// Whether an operation asks for types of its own.
    pub(crate) fn is_narrow(&self, operation: &str) -> bool {
        self.options.get(operation).is_some_and(|options| options.is_narrow)
    }

    /// Whether the texts of its own types share an allocation for each response.
    pub(crate) fn has_page_texts(&self, operation: &str) -> bool {
        self.options.get(operation).is_some_and(|options| options.has_page_texts)
    }

    /// The place of something in the documents.
    pub(crate) fn place(&self, location: Option<SourceSpan>) -> Problem {
        place(location, &self.valid.sources)
    }
}

fn place(location: Option<SourceSpan>, sources: &SourceMap) -> Problem {
    let file = location.and_then(|location| sources.get(&location.file_id()));
    let path = file.map(|file| file.path().to_string_lossy().replace('\\', "/")).unwrap_or_default();
    let start = location.and_then(|location| location.line_column(sources));
    let (line, column) = start.map_or((0, 0), |start| (start.line, start.column));
    Problem { line, column, ..Problem::whole(path, "", "") }
}

fn unnamed(document: &ExecutableDocument) -> Vec<Problem> {
    let problem = |operation: &apollo_compiler::Node<Operation>| Problem {
        message: "the operation has no name".to_owned(),
        help: "name it, as in `query UserById { … }`: its module and type are named after it".to_owned(),
        ..place(operation.location(), &document.sources)
    };
    document.operations.anonymous.iter().map(problem).collect()
}

/// The options in the comment lines directly before an operation.
fn options_of(operation: &Operation, sources: &[Source], map: &SourceMap) -> Result<Options, Problem> {
    let name = operation.name.as_ref().and_then(apollo_compiler::Name::location);
    let found = place(name, map);
    let Some(source) = sources.iter().find(|source| source.path == found.path) else { return Ok(Options::default()) };
    let before: Vec<&str> = source.text.lines().take(found.line.saturating_sub(1)).collect();
    let mut options = Options::default();
    for (back, line) in before.iter().rev().enumerate() {
        let Some(comment) = line.trim_start().strip_prefix('#') else { break };
        let Some(option) = comment.trim().strip_prefix("@generate") else { continue };
        match option.replace(' ', "").as_str() {
            "(types:narrow)" => options = Options { is_narrow: true, has_page_texts: false },
            "(types:narrow,text:page)" => options = Options { is_narrow: true, has_page_texts: true },
            "(types:shared)" => options = Options::default(),
            _ => {
                return Err(Problem {
                    line: found.line - 1 - back,
                    column: 1,
                    message: format!("`@generate{option}` is not an option of the generator"),
                    help: "write `# @generate(types: narrow)`, `# @generate(types: narrow, text: page)` or \
                           `# @generate(types: shared)`"
                        .to_owned(),
                    ..found
                });
            }
        }
    }
    Ok(options)
}
