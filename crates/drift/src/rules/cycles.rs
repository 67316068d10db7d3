//! Fragments that spread themselves.

use std::collections::HashSet;

use apollo_compiler::Node;
use apollo_compiler::ast::{FragmentSpread, Selection};

use super::{Finding, Scope, finding, start};

/// The longest chain of fragments that is followed.
const DEEPEST: usize = 500;

/// Every cycle of spreads, with the index of the fragment that begins it.
pub(super) fn find(scope: Scope<'_, '_>) -> Vec<(usize, Finding)> {
    let spreads = scope.fragments.all().map(|fragment| spreads(&fragment.node.selection_set)).collect();
    let mut search = Search { scope, spreads, visited: HashSet::new(), path: Vec::new(), found: Vec::new() };
    for index in 0..search.spreads.len() {
        search.visit(index);
    }
    search.found
}

struct Search<'d, 'f> {
    scope: Scope<'d, 'f>,
    /// The spreads of each fragment.
    spreads: Vec<Vec<&'d Node<FragmentSpread>>>,
    visited: HashSet<usize>,
    /// The fragments on the way here, each with the spread that leads on.
    path: Vec<(usize, Option<&'d Node<FragmentSpread>>)>,
    found: Vec<(usize, Finding)>,
}

impl Search<'_, '_> {
    fn visit(&mut self, index: usize) {
        if !self.visited.insert(index) {
            return;
        }
        let Some(fragment) = self.scope.fragments.get(index) else { return };
        self.path.push((index, None));
        for spread in self.spreads.get(index).cloned().unwrap_or_default() {
            if let Some(last) = self.path.last_mut() {
                last.1 = Some(spread);
            }
            let Some(next) = self.scope.fragments.index_of(&spread.fragment_name, fragment.text.path()) else {
                continue;
            };
            match self.path.iter().find(|(on_path, _)| *on_path == next) {
                Some(&(begin, Some(first))) => self.report(begin, first),
                // Each fragment is a recursion, and a hostile document could overflow the stack.
                _ if self.path.len() >= DEEPEST => {
                    let place = start(spread, fragment.text);
                    self.found.push((index, finding(place, format!("fragments nest deeper than {DEEPEST}"))));
                }
                _ => self.visit(next),
            }
        }
        self.path.pop();
    }

    fn report(&mut self, begin: usize, first: &Node<FragmentSpread>) {
        let Some(fragment) = self.scope.fragments.get(begin) else { return };
        let message = format!("the fragment `{}` spreads itself", fragment.node.name);
        self.found.push((begin, finding(start(first, fragment.text), message)));
    }
}

fn spreads(selections: &[Selection]) -> Vec<&Node<FragmentSpread>> {
    let mut waiting: Vec<&Selection> = selections.iter().rev().collect();
    let mut found = Vec::new();
    while let Some(selection) = waiting.pop() {
        match selection {
            Selection::Field(field) => waiting.extend(field.selection_set.iter().rev()),
            Selection::InlineFragment(fragment) => waiting.extend(fragment.selection_set.iter().rev()),
            Selection::FragmentSpread(spread) => found.push(spread),
        }
    }
    found
}
