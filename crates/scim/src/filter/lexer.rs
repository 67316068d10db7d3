//! The words of a filter.

use super::Literal;
use crate::error::{ScimError, ScimType};

/// The longest filter, in bytes.
const LONGEST: usize = 4_096;

/// A word of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, an operator, or a value without quotation marks.
    Word(String),
    /// A text in quotation marks.
    Text(String),
    Open,
    Close,
    OpenBracket,
    /// With the name of a sub-attribute, if it follows without a space: `].value`.
    CloseBracket(Option<String>),
}

pub(super) fn invalid(detail: impl Into<String>) -> ScimError {
    ScimError::bad_request(ScimType::InvalidFilter, detail)
}

/// Splits a filter into words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ScimError> {
    if text.len() > LONGEST {
        return Err(invalid(format!("the filter is longer than {LONGEST} bytes; send shorter ones")));
    }
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '[' => (Token::OpenBracket, 1),
            ']' => {
                let behind = rest.get(1..).unwrap_or_default();
                let name = behind.strip_prefix('.').map(|name| name.get(..word_length(name)).unwrap_or_default());
                (Token::CloseBracket(name.map(str::to_owned)), 1 + name.map_or(0, |name| name.len() + 1))
            }
            '"' => {
                let length = text_length(rest).ok_or_else(|| invalid("a text has no closing quotation mark"))?;
                let quoted = rest.get(..length).unwrap_or_default();
                let text = serde_json::from_str(quoted).map_err(|_| invalid(format!("{quoted} is not a JSON text")))?;
                (Token::Text(text), length)
            }
            _ => {
                let length = word_length(rest);
                (Token::Word(rest.get(..length).unwrap_or_default().to_owned()), length)
            }
        };
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn word_length(text: &str) -> usize {
    let is_end = |character: char| character.is_whitespace() || matches!(character, '(' | ')' | '[' | ']' | '"');
    text.find(is_end).unwrap_or(text.len())
}

/// The length of a text with its quotation marks; `None` if it does not end.
fn text_length(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(place + 1),
            _ => {}
        }
    }
    None
}

/// The value of a word without quotation marks.
pub(super) fn literal(word: &str) -> Literal {
    match word {
        "null" => Literal::Null,
        _ if word.eq_ignore_ascii_case("true") => Literal::Boolean(true),
        _ if word.eq_ignore_ascii_case("false") => Literal::Boolean(false),
        _ => match serde_json::from_str::<f64>(word) {
            Ok(_) => Literal::Number(word.to_owned()),
            // Examples of directories leave the quotation marks out.
            Err(_) => Literal::Text(word.to_owned()),
        },
    }
}
