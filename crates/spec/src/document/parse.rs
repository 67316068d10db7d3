//! Reads documents.

use std::collections::BTreeMap;

use super::{Document, Field, Fragment, Inline, Operation, Selected, Spread, Variable};
use crate::OperationKind;

/// How deep selections may be nested.
const DEEPEST: u32 = 200;

pub(super) fn document(text: &str) -> Option<Document<'_>> {
    let mut reader = Reader { text, rest: text };
    let (mut operations, mut fragments) = (Vec::new(), BTreeMap::new());
    while !reader.is_at_end() {
        match reader.peek_name() {
            Some("fragment") => {
                reader.name()?;
                let name = reader.name()?;
                fragments.insert(name, reader.fragment()?);
            }
            _ => operations.push(reader.operation()?),
        }
    }
    Some(Document { operations, fragments })
}

struct Reader<'t> {
    text: &'t str,
    /// What is not read yet.
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn operation(&mut self) -> Option<Operation<'t>> {
        let shorthand = Operation {
            kind: OperationKind::Query,
            name: None,
            variables: Vec::new(),
            directives: "",
            selected: Vec::new(),
        };
        if self.peek() == Some('{') {
            return Some(Operation { selected: self.set(0)?, ..shorthand });
        }
        let kind = match self.name()? {
            "query" => OperationKind::Query,
            "mutation" => OperationKind::Mutation,
            _ => return None,
        };
        let name = self.peek_name();
        if name.is_some() {
            self.name();
        }
        let variables = if self.peek() == Some('(') { self.variables()? } else { Vec::new() };
        Some(Operation { kind, name, variables, directives: self.directives()?, selected: self.set(0)? })
    }

    fn fragment(&mut self) -> Option<Fragment<'t>> {
        if self.name()? != "on" {
            return None;
        }
        Some(Fragment { on: self.name()?, directives: self.directives()?, selected: self.set(0)? })
    }

    /// The declarations of variables: each one reaches to the next `$` outside of brackets.
    fn variables(&mut self) -> Option<Vec<Variable<'t>>> {
        self.punctuator('(')?;
        let mut variables = Vec::new();
        while self.peek()? != ')' {
            let start = self.offset();
            self.punctuator('$')?;
            let name = self.name()?;
            while !matches!(self.peek()?, '$' | ')') {
                self.token()?;
            }
            let text = self.text.get(start..self.offset())?;
            variables.push(Variable { name, text: text.trim_end_matches(|c: char| c.is_whitespace() || c == ',') });
        }
        self.punctuator(')')?;
        Some(variables)
    }

    fn set(&mut self, depth: u32) -> Option<Vec<Selected<'t>>> {
        if depth > DEEPEST {
            return None;
        }
        self.punctuator('{')?;
        let mut selected = Vec::new();
        while self.peek()? != '}' {
            selected.push(self.selected(depth + 1)?);
        }
        self.punctuator('}')?;
        Some(selected)
    }

    fn selected(&mut self, depth: u32) -> Option<Selected<'t>> {
        if let Some(rest) = self.rest.strip_prefix("...") {
            self.rest = rest;
            return match self.peek_name() {
                Some("on") => {
                    self.name()?;
                    let on = Some(self.name()?);
                    Some(Selected::Inline(Inline { on, directives: self.directives()?, selected: self.set(depth)? }))
                }
                Some(name) => {
                    self.name()?;
                    Some(Selected::Spread(Spread { name, directives: self.directives()? }))
                }
                None => {
                    let directives = self.directives()?;
                    Some(Selected::Inline(Inline { on: None, directives, selected: self.set(depth)? }))
                }
            };
        }
        let first = self.name()?;
        let (alias, name) = match self.peek() {
            Some(':') => {
                self.punctuator(':')?;
                (Some(first), self.name()?)
            }
            _ => (None, first),
        };
        let start = self.offset();
        let mut end = start;
        if self.peek() == Some('(') {
            end = self.balanced()?;
        }
        let directives = self.directives()?;
        if !directives.is_empty() {
            // Both are parts of the same text, the directives the later one.
            end = directives.as_ptr().addr() - self.text.as_ptr().addr() + directives.len();
        }
        let tail = self.text.get(start..end)?;
        let selected = if self.peek() == Some('{') { self.set(depth)? } else { Vec::new() };
        Some(Selected::Field(Field { alias, name, tail, selected }))
    }

    fn directives(&mut self) -> Option<&'t str> {
        self.skip();
        let start = self.offset();
        let mut end = start;
        while self.peek() == Some('@') {
            self.punctuator('@')?;
            let name = self.name()?;
            end = name.as_ptr().addr() - self.text.as_ptr().addr() + name.len();
            if self.peek() == Some('(') {
                end = self.balanced()?;
            }
        }
        self.text.get(start..end)
    }

    /// Reads to the bracket that closes the one here; the offset behind it.
    fn balanced(&mut self) -> Option<usize> {
        let mut open = 0_u32;
        loop {
            match self.peek()? {
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open = open.checked_sub(1)?,
                _ => {}
            }
            self.token()?;
            if open == 0 {
                // White space behind the bracket was skipped.
                let end = self.text.get(..self.offset())?.trim_end_matches(is_ignored).len();
                return Some(end);
            }
        }
    }

    /// Reads any token.
    fn token(&mut self) -> Option<()> {
        let first = self.peek()?;
        let length = match first {
            '"' => string(self.rest),
            _ => first.len_utf8(),
        };
        self.rest = self.rest.get(length..)?;
        self.skip();
        Some(())
    }

    fn punctuator(&mut self, expected: char) -> Option<()> {
        self.skip();
        self.rest = self.rest.strip_prefix(expected)?;
        self.skip();
        Some(())
    }

    fn name(&mut self) -> Option<&'t str> {
        let name = self.peek_name()?;
        self.rest = self.rest.get(name.len()..)?;
        self.skip();
        Some(name)
    }

    fn peek_name(&mut self) -> Option<&'t str> {
        self.skip();
        let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        self.rest.get(..end).filter(|name| name.starts_with(is_first))
    }

    fn peek(&mut self) -> Option<char> {
        self.skip();
        self.rest.chars().next()
    }

    fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn offset(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    /// Skips white space, commas and comments.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches(is_ignored);
            let Some(comment) = self.rest.strip_prefix('#') else { return };
            self.rest = comment.find('\n').and_then(|end| comment.get(end..)).unwrap_or_default();
        }
    }
}

fn is_ignored(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | '\u{feff}')
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
