//! The only call of the parser.

use apollo_compiler::ast::Document;
use apollo_compiler::parser::Parser;

use super::chunks::Chunk;
use crate::LoadError;

/// The parser keeps every token: this many take about 1 GB. A chunk has far fewer, unless it cannot be
/// split.
const MOST_TOKENS: usize = 2_000_000;

/// Parses some definitions of SDL. Fails with the first error and its position.
pub(super) fn parse(chunk: Chunk<'_>) -> Result<Document, LoadError> {
    Parser::new().token_limit(MOST_TOKENS).parse_ast(chunk.text, "schema.graphql").map_err(|invalid| {
        let first = invalid.errors.iter().next();
        let place = first.as_ref().and_then(apollo_compiler::diagnostic::Diagnostic::line_column_range);
        LoadError::Sdl {
            line: place.as_ref().map_or(1, |range| range.start.line),
            column: place.as_ref().map_or(1, |range| range.start.column),
            message: first.map_or_else(String::new, |diagnostic| diagnostic.error.to_string()),
        }
    })
}
