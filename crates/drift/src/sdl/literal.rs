//! Literals of SDL: default values and strings.

use std::fmt::Write as _;

use apollo_compiler::Node;
use apollo_compiler::ast::{Definition, Value};
use apollo_compiler::parser::SourceSpan;

use super::chunks::Chunk;
use super::parse::parse;

/// The canonical form of a GraphQL literal, in which two spellings of one value are equal; `None` if the text is not
/// exactly one literal.
///
/// ```
/// use graphql_drift::sdl::canonical_literal;
/// assert_eq!(canonical_literal("{ b : [1,2] a: \"x\" }").as_deref(), Some(r#"{a: "x", b: [1, 2]}"#));
/// assert_eq!(canonical_literal("1 } type Evil { a: Int"), None);
/// ```
pub fn canonical_literal(literal: &str) -> Option<String> {
    if is_plain(literal) {
        return Some(literal.to_owned());
    }
    parse_literal(literal).as_ref().map(print)
}

/// Parses a literal; `None` if the text is not exactly one literal.
pub(crate) fn parse_literal(literal: &str) -> Option<Value> {
    // The parser has no entry point for a bare literal. Further definitions or fields mean that the text was more
    // than a literal.
    let document = parse(whole(&format!("input I {{ f: T = {literal} }}"))).ok()?;
    match document.definitions.as_slice() {
        [Definition::InputObjectTypeDefinition(input)] => match input.fields.as_slice() {
            [field] => field.default_value.as_deref().cloned(),
            _ => None,
        },
        _ => None,
    }
}

fn whole(text: &str) -> Chunk<'_> {
    Chunk { text, base: 0 }
}

/// Whether a literal is a name or an integer, and so already canonical, as most defaults are.
fn is_plain(literal: &str) -> bool {
    let is_name = literal.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && literal.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let is_int = literal == "0"
        || literal.chars().all(|c| c.is_ascii_digit()) && !literal.starts_with('0') && !literal.is_empty();
    is_name || is_int
}

/// Writes a value in canonical form: object fields in the order of their names.
pub(crate) fn print(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, None, None);
    out
}

/// Writes a value as it is in its source: object fields in their own order, block strings as such.
pub(super) fn as_written(value: &Node<Value>, source: &str) -> String {
    let mut out = String::new();
    write_value(&mut out, value, value.location(), Some(source));
    out
}

fn write_value(out: &mut String, value: &Value, span: Option<SourceSpan>, source: Option<&str>) {
    // Writing to a string cannot fail, so the results of `write!` can be ignored.
    match value {
        Value::Null => out.push_str("null"),
        Value::Enum(name) => out.push_str(name),
        Value::Variable(name) => _ = write!(out, "${name}"),
        Value::String(string) => {
            let text = source.zip(span).and_then(|(source, span)| source.get(span.offset()..));
            if text.is_some_and(|text| text.starts_with("\"\"\"")) {
                _ = write!(out, "\"\"\"{string}\"\"\"");
            } else {
                out.push_str(&quoted(string));
            }
        }
        Value::Float(float) => out.push_str(float.as_str()),
        Value::Int(int) => out.push_str(int.as_str()),
        Value::Boolean(boolean) => _ = write!(out, "{boolean}"),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_value(out, item, item.location(), source);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            if source.is_none() {
                fields.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
            }
            out.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                _ = write!(out, "{}{name}: ", if index == 0 { "" } else { ", " });
                write_value(out, value, value.location(), source);
            }
            out.push('}');
        }
    }
}

/// A string literal on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => _ = write!(out, "\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A description: a single line as a string, otherwise a block string unless that would lose whitespace.
pub(super) fn description(text: &str, indent: &str) -> String {
    if !text.contains('\n') || !fits_block_string(text) {
        return quoted(text);
    }
    let mut block = String::from("\"\"\"\n");
    for line in text.split('\n') {
        // The canonical form has no trailing whitespace.
        if line.is_empty() {
            block.push('\n');
        } else {
            _ = writeln!(block, "{indent}{}", line.replace("\"\"\"", "\\\"\"\""));
        }
    }
    block.push_str(indent);
    block.push_str("\"\"\"");
    // A block string drops common indentation and blank lines at its start and end.
    if reads_back_as(&block, text) { block } else { quoted(text) }
}

/// Whether every parser accepts the text in a block string. cynic-parser, which reads the pinned schema at build time,
/// rejects control characters and characters beyond the Basic Multilingual Plane.
fn fits_block_string(text: &str) -> bool {
    text.chars().all(|character| matches!(character, '\t' | '\n' | ' '..='\u{FFFF}') && character != '\u{7F}')
}

fn reads_back_as(literal: &str, text: &str) -> bool {
    let Ok(document) = parse(whole(&format!("{literal}\nscalar S"))) else { return false };
    match document.definitions.as_slice() {
        [Definition::ScalarTypeDefinition(scalar)] => {
            scalar.description.as_ref().is_some_and(|description| description.as_str() == text)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_reads_back_as_it_was() {
        for text in [
            "plain",
            "two\nlines",
            "  indented\n  block",
            "ends with a quote\n\"",
            "three \"\"\" quotes\nin a block",
            "back\\slash",
            "\ttab\nand\r\ncarriage return",
            "",
            "\n",
            "trailing\n",
            "bell \u{7}",
            "ünïcode 🎓\nagain",
        ] {
            assert!(reads_back_as(&description(text, "  "), text), "{text:?} became {}", description(text, "  "));
        }
    }

    #[test]
    fn values_have_one_form() {
        for (literal, canonical) in
            [("1", "1"), ("1.50", "1.50"), ("[ ]", "[]"), ("RED", "RED"), ("null", "null"), ("true", "true")]
        {
            assert_eq!(canonical_literal(literal).as_deref(), Some(canonical));
        }
        assert_eq!(canonical_literal("1 g: T"), None);
        assert_eq!(canonical_literal(""), None);
    }
}
