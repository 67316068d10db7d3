//! Errors in a schema or a document, with their locations.

use std::fmt;

use apollo_compiler::Schema;
use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::validation::DiagnosticList;
use serde::Serialize;

use crate::suggest::closest;

/// A text and its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path shown in findings.
    pub path: String,
    /// The text.
    pub text: String,
}

/// An error and its location.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The path of the source.
    pub path: String,
    /// Counted from 1; 0 if it concerns the whole file.
    pub line: usize,
    /// Counted from 1, in characters; 0 if it concerns the whole file.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// A suggested replacement.
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

/// The errors of the parser or the validator. With a schema, they include suggestions.
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

/// The field or type that was probably meant. The message quotes the requested name and its type.
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
