//! Why a schema could not be read.

use crate::warning::Warning;

/// A schema that could not be read: what is wrong with it, and where if that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The SDL does not parse.
    #[error("line {line}, column {column}: {message}")]
    Sdl {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// The parser's message.
        message: String,
    },
    /// The response is not an introspection result.
    #[error("not an introspection result: {0}")]
    Introspection(String),
    /// The endpoint refused introspection; contains its message.
    #[error("the endpoint refused introspection: {0}")]
    Refused(String),
    /// The schema can be read, but breaks a rule of the specification.
    #[error("not a valid schema: {0}")]
    Invalid(String),
    /// Two definitions have the same name, and [`Version::strict`](crate::Version::strict) refuses that.
    #[error("{0}")]
    Duplicate(Warning),
    /// An extension of a type that is not defined.
    #[error("`extend {0}` extends nothing: no definition of `{0}`")]
    ExtendsNothing(String),
    /// The text is not UTF-8.
    #[error("not text: neither UTF-8 (the byte at offset {0} is invalid) nor UTF-16 with a byte order mark")]
    NotUtf8(usize),
    /// The text begins as UTF-16, and goes on as something other.
    #[error("not UTF-16, although it begins with its byte order mark")]
    NotUtf16,
    /// The text is larger than [`Version::LARGEST`](crate::Version::LARGEST).
    #[error("the schema is {} MB; the limit is 64 MB", .0 / 1_000_000)]
    TooLarge(usize),
}
