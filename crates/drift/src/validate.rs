//! Whether operations fit a schema, every error with the place where it stands.

use std::fmt;

use apollo_compiler::ast::{Definition, Document};
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument, Schema};
use serde::Serialize;

use crate::operations::Operations;
use crate::sdl::{self, with_one_of};
use crate::suggest::closest;

/// A text and the path to name it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What findings call it.
    pub path: String,
    /// The text.
    pub text: String,
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The path of the source.
    pub path: String,
    /// Counted from 1; 0 if it concerns the file as a whole.
    pub line: usize,
    /// Counted from 1, in characters; 0 if it concerns the file as a whole.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.path, self.line, self.column, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, " (did you mean `{suggestion}`?)"),
            None => Ok(()),
        }
    }
}

/// Checks a schema and the documents against it: every document, all errors. Fragments may stand in other files than
/// the operations that spread them, in files without an operation, and need not be used; operations of one name may
/// stand in several files. An empty list means that everything fits.
pub fn validate(schema: &Source, documents: &[Source]) -> Vec<Finding> {
    let schema = match Schema::parse_and_validate(with_one_of(&schema.text), &schema.path) {
        Ok(valid) => valid,
        Err(invalid) => return findings(&invalid.errors, None),
    };
    let operations = Operations::parse(documents);
    let mut found = operations.findings.clone();
    for document in operations.whole_documents() {
        match document.to_executable(&schema) {
            Ok(executable) => found.extend(broken_rules(executable, &schema)),
            // What cannot be built cannot be checked further; an operation beside it can.
            Err(wrong) => {
                found.extend(findings(&wrong.errors, Some(&schema)));
                let alone = one_by_one(&document).filter_map(|document| document.to_executable(&schema).ok());
                found.extend(alone.flat_map(|executable| broken_rules(executable, &schema)));
            }
        }
    }
    found.retain(|finding| {
        !(finding.message.starts_with("fragment ") && finding.message.ends_with("must be used in an operation"))
    });
    found.sort();
    found.dedup();
    found
}

/// For each operation, whether a server of this schema would reject it; nothing if the schema is not valid itself.
pub(crate) fn rejected(schema: &crate::Schema, operations: &Operations) -> Option<Vec<bool>> {
    let schema = Schema::parse_and_validate(with_one_of(&sdl::print(schema)), "schema.graphql").ok()?;
    // A variable that nothing uses is no fault of the schema.
    let is_fault = |finding: &Finding| !finding.message.contains("unused variable");
    let is_rejected = |document: Document| match document.to_executable(&schema) {
        Ok(executable) => broken_rules(executable, &schema).iter().any(is_fault),
        Err(_) => true,
    };
    Some(operations.whole_operations().into_iter().map(is_rejected).collect())
}

fn broken_rules(executable: ExecutableDocument, schema: &Valid<Schema>) -> Vec<Finding> {
    executable.validate(schema).err().map(|invalid| findings(&invalid.errors, Some(schema))).unwrap_or_default()
}

/// Each operation of a document with all its fragments.
fn one_by_one(document: &Document) -> impl Iterator<Item = Document> {
    let is_operation = |definition: &&Definition| matches!(definition, Definition::OperationDefinition(_));
    let (operations, fragments): (Vec<_>, Vec<_>) = document.definitions.iter().partition(is_operation);
    operations.into_iter().map(move |operation| Document {
        sources: document.sources.clone(),
        definitions: std::iter::once(operation).chain(fragments.iter().copied()).cloned().collect(),
    })
}

pub(crate) fn findings(errors: &DiagnosticList, schema: Option<&Schema>) -> Vec<Finding> {
    errors
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.line_column_range().map_or((0, 0), |range| (range.start.line, range.start.column));
            let file = diagnostic.error.location().and_then(|location| diagnostic.sources.get(&location.file_id()));
            let message = diagnostic.error.to_string();
            Finding {
                path: file.map(|file| file.path().display().to_string()).unwrap_or_default(),
                line: place.0,
                column: place.1,
                suggestion: schema.and_then(|schema| {
                    suggest(schema, &diagnostic.error.unstable_compat_message().unwrap_or(message.clone()))
                }),
                message,
            }
        })
        .collect()
}

/// The field or type that was probably meant. The message names, in quotes, what was asked for and of which type.
fn suggest(schema: &Schema, message: &str) -> Option<String> {
    let mut quoted = message.split(['"', '`']).skip(1).step_by(2);
    let (asked, owner) = (quoted.next()?, quoted.next());
    if !asked.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let candidate = match owner.and_then(|owner| schema.types.get(owner)) {
        Some(definition) => {
            let fields = definition
                .as_object()
                .map(|object| &object.fields)
                .or_else(|| definition.as_interface().map(|interface| &interface.fields))?;
            closest(asked, fields.keys().map(apollo_compiler::Name::as_str))
        }
        None if message.contains("type") => closest(asked, schema.types.keys().map(apollo_compiler::Name::as_str)),
        None => None,
    };
    candidate.filter(|candidate| *candidate != asked).map(str::to_owned)
}
