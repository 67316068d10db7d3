//! The only call of the parser.

use apollo_compiler::ast::Document;
use apollo_compiler::parser::Parser;

use crate::LoadError;

/// The parser keeps every token: this many take about 1 GB. Fifty thousand types have fewer.
const MOST_TOKENS: usize = 2_000_000;

/// Parses SDL. Fails with the first error and its position.
pub(super) fn parse(sdl: &str) -> Result<Document, LoadError> {
    Parser::new().token_limit(MOST_TOKENS).parse_ast(sdl, "schema.graphql").map_err(|invalid| {
        let first = invalid.errors.iter().next();
        let place = first.as_ref().and_then(apollo_compiler::diagnostic::Diagnostic::line_column_range);
        LoadError::Sdl {
            line: place.as_ref().map_or(1, |range| range.start.line),
            column: place.as_ref().map_or(1, |range| range.start.column),
            message: first.map_or_else(String::new, |diagnostic| diagnostic.error.to_string()),
        }
    })
}
