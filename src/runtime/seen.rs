//! Which keys of a selection were seen in the objects of a response.

use std::collections::BTreeSet;

use thought_industries_spec::{SelectedField, Selection};

/// What a key of an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The selected field at this place.
    Field(usize),
    /// The same under its name in REST responses.
    Alias(usize),
    /// The name of the object's type.
    Typename,
    /// Not selected.
    Other,
}

/// What was seen of a selection. Objects that are read with the same selection follow each other, and do not contain each
/// other, so one place for each selection suffices.
#[derive(Debug)]
pub(super) struct Seen {
    /// As many as the selection has.
    fields: Vec<SeenField>,
    /// The keys of an object in their order: those of the next one are most likely the same.
    order: Vec<(Box<str>, Key)>,
}

#[derive(Debug)]
struct SeenField {
    /// Whether the current object has it.
    is_there: bool,
    /// Whether an object lacked it.
    is_missing: bool,
    below: Seen,
}

/// How many keys of an object are remembered.
const MOST: usize = 256;

impl Seen {
    pub(super) fn of(selection: &Selection) -> Self {
        let below =
            |field: &SelectedField| SeenField { is_there: false, is_missing: false, below: Self::of(&field.selection) };
        Self { fields: selection.fields.iter().map(below).collect(), order: Vec::new() }
    }

    /// Begins an object.
    pub(super) fn begin(&mut self) {
        self.fields.iter_mut().for_each(|field| field.is_there = false);
    }

    /// What the key at a position of the current object is.
    pub(super) fn key(&mut self, selection: &Selection, position: usize, key: &str) -> Key {
        if let Some((_, known)) = self.order.get(position).filter(|(known, _)| **known == *key) {
            return *known;
        }
        let found = find(selection, key);
        let known = self.order.len();
        match self.order.get_mut(position) {
            Some(place) => *place = (key.into(), found),
            None if position == known && position < MOST => self.order.push((key.into(), found)),
            None => {}
        }
        found
    }

    /// Adds a field to the current object; `false` if it was there already.
    pub(super) fn add(&mut self, at: usize) -> bool {
        self.fields.get_mut(at).is_some_and(|field| !std::mem::replace(&mut field.is_there, true))
    }

    /// What was seen below a field.
    pub(super) fn below(&mut self, at: usize) -> Option<&mut Self> {
        self.fields.get_mut(at).map(|field| &mut field.below)
    }

    /// Ends an object.
    pub(super) fn end(&mut self, selection: &Selection) {
        for (seen, field) in self.fields.iter_mut().zip(&selection.fields) {
            seen.is_missing |= !seen.is_there && !field.is_optional;
        }
    }

    /// The keys of the object at the top; `None` if there were too many to remember.
    pub(super) fn keys(&self) -> Option<impl Iterator<Item = &str>> {
        (self.order.len() < MOST).then(|| self.order.iter().map(|(key, _)| &**key))
    }

    /// The paths of keys that an object lacked.
    pub(super) fn missing(&self, selection: &Selection) -> BTreeSet<String> {
        let mut missing = BTreeSet::new();
        self.add_missing(selection, "", &mut missing);
        missing
    }

    fn add_missing(&self, selection: &Selection, above: &str, into: &mut BTreeSet<String>) {
        for (seen, field) in self.fields.iter().zip(&selection.fields) {
            let path = || if above.is_empty() { field.key.clone() } else { format!("{above}.{}", field.key) };
            if seen.is_missing {
                into.insert(path());
            }
            if !field.selection.is_empty() {
                seen.below.add_missing(&field.selection, &path(), into);
            }
        }
    }
}

fn find(selection: &Selection, key: &str) -> Key {
    let place = |is_it: &dyn Fn(&SelectedField) -> bool| selection.fields.iter().position(is_it);
    if key == "__typename" {
        return Key::Typename;
    }
    let own = place(&|field| field.key == key).map(Key::Field);
    own.or_else(|| place(&|field| field.alias.as_deref() == Some(key)).map(Key::Alias)).unwrap_or(Key::Other)
}
