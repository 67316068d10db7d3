//! Splits SDL into chunks of whole definitions. The parser keeps every token of a text in memory, some ninety bytes for
//! each byte, so that a large schema is parsed piece by piece.

use apollo_compiler::Name;
use apollo_compiler::parser::SourceSpan;

use crate::schema::Position;

/// The smallest chunk that is split off, in bytes.
const SIZE: usize = 64 << 10;

/// Some definitions of a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk<'s> {
    pub(super) text: &'s str,
    /// Where it begins in the source, in bytes.
    pub(super) base: usize,
}

impl Chunk<'_> {
    pub(super) fn position(self, name: &Name) -> Position {
        self.at(name.location())
    }

    pub(super) fn at(self, span: Option<SourceSpan>) -> Position {
        span.map_or_else(Position::default, |span| Position::at(self.base + span.offset()))
    }
}

/// The chunks of a source, in order.
pub(super) fn chunks(source: &str) -> impl Iterator<Item = Chunk<'_>> {
    let mut base = 0;
    std::iter::from_fn(move || {
        let rest = source.get(base..).filter(|rest| !rest.is_empty() || base == 0)?;
        // An empty source is one chunk, for the error of the parser.
        let text = rest.get(..end(rest)).unwrap_or(rest);
        let chunk = Chunk { text, base };
        base = if text.is_empty() { usize::MAX } else { base + text.len() };
        Some(chunk)
    })
}

/// The end of the first definition that ends after [`SIZE`] bytes: of a block in braces, after which another definition
/// begins. The end of the text if there is none.
fn end(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.len() <= SIZE {
        return bytes.len();
    }
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        let rest = bytes.get(at..).unwrap_or_default();
        match byte {
            b'#' => at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len()),
            b'"' if rest.starts_with(b"\"\"") => at += 2 + block_string(rest.get(2..).unwrap_or_default()),
            b'"' => at += string(rest),
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && *byte == b'}' && at >= SIZE {
                    return at;
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

/// The length of a string after its first quote.
fn string(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'"' | b'\n' | b'\r' => return at,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a block string after its first quotes.
fn block_string(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(rest.get(at..).unwrap_or_default(), b"\"\"\"") {
        at += found + 3;
        // `\"""` does not end it.
        if at < 4 || rest.get(at - 4) != Some(&b'\\') {
            return at;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_the_whole_source_and_end_after_definitions() {
        let parts = [
            "type A @d(x: {a: \"}\"}) { a(x: I = {a: 1}): Int }\n",
            "# } a comment \" {\n",
            "\"\"\"\n}\n{ \\\"\"\" } \"\"\"\ntype B { b: [Int!]! }\n",
            "scalar S union U = A | B\n",
            "\"} \\\" }\" enum E { A \"}\" B }\n",
        ];
        let source = parts.concat().repeat(3_000);
        let all: Vec<Chunk<'_>> = chunks(&source).collect();
        assert!(all.len() > 5, "{}", all.len());
        assert_eq!(all.iter().map(|chunk| chunk.text).collect::<String>(), source);
        for chunk in &all {
            assert!(source[chunk.base..].starts_with(chunk.text));
            super::super::parse::parse(*chunk).expect("whole definitions");
        }
        assert_eq!(chunks("").count(), 1);
        assert_eq!(chunks(&"{".repeat(200_000)).count(), 1);
    }
}
