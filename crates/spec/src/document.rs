//! Query documents as text: parsed without a schema, reduced to what a tenant has, and printed.

mod parse;
mod print;
mod reduce;
mod repeat;

use std::collections::BTreeMap;

use crate::OperationKind;

/// A document, borrowed from its text. Arguments, directives and types stay as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document<'t> {
    /// The operations in text order.
    pub operations: Vec<Operation<'t>>,
    /// The fragments by name.
    pub fragments: BTreeMap<&'t str, Fragment<'t>>,
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation<'t> {
    /// Whether it reads or writes.
    pub kind: OperationKind,
    /// Its name, if it has one.
    pub name: Option<&'t str>,
    /// The variables that it declares.
    pub variables: Vec<Variable<'t>>,
    /// Its directives.
    pub directives: &'t str,
    /// What it selects.
    pub selected: Vec<Selected<'t>>,
}

/// The declaration of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable<'t> {
    /// Its name, without `$`.
    pub name: &'t str,
    /// The declaration, such as `$id: ID!`.
    pub text: &'t str,
}

/// A fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment<'t> {
    /// The type that it is for.
    pub on: &'t str,
    /// Its directives.
    pub directives: &'t str,
    /// What it selects.
    pub selected: Vec<Selected<'t>>,
}

/// A part of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected<'t> {
    /// A field.
    Field(Field<'t>),
    /// The use of a fragment.
    Spread(Spread<'t>),
    /// A fragment without a name.
    Inline(Inline<'t>),
}

/// A field of a selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'t> {
    /// Its response key, if that is not its name.
    pub alias: Option<&'t str>,
    /// Its name.
    pub name: &'t str,
    /// Its arguments and directives.
    pub tail: &'t str,
    /// What is selected below it; empty for leaves.
    pub selected: Vec<Selected<'t>>,
}

/// The use of a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread<'t> {
    /// The name of the fragment.
    pub name: &'t str,
    /// The directives.
    pub directives: &'t str,
}

/// A fragment without a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline<'t> {
    /// The type that it is for, if it names one.
    pub on: Option<&'t str>,
    /// The directives.
    pub directives: &'t str,
    /// What it selects.
    pub selected: Vec<Selected<'t>>,
}

impl<'t> Document<'t> {
    /// Reads a document; `None` if it is malformed, or nested too deeply.
    ///
    /// ```
    /// use thought_industries_spec::Document;
    ///
    /// let document = Document::parse("query Q($id: ID!) { user(id: $id) { id ...F } } fragment F on User { name }").expect("a document");
    /// assert_eq!(document.to_string(), "query Q($id: ID!){user(id: $id){id ...F}}\nfragment F on User{name}");
    /// ```
    pub fn parse(text: &'t str) -> Option<Self> {
        parse::document(text)
    }

    /// The operation with a name, or the only one.
    pub fn operation(&self, name: Option<&str>) -> Option<&Operation<'t>> {
        match (name, self.operations.as_slice()) {
            (Some(name), all) => all.iter().find(|operation| operation.name == Some(name)),
            (None, [only]) => Some(only),
            _ => None,
        }
    }

    /// How many fields an operation selects, with those of a fragment wherever it is used: an estimate of its points
    /// without a schema.
    pub fn fields<'d>(&'d self, operation: &'d Operation<'d>) -> u32 {
        self.count(&operation.selected, &mut BTreeMap::new())
    }

    /// Counts each fragment once, so that any number of spreads takes little time. One that leads back to itself adds
    /// nothing.
    fn count<'d>(&'d self, selected: &[Selected<'d>], known: &mut BTreeMap<&'d str, u32>) -> u32 {
        let mut total = 0_u32;
        for selected in selected {
            let own = match selected {
                Selected::Field(field) => self.count(&field.selected, known).saturating_add(1),
                Selected::Inline(inline) => self.count(&inline.selected, known),
                Selected::Spread(spread) => match (known.get(spread.name), self.fragments.get(spread.name)) {
                    (Some(known), _) => *known,
                    (None, None) => 0,
                    (None, Some(fragment)) => {
                        known.insert(spread.name, 0);
                        let fields = self.count(&fragment.selected, known);
                        known.insert(spread.name, fields);
                        fields
                    }
                },
            };
            total = total.saturating_add(own);
        }
        total
    }
}

impl<'t> Field<'t> {
    /// Its key in a response.
    pub fn key(&self) -> &'t str {
        self.alias.unwrap_or(self.name)
    }
}
