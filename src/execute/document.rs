//! Estimates the cost of a caller's query, and detects mutations, from its text.

use serde::Deserialize;

use crate::runtime::{OperationKind, Replay, Surface};
use crate::send::Call;

/// The call of a caller's request: its text shows whether it writes, and roughly what it costs.
pub(crate) fn call_of(operation: &'static str, request: &str) -> Call {
    #[derive(Deserialize)]
    struct Text {
        query: String,
    }
    let query = serde_json::from_str::<Text>(request).map(|text| text.query).unwrap_or_default();
    let (kind, replay) = if is_mutation(&query) {
        (OperationKind::Mutation, Replay::Never)
    } else {
        (OperationKind::Query, Replay::Safe)
    };
    Call { operation, surface: Surface::GraphQl, kind, replay, points: points(&query), is_first_contact: false }
}

/// The points of a query: one for each name in a selection, excluding arguments. Fragments count once, however often
/// they are spread, so this is an estimate. The tenant's headers correct it.
pub(crate) fn points(query: &str) -> u32 {
    let mut points = 0;
    walk(query, |_, braces, parentheses| {
        points += u32::from(braces > 0 && parentheses == 0);
    });
    points
}

/// Whether a document contains a mutation.
pub(crate) fn is_mutation(query: &str) -> bool {
    let mut found = false;
    walk(query, |token, braces, parentheses| found |= braces == 0 && parentheses == 0 && token == "mutation");
    found
}

/// Visits every name of a document with its depth of braces and parentheses. Skips aliases and the names of fragments,
/// types, directives and variables.
fn walk(query: &str, mut name: impl FnMut(&str, u32, u32)) {
    let (mut braces, mut parentheses, mut names_no_field) = (0_u32, 0_u32, false);
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string(rest),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            c if c.is_ascii_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                let (token, after) = rest.split_at(end);
                if !names_no_field && !after.trim_start().starts_with(':') {
                    name(token, braces, parentheses);
                }
                // A type follows.
                names_no_field = token == "on" && names_no_field;
                end
            }
            c => {
                match c {
                    // Braces inside parentheses belong to an input object, not to a selection.
                    '{' if parentheses == 0 => braces += 1,
                    '}' if parentheses == 0 => braces = braces.saturating_sub(1),
                    '(' => parentheses += 1,
                    ')' => parentheses = parentheses.saturating_sub(1),
                    _ => {}
                }
                if !c.is_whitespace() {
                    names_no_field = matches!(c, '.' | '@' | '$');
                }
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
}

/// The length of the string at the start of a text.
fn string(text: &str) -> usize {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        // The replacement is as long as the escape, so that the offset stays valid in the text.
        return block.replace("\\\"\"\"", "____").find("\"\"\"").map_or(text.len(), |end| end + 6);
    }
    let mut escaped = false;
    let inner = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    inner.map_or(text.len(), |(end, _)| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_the_fields_that_are_selected() {
        assert_eq!(points("{ a }"), 1);
        assert_eq!(points("query Q($x: Int = 1) { a(x: $x, y: {b: [C]}) { again: b @include(if: true) c } }"), 3);
        assert_eq!(points("{ a { ... on T { b } ...F } } fragment F on T { c } # d { e }"), 3);
        assert_eq!(points(r#"{ a(x: "} b { \" c", y: """ { d """) on }"#), 2);
        for broken in ["", "{", "}}}", "\"", "\"\"\"", "{ é ) }"] {
            assert!(points(broken) <= 1, "{broken}");
        }
    }

    #[test]
    fn a_mutation_is_one_wherever_it_stands() {
        assert!(is_mutation("mutation { a }"));
        assert!(is_mutation("fragment F on T { a } mutation M { a }"));
        for none in ["{ mutation }", "query mutation1 { a }", "query Q { a(x: \"mutation\") }", "# mutation\n{ a }"] {
            assert!(!is_mutation(none), "{none}");
        }
    }
}
