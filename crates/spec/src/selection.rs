//! The selection of an operation as data: its response keys, whichever fragments they come from.

use std::collections::BTreeMap;

use crate::document::{Document, Field, Operation, Selected};
use crate::types::{FieldType, Types};

/// The fields selected of a value, sorted by response key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The fields.
    pub fields: Vec<SelectedField>,
}

/// A selected field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectedField {
    /// Its response key.
    pub key: String,
    /// The key in REST responses, if different.
    pub alias: Option<String>,
    /// Whether a response may omit it: it is read if present, and never reported as missing.
    pub is_optional: bool,
    /// The JSON type of its value.
    pub shape: Shape,
    /// Its own cost.
    pub points: u32,
    /// The selection below it; empty for leaves.
    pub selection: Selection,
}

/// The JSON type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The type of a single value.
    pub leaf: Leaf,
    /// How many lists are around it.
    pub depth: u8,
}

/// The JSON type of a single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// An object with a selection of its own.
    Object,
    /// Text: strings, ids, and values of enums.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A point in time.
    Date,
    /// Any JSON.
    Any,
}

impl Shape {
    /// Any JSON.
    pub const ANY: Self = Self { leaf: Leaf::Any, depth: 0 };
}

impl Selection {
    /// Selects nothing.
    pub const NONE: &'static Self = &Self { fields: Vec::new() };

    /// The selection of an operation, from its root fields downwards. Fields that the types do not have are JSON.
    pub fn of(document: &Document<'_>, operation: &Operation<'_>, types: &Types) -> Self {
        let mut tree = Tree::default();
        Walk { document, types }.set(types.root(operation.kind), &operation.selected, false, &mut tree);
        tree.finish()
    }

    /// The field with a response key.
    pub fn field(&self, key: &str) -> Option<&SelectedField> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// What is selected below a response key, if the key is selected.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.field(key).map(|field| &field.selection)
    }

    /// What is selected below a response key; nothing if the key is not selected.
    pub fn below(&self, key: &str) -> &Self {
        self.get(key).unwrap_or(Self::NONE)
    }

    /// What it costs: each field once, whichever types it is returned for, at the highest price.
    pub fn points(&self) -> u32 {
        self.fields
            .iter()
            .map(|field| field.points.saturating_add(field.selection.points()))
            .fold(0, u32::saturating_add)
    }

    /// How many fields it has, at any depth.
    pub fn len(&self) -> usize {
        self.fields.iter().filter(|field| field.points > 0).map(|field| 1 + field.selection.len()).sum()
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The paths that this selection has and another lacks, such as `purchasedCourses.course`. Paths below a missing one
    /// are not listed.
    pub fn without(&self, other: &Self) -> Vec<String> {
        let mut missing = Vec::new();
        for field in &self.fields {
            match other.field(&field.key) {
                None => missing.push(field.key.clone()),
                Some(found) => {
                    let below = field.selection.without(&found.selection);
                    missing.extend(below.into_iter().map(|path| format!("{}.{path}", field.key)));
                }
            }
        }
        missing
    }
}

/// A selection while it is collected, by response key.
#[derive(Default)]
struct Tree<'t>(BTreeMap<&'t str, Node<'t>>);

struct Node<'t> {
    field: &'t FieldType,
    is_optional: bool,
    shape: Shape,
    points: u32,
    below: Tree<'t>,
}

impl Tree<'_> {
    fn finish(self) -> Selection {
        let fields = self.0.into_iter().map(|(key, node)| SelectedField {
            key: key.to_owned(),
            alias: node.field.alias.clone(),
            is_optional: node.is_optional,
            shape: node.shape,
            points: node.points,
            selection: node.below.finish(),
        });
        Selection { fields: fields.collect() }
    }
}

struct Walk<'t> {
    document: &'t Document<'t>,
    types: &'t Types,
}

impl<'t> Walk<'t> {
    fn set(&self, parent: &str, selected: &'t [Selected<'t>], is_optional: bool, into: &mut Tree<'t>) {
        for selected in selected {
            match selected {
                Selected::Field(field) => self.field(parent, field, is_optional, into),
                Selected::Inline(inline) => {
                    let is_optional = is_optional || is_conditional(inline.directives);
                    self.set(inline.on.unwrap_or(parent), &inline.selected, is_optional, into);
                }
                Selected::Spread(spread) => {
                    let Some(fragment) = self.document.fragments.get(spread.name) else { continue };
                    let is_optional = is_optional || is_conditional(spread.directives);
                    self.set(fragment.on, &fragment.selected, is_optional, into);
                }
            }
        }
        let Some(own) = self.types.types.get(parent) else { return };
        for (name, field) in own.fields.iter().filter(|(_, field)| field.is_rest_only) {
            let node = Node { field, is_optional: true, shape: field.shape, points: 0, below: Tree::default() };
            into.0.entry(name).or_insert(node);
        }
    }

    fn field(&self, parent: &str, field: &'t Field<'t>, is_optional: bool, into: &mut Tree<'t>) {
        let Some(known) = self.types.field(parent, field.name) else { return };
        let is_optional = is_optional || is_conditional(field.tail);
        let node = into.0.entry(field.key()).or_insert_with(|| Node {
            field: known,
            is_optional,
            shape: known.shape,
            points: 0,
            below: Tree::default(),
        });
        node.is_optional |= is_optional;
        if node.shape != known.shape {
            node.shape = Shape::ANY;
        }
        node.points = node.points.max(1 + known.surcharge);
        if let Some(of) = &known.of {
            self.set(of, &field.selected, self.types.is_abstract(of), &mut node.below);
        }
    }
}

/// Whether directives may leave a selection out of a response.
fn is_conditional(directives: &str) -> bool {
    directives.contains("@include") || directives.contains("@skip")
}
