//! Leaves out of a document what a tenant lacks.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, Field, Fragment, Inline, Operation, Selected};
use crate::types::Types;

impl Document<'_> {
    /// The coordinates that a document selects, such as `License.ref10`, and the types of its fragments, such as
    /// `License`.
    pub fn coordinates(&self, types: &Types) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for operation in &self.operations {
            coordinates(types.root(operation.kind), &operation.selected, types, &mut found);
        }
        for fragment in self.fragments.values() {
            found.insert(fragment.on.to_owned());
            coordinates(fragment.on, &fragment.selected, types, &mut found);
        }
        found
    }

    /// The document without the coordinates that a tenant lacks, and without the fragments and variables that are not
    /// needed any more; `None` if an operation would select nothing, or a value could not be decoded.
    ///
    /// A value cannot be decoded without its `id`, or, if the types are `strict`, without a field that is never null. The
    /// field that it belongs to is left out then.
    pub fn without(&self, lacks: &BTreeSet<String>, types: &Types, strict: bool) -> Option<Self> {
        let reduction = Reduction { lacks, types, strict, fragments: &self.fragments };
        let mut fragments = BTreeMap::new();
        for (name, fragment) in &self.fragments {
            if let Left::Selected(selected) = reduction.fragment(fragment.on, &fragment.selected) {
                fragments.insert(*name, Fragment { selected, ..fragment.clone() });
            }
        }
        let mut operations = Vec::new();
        for operation in &self.operations {
            let Left::Selected(selected) = reduction.set(types.root(operation.kind), &operation.selected) else {
                return None;
            };
            operations.push(Operation { selected, ..operation.clone() });
        }
        let mut reduced = Document { operations, fragments };
        reduced.drop_unused();
        Some(reduced)
    }

    /// Drops the fragments that no operation uses, and the variables that nothing names.
    pub fn drop_unused(&mut self) {
        let mut used = BTreeSet::new();
        let mut open: Vec<&str> = Vec::new();
        let mut texts: Vec<&str> = Vec::new();
        for operation in &self.operations {
            texts.push(operation.directives);
            uses(&operation.selected, &mut open, &mut texts);
        }
        while let Some(name) = open.pop() {
            if let (true, Some(fragment)) = (used.insert(name), self.fragments.get(name)) {
                texts.push(fragment.directives);
                uses(&fragment.selected, &mut open, &mut texts);
            }
        }
        for operation in &mut self.operations {
            operation.variables.retain(|variable| texts.iter().any(|text| names(text, variable.name)));
        }
        self.fragments.retain(|name, _| used.contains(name));
    }
}

/// Whether a text contains `$name`.
fn names(text: &str, name: &str) -> bool {
    text.split('$').skip(1).any(|rest| {
        let own = rest.strip_prefix(name);
        own.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    })
}

/// Collects the fragments, arguments and directives that a selection uses.
fn uses<'t>(selected: &[Selected<'t>], open: &mut Vec<&'t str>, texts: &mut Vec<&'t str>) {
    for selected in selected {
        match selected {
            Selected::Field(field) => {
                texts.push(field.tail);
                uses(&field.selected, open, texts);
            }
            Selected::Spread(spread) => {
                texts.push(spread.directives);
                open.push(spread.name);
            }
            Selected::Inline(inline) => {
                texts.push(inline.directives);
                uses(&inline.selected, open, texts);
            }
        }
    }
}

fn coordinates(parent: &str, selected: &[Selected<'_>], types: &Types, found: &mut BTreeSet<String>) {
    for selected in selected {
        match selected {
            Selected::Field(field) if field.name != "__typename" => {
                found.insert(format!("{parent}.{}", field.name));
                let of = types.field(parent, field.name).and_then(|field| field.of.as_deref());
                coordinates(of.unwrap_or_default(), &field.selected, types, found);
            }
            Selected::Inline(inline) => {
                found.extend(inline.on.map(str::to_owned));
                coordinates(inline.on.unwrap_or(parent), &inline.selected, types, found);
            }
            Selected::Field(_) | Selected::Spread(_) => {}
        }
    }
}

struct Reduction<'r, 't> {
    lacks: &'r BTreeSet<String>,
    types: &'r Types,
    strict: bool,
    fragments: &'r BTreeMap<&'t str, Fragment<'t>>,
}

/// What is left of a selection.
enum Left<'t> {
    Selected(Vec<Selected<'t>>),
    Nothing,
    /// A value cannot be decoded from what is left.
    Undecodable,
}

impl<'t> Reduction<'_, 't> {
    fn set(&self, parent: &str, selected: &[Selected<'t>]) -> Left<'t> {
        let mut kept = Vec::new();
        let mut has_fields = false;
        for selected in selected {
            let left = match selected {
                Selected::Field(field) if field.name == "__typename" => {
                    kept.push(selected.clone());
                    continue;
                }
                Selected::Field(field) => match self.field(parent, field) {
                    Some(field) => Some(Selected::Field(field)),
                    None if self.is_required(parent, field.name) => return Left::Undecodable,
                    None => None,
                },
                Selected::Spread(spread) => {
                    let Some(fragment) = self.fragments.get(spread.name) else { continue };
                    match self.fragment(fragment.on, &fragment.selected) {
                        Left::Selected(_) => Some(Selected::Spread(spread.clone())),
                        Left::Nothing => None,
                        Left::Undecodable => return Left::Undecodable,
                    }
                }
                Selected::Inline(inline) => match self.fragment(inline.on.unwrap_or(parent), &inline.selected) {
                    Left::Selected(selected) => Some(Selected::Inline(Inline { selected, ..inline.clone() })),
                    Left::Nothing => None,
                    Left::Undecodable => return Left::Undecodable,
                },
            };
            has_fields |= left.is_some();
            kept.extend(left);
        }
        if has_fields { Left::Selected(kept) } else { Left::Nothing }
    }

    /// A fragment on a type that the tenant lacks applies to no value.
    fn fragment(&self, on: &str, selected: &[Selected<'t>]) -> Left<'t> {
        if self.lacks.contains(on) { Left::Nothing } else { self.set(on, selected) }
    }

    fn field(&self, parent: &str, field: &Field<'t>) -> Option<Field<'t>> {
        if self.lacks.contains(&format!("{parent}.{}", field.name)) {
            return None;
        }
        if field.selected.is_empty() {
            return Some(field.clone());
        }
        let of = self.types.field(parent, field.name).and_then(|field| field.of.as_deref());
        match self.set(of.unwrap_or_default(), &field.selected) {
            Left::Selected(selected) => Some(Field { selected, ..field.clone() }),
            Left::Nothing | Left::Undecodable => None,
        }
    }

    fn is_required(&self, parent: &str, name: &str) -> bool {
        let field = self.types.field(parent, name);
        field.is_some_and(|field| field.is_non_null && (self.strict || (field.is_id && name == "id")))
    }
}
