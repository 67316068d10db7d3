//! A problem in an input: its place, and a suggested fix.

use std::fmt;

/// A problem that stops the build.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Problem {
    /// The file, relative to the project.
    pub path: String,
    /// Counted from 1; 0 if it concerns the whole file.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub help: String,
}

impl Problem {
    /// A problem of the whole file.
    pub fn whole(path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { path: path.into(), line: 0, column: 0, message: message.into(), help: help.into() }
    }

    /// The same problem, with another help.
    #[must_use]
    pub fn with_help(self, help: &str) -> Self {
        Self { help: help.to_owned(), ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\n  help: {}", self.help) }
    }
}
