//! Why a schema could not be read.

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
        /// What the parser met.
        message: String,
    },
    /// The answer is not an introspection result.
    #[error("not an introspection result: {0}")]
    Introspection(String),
    /// The endpoint refused to be introspected, in its own words.
    #[error("the endpoint refused introspection: {0}")]
    Refused(String),
    /// It is read, and breaks a rule of the specification.
    #[error("not a valid schema: {0}")]
    Invalid(String),
    /// Two definitions have one name.
    #[error("`{0}` is defined twice")]
    Duplicate(String),
    /// An extension has nothing to extend.
    #[error("`extend {0}` extends nothing: no definition of `{0}`")]
    ExtendsNothing(String),
    /// It is no text.
    #[error("not UTF-8: byte {0} is none of a text")]
    NotUtf8(usize),
    /// It is larger than [`Version::LARGEST`](crate::Version::LARGEST).
    #[error("{} MB large; a schema of more than 64 MB is not read", .0 / 1_000_000)]
    TooLarge(usize),
}
