//! From the words of a filter to the filter, by recursive descent.

use super::lexer::{Token, invalid, literal, tokens};
use super::{AttributePath, Filter, Literal, Operator};
use crate::error::{ScimError, ScimType};
use crate::schema::split_urn;

/// How deep filters may be nested.
const DEEPEST: usize = 32;

pub(super) fn parse(text: &str) -> Result<Filter, ScimError> {
    let mut parser = Parser { tokens: tokens(text)?, place: 0, depth: 0 };
    let filter = parser.any_of()?;
    match parser.next() {
        None => Ok(filter),
        Some(token) => Err(invalid(format!("{} does not belong to the filter", shown(&token)))),
    }
}

/// Parses the path of a PATCH operation: the attribute, a filter of its values, and the sub-attribute behind it.
pub(crate) fn parse_path(text: &str) -> Result<(AttributePath, Option<Filter>), ScimError> {
    let wrong = |error: ScimError| ScimError::bad_request(ScimType::InvalidPath, error.detail);
    let mut parser = Parser { tokens: tokens(text).map_err(wrong)?, place: 0, depth: 0 };
    let Some(Token::Word(name)) = parser.next() else {
        return Err(wrong(invalid(format!("`{text}` does not begin with an attribute"))));
    };
    let mut path = path_of(&name);
    let filter = match parser.next() {
        None => None,
        Some(Token::OpenBracket) => {
            let filter = parser.any_of().map_err(wrong)?;
            let Some(Token::CloseBracket(sub)) = parser.next() else {
                return Err(wrong(invalid(format!("`{text}` has no `]` behind its filter"))));
            };
            path.sub = sub.or(path.sub);
            Some(filter)
        }
        Some(token) => return Err(wrong(invalid(format!("{} does not belong to the path", shown(&token))))),
    };
    match parser.next() {
        None => Ok((path, filter)),
        Some(token) => Err(wrong(invalid(format!("{} does not belong to the path", shown(&token))))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    place: usize,
    depth: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.place).cloned();
        self.place += 1;
        token
    }

    /// Whether the next word is this one, in any case; it is consumed then.
    fn takes(&mut self, word: &str) -> bool {
        let is_next = matches!(self.tokens.get(self.place), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.place += usize::from(is_next);
        is_next
    }

    fn any_of(&mut self) -> Result<Filter, ScimError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(invalid(format!("the filter is nested deeper than {DEEPEST}")));
        }
        let mut filter = self.all_of()?;
        while self.takes("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all_of()?));
        }
        self.depth -= 1;
        Ok(filter)
    }

    fn all_of(&mut self) -> Result<Filter, ScimError> {
        let mut filter = self.one()?;
        while self.takes("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one()?));
        }
        Ok(filter)
    }

    fn one(&mut self) -> Result<Filter, ScimError> {
        // `not` is an operator only before a parenthesis.
        if matches!(self.tokens.get(self.place + 1), Some(Token::Open)) && self.takes("not") {
            self.place += 1;
            return Ok(Filter::Not(Box::new(self.in_parentheses()?)));
        }
        match self.next() {
            Some(Token::Open) => self.in_parentheses(),
            Some(Token::Word(name)) => self.about(path_of(&name)),
            Some(token) => Err(invalid(format!("an attribute is expected in place of {}", shown(&token)))),
            None => Err(invalid("the filter ends where an attribute is expected")),
        }
    }

    fn in_parentheses(&mut self) -> Result<Filter, ScimError> {
        let filter = self.any_of()?;
        match self.next() {
            Some(Token::Close) => Ok(filter),
            _ => Err(invalid("a parenthesis is not closed")),
        }
    }

    /// What a filter says of an attribute.
    fn about(&mut self, path: AttributePath) -> Result<Filter, ScimError> {
        if self.tokens.get(self.place) != Some(&Token::OpenBracket) {
            return self.comparison(path);
        }
        self.place += 1;
        let filter = self.any_of()?;
        let Some(Token::CloseBracket(sub)) = self.next() else {
            return Err(invalid("a bracket is not closed"));
        };
        let filter = match sub {
            None => filter,
            // Entra asks for `emails[type eq "work"].value eq "x"`, which the grammar does not have.
            Some(sub) => {
                let behind = self.comparison(AttributePath { urn: None, name: sub, sub: None })?;
                Filter::And(Box::new(filter), Box::new(behind))
            }
        };
        Ok(Filter::Value(path, Box::new(filter)))
    }

    fn comparison(&mut self, path: AttributePath) -> Result<Filter, ScimError> {
        let Some(Token::Word(word)) = self.next() else {
            return Err(invalid(format!("an operator is expected behind `{}`", path.name)));
        };
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(operator) = Operator::of(&word) else {
            return Err(invalid(format!("`{word}` is not an operator")));
        };
        let value = match self.next() {
            Some(Token::Text(text)) => Literal::Text(text),
            Some(Token::Word(word)) => literal(&word),
            _ => return Err(invalid(format!("a value is expected behind `{word}`"))),
        };
        Ok(Filter::Compare(path, operator, value))
    }
}

impl Operator {
    fn of(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "co" => Self::Co,
            "sw" => Self::Sw,
            "ew" => Self::Ew,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }
}

fn path_of(name: &str) -> AttributePath {
    let (urn, rest) = split_urn(name);
    let (name, sub) = match rest.split_once('.') {
        Some((name, sub)) => (name, Some(sub.to_owned())),
        None => (rest, None),
    };
    AttributePath { urn: urn.map(str::to_owned), name: name.to_owned(), sub }
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => format!("`{word}`"),
        Token::Text(_) => "a text".to_owned(),
        Token::Open => "`(`".to_owned(),
        Token::Close => "`)`".to_owned(),
        Token::OpenBracket => "`[`".to_owned(),
        Token::CloseBracket(_) => "`]`".to_owned(),
    }
}
