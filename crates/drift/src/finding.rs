//! Errors in a schema or a document, with their locations.

use std::fmt;

use apollo_compiler::diagnostic::ToCliReport as _;
use apollo_compiler::validation::DiagnosticList;
use serde::Serialize;

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
        match (self.line, self.column) {
            (0, _) => write!(f, "{}: {}", self.path, self.message)?,
            (line, column) => write!(f, "{}:{line}:{column}: {}", self.path, self.message)?,
        }
        match &self.suggestion {
            Some(suggestion) => write!(f, " (did you mean `{suggestion}`?)"),
            None => Ok(()),
        }
    }
}

/// The errors of the parser or the validator.
pub(crate) fn findings(errors: &DiagnosticList) -> Vec<Finding> {
    errors
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.line_column_range().map_or((0, 0), |range| (range.start.line, range.start.column));
            let file = diagnostic.error.location().and_then(|location| diagnostic.sources.get(&location.file_id()));
            Finding {
                path: file.map(|file| file.path().display().to_string()).unwrap_or_default(),
                line: place.0,
                column: place.1,
                message: diagnostic.error.to_string(),
                suggestion: None,
            }
        })
        .collect()
}
