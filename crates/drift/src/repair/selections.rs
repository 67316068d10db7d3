//! Where selections are, and what has to go with one that is removed.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use apollo_compiler::ast::{Definition, Selection};
use apollo_compiler::parser::SourceSpan;

use super::edit::{Edit, item};
use crate::operations::{Operations, Text};

/// A selection, and what is around it.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) path: String,
    pub(super) range: Range<usize>,
    /// Whether it is the only one in its braces, which cannot be empty.
    pub(super) is_alone: bool,
    pub(super) above: Rc<Above>,
}

/// What the braces around a selection belong to.
#[derive(Debug)]
pub(super) enum Above {
    Operation,
    Fragment(String),
    Selection(Site),
}

/// The deepest nesting of fragments whose spreads are removed with them.
const DEEPEST: usize = 20;

/// Every spread of the fragments, and where these are defined.
#[derive(Debug, Default)]
pub(super) struct Spreads {
    sites: HashMap<String, Vec<Site>>,
    definitions: HashMap<String, Vec<(String, Range<usize>)>>,
}

impl Spreads {
    pub(super) fn of(operations: &Operations) -> Self {
        let mut spreads = Self::default();
        for (text, definition) in operations.definitions() {
            let (selections, above) = match definition {
                Definition::OperationDefinition(node) => (&node.selection_set, Above::Operation),
                Definition::FragmentDefinition(node) => {
                    let name = node.name.to_string();
                    let range = range(definition.location());
                    spreads.definitions.entry(name.clone()).or_default().push((text.path().to_owned(), range));
                    (&node.selection_set, Above::Fragment(name))
                }
                _ => continue,
            };
            let above = Rc::new(above);
            spreads.collect(selections, text, &above);
        }
        spreads
    }

    fn collect(&mut self, selections: &[Selection], text: &Text, above: &Rc<Above>) {
        for selection in selections {
            let site = site(selection, selections, text, above);
            let inner = match selection {
                Selection::FragmentSpread(node) => {
                    self.sites.entry(node.fragment_name.to_string()).or_default().push(site);
                    continue;
                }
                Selection::Field(node) => &node.selection_set,
                Selection::InlineFragment(node) => &node.selection_set,
            };
            self.collect(inner, text, &Rc::new(Above::Selection(site)));
        }
    }

    /// The changes that remove a selection; with it goes what would be empty. `None` if that is a whole operation.
    pub(super) fn removal(&self, site: &Site, texts: &dyn Fn(&str) -> String) -> Option<Vec<Edit>> {
        self.remove(site, texts, DEEPEST)
    }

    fn remove(&self, site: &Site, texts: &dyn Fn(&str) -> String, depth: usize) -> Option<Vec<Edit>> {
        if !site.is_alone {
            let range = item(&texts(&site.path), site.range.clone());
            return Some(vec![Edit { path: site.path.clone(), range, text: String::new() }]);
        }
        match &*site.above {
            Above::Operation => None,
            Above::Selection(above) => self.remove(above, texts, depth),
            Above::Fragment(name) => self.remove_fragment(name, texts, depth),
        }
    }

    /// The changes that remove a fragment with its spreads.
    pub(super) fn fragment_removal(&self, name: &str, texts: &dyn Fn(&str) -> String) -> Option<Vec<Edit>> {
        self.remove_fragment(name, texts, DEEPEST)
    }

    fn remove_fragment(&self, name: &str, texts: &dyn Fn(&str) -> String, depth: usize) -> Option<Vec<Edit>> {
        let depth = depth.checked_sub(1)?;
        let definitions = self.definitions.get(name).into_iter().flatten().map(|(path, range)| {
            let range = item(&texts(path), range.clone());
            Edit { path: path.clone(), range, text: String::new() }
        });
        let mut edits: Vec<Edit> = definitions.collect();
        for site in self.sites.get(name).into_iter().flatten() {
            edits.extend(self.remove(site, texts, depth)?);
        }
        Some(edits)
    }
}

/// The place of a selection among its siblings.
pub(super) fn site(selection: &Selection, siblings: &[Selection], text: &Text, above: &Rc<Above>) -> Site {
    let span = match selection {
        Selection::Field(node) => node.location(),
        Selection::InlineFragment(node) => node.location(),
        Selection::FragmentSpread(node) => node.location(),
    };
    let range = range(span);
    Site { path: text.path().to_owned(), range, is_alone: siblings.len() == 1, above: Rc::clone(above) }
}

/// The names of the fragments that a definition spreads.
pub(super) fn spreads(definition: &Definition) -> Vec<&str> {
    let mut waiting: Vec<&Selection> = match definition {
        Definition::OperationDefinition(node) => node.selection_set.iter().collect(),
        Definition::FragmentDefinition(node) => node.selection_set.iter().collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    while let Some(selection) = waiting.pop() {
        match selection {
            Selection::Field(node) => waiting.extend(&node.selection_set),
            Selection::InlineFragment(node) => waiting.extend(&node.selection_set),
            Selection::FragmentSpread(node) => found.push(node.fragment_name.as_str()),
        }
    }
    found
}

/// The bytes of a node.
pub(super) fn range(span: Option<SourceSpan>) -> Range<usize> {
    span.map_or(0..0, |span| span.offset()..span.end_offset())
}
