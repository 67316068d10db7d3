//! Prints documents with minimal white space, and adds what decoding needs.

use std::fmt;

use super::{Document, Field, Fragment, Inline, Operation, Selected};
use crate::types::Types;

impl fmt::Display for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, operation) in self.operations.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{operation}")?;
        }
        for (name, Fragment { on, directives, selected }) in &self.fragments {
            write!(f, "\nfragment {name} on {on}")?;
            directive(directives, f)?;
            set(selected, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name.unwrap_or_default())?;
        if !self.variables.is_empty() {
            let variables: Vec<&str> = self.variables.iter().map(|variable| variable.text).collect();
            write!(f, "({})", variables.join(", "))?;
        }
        directive(self.directives, f)?;
        set(&self.selected, f)
    }
}

fn set(selected: &[Selected<'_>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("{")?;
    for (place, selected) in selected.iter().enumerate() {
        if place > 0 {
            f.write_str(" ")?;
        }
        match selected {
            Selected::Field(Field { alias, name, tail, selected }) => {
                if let Some(alias) = alias {
                    write!(f, "{alias}: ")?;
                }
                f.write_str(name)?;
                if tail.starts_with('@') {
                    f.write_str(" ")?;
                }
                f.write_str(tail)?;
                if !selected.is_empty() {
                    set(selected, f)?;
                }
            }
            Selected::Spread(spread) => {
                write!(f, "...{}", spread.name)?;
                directive(spread.directives, f)?;
            }
            Selected::Inline(Inline { on, directives, selected }) => {
                f.write_str("...")?;
                if let Some(on) = on {
                    write!(f, " on {on}")?;
                }
                directive(directives, f)?;
                set(selected, f)?;
            }
        }
    }
    f.write_str("}")
}

fn directive(directives: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if directives.is_empty() { Ok(()) } else { write!(f, " {directives}") }
}

impl Document<'_> {
    /// Selects `__typename` of every value that may have several types, and nothing twice in one selection.
    pub fn tag(&mut self, types: &Types) {
        for operation in &mut self.operations {
            tag(types.root(operation.kind), &mut operation.selected, types);
        }
        for fragment in self.fragments.values_mut() {
            tag(fragment.on, &mut fragment.selected, types);
        }
    }
}

fn tag(parent: &str, selected: &mut Vec<Selected<'_>>, types: &Types) {
    if types.is_abstract(parent) {
        let typename = Field { alias: None, name: "__typename", tail: "", selected: Vec::new() };
        selected.insert(0, Selected::Field(typename));
    }
    for selected in selected.iter_mut() {
        match selected {
            Selected::Field(field) => {
                let of = types.field(parent, field.name).and_then(|field| field.of.as_deref());
                tag(of.unwrap_or_default(), &mut field.selected, types);
            }
            Selected::Inline(inline) => tag(inline.on.unwrap_or(parent), &mut inline.selected, types),
            Selected::Spread(_) => {}
        }
    }
    let mut seen: Vec<Selected<'_>> = Vec::new();
    selected.retain(|selected| {
        let is_new = !seen.contains(selected);
        if is_new {
            seen.push(selected.clone());
        }
        is_new
    });
}
