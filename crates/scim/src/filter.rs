//! Filters: the grammar of RFC 7644, the dialects of directories, and what they match.

mod lexer;
mod matching;
mod parser;
mod search;

pub(crate) use matching::{check, check_values, matches, matches_value};
pub(crate) use parser::parse_path;
pub use search::Search;
pub(crate) use search::search_of;

use crate::error::ScimError;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// An attribute has a value.
    Present(AttributePath),
    /// An attribute compares with a value.
    Compare(AttributePath, Operator, Literal),
    /// One value of an attribute matches a filter of its own: `emails[type eq "work"]`.
    Value(AttributePath, Box<Filter>),
    /// Both match.
    And(Box<Filter>, Box<Filter>),
    /// One matches, or both.
    Or(Box<Filter>, Box<Filter>),
    /// It does not match.
    Not(Box<Filter>),
}

/// The name of an attribute in a filter or a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributePath {
    /// The schema, if it is named.
    pub urn: Option<String>,
    /// The attribute; empty if the path is that of a whole schema.
    pub name: String,
    /// The sub-attribute, if one is named.
    pub sub: Option<String>,
}

/// An operator that compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

/// The value of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// A number, as it was written.
    Number(String),
    /// No value.
    Null,
}

impl Filter {
    /// Parses a filter. Names and operators are taken in any case, and a word without quotation marks as text.
    ///
    /// ```
    /// use thought_industries_scim::Filter;
    ///
    /// let filter = Filter::parse(r#"emails[type eq "work"].value eq "ada@example.com""#)?;
    /// assert_eq!(filter, Filter::parse(r#"emails[type eq "work" and value eq "ada@example.com"]"#)?);
    /// # Ok::<(), thought_industries_scim::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// If it is no filter, is longer than 4,096 bytes, or is nested deeper than 32: 400 `invalidFilter`.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        parser::parse(text)
    }
}

#[cfg(test)]
mod tests;
