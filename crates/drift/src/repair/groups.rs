//! Definitions that belong together, since they spread each other's fragments.

use std::collections::HashMap;

use apollo_compiler::ast::Definition;

use super::edit::Document;
use super::selections::spreads;
use crate::operations::{Fragments, Operations, name_of};

/// Definitions that belong together.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    members: Vec<Member>,
}

/// An operation or a fragment.
#[derive(Debug, Clone)]
struct Member {
    /// The index of its document, and its own in the list of the document.
    place: (usize, usize),
    name: String,
    is_operation: bool,
    /// The places of the fragments that it spreads.
    spreads: Vec<(usize, usize)>,
}

impl Group {
    /// The places of its definitions.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize)> {
        self.members.iter().map(|member| member.place)
    }

    /// The indexes of its operations.
    pub(super) fn operations(&self) -> impl Iterator<Item = usize> {
        self.members.iter().enumerate().filter(|(_, member)| member.is_operation).map(|(index, _)| index)
    }

    /// The names of its operations; of its fragments, if it has no operation.
    pub(super) fn names(&self) -> Vec<String> {
        let has_operation = self.members.iter().any(|member| member.is_operation);
        let named = self.members.iter().filter(|member| member.is_operation == has_operation);
        named.map(|member| member.name.clone()).collect()
    }

    /// Some of its operations, and the fragments that these reach.
    pub(super) fn only(&self, operations: &[usize]) -> Self {
        let mut waiting: Vec<&Member> = operations.iter().filter_map(|index| self.members.get(*index)).collect();
        let mut members: Vec<Member> = Vec::new();
        while let Some(member) = waiting.pop() {
            if members.iter().any(|known| known.place == member.place) {
                continue;
            }
            waiting.extend(self.members.iter().filter(|other| member.spreads.contains(&other.place)));
            members.push(member.clone());
        }
        // In the order of the documents, as in the whole group.
        members.sort_by_key(|member| member.place);
        Self { members }
    }
}

/// The groups of all definitions of documents that parse. Records in the documents where each definition is.
pub(super) fn groups(operations: &Operations, documents: &mut [Document]) -> Vec<Group> {
    let fragments = Fragments::of(operations);
    let index: HashMap<String, usize> =
        documents.iter().enumerate().map(|(at, document)| (document.path.clone(), at)).collect();
    let is_broken = |path: &str| operations.findings.iter().any(|finding| finding.path == path);
    let mut all: Vec<(Member, &Definition)> = Vec::new();
    // By the index of the fragment; `None` for one in a document that does not parse.
    let mut of_fragments: Vec<Option<(usize, usize)>> = Vec::new();
    for (text, definition) in operations.definitions() {
        let (name, is_operation) = match definition {
            Definition::OperationDefinition(operation) => (name_of(operation), true),
            _ => (definition.name().map(ToString::to_string).unwrap_or_default(), false),
        };
        let is_fragment = matches!(definition, Definition::FragmentDefinition(_));
        let document = index.get(text.path()).copied().filter(|_| !is_broken(text.path()));
        let document = document.and_then(|at| Some((at, documents.get_mut(at)?)));
        let (Some((at, document)), Some(span)) = (document, definition.location()) else {
            of_fragments.extend(is_fragment.then_some(None));
            continue;
        };
        let place = (at, document.definitions.len());
        of_fragments.extend(is_fragment.then_some(Some(place)));
        document.definitions.push(span.offset()..span.end_offset());
        all.push((Member { place, name, is_operation, spreads: Vec::new() }, definition));
    }
    for (member, definition) in &mut all {
        let path = documents.get(member.place.0).map(|document| document.path.as_str()).unwrap_or_default();
        let indexes = spreads(definition).into_iter().filter_map(|name| fragments.index_of(name, path));
        member.spreads = indexes.filter_map(|index| of_fragments.get(index).copied().flatten()).collect();
    }
    joined(all.into_iter().map(|(member, _)| member).collect())
}

/// Joins the members that spread each other, in the order of the first of each.
fn joined(all: Vec<Member>) -> Vec<Group> {
    let index: HashMap<(usize, usize), usize> = all.iter().enumerate().map(|(at, member)| (member.place, at)).collect();
    let mut parents: Vec<usize> = (0..all.len()).collect();
    for (own, member) in all.iter().enumerate() {
        for other in member.spreads.iter().filter_map(|place| index.get(place)) {
            let (a, b) = (root(&parents, own), root(&parents, *other));
            if let Some(parent) = parents.get_mut(a.max(b)) {
                *parent = a.min(b);
            }
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut positions: HashMap<usize, usize> = HashMap::new();
    for (own, member) in all.into_iter().enumerate() {
        let position = *positions.entry(root(&parents, own)).or_insert(groups.len());
        if position == groups.len() {
            groups.push(Group::default());
        }
        if let Some(group) = groups.get_mut(position) {
            group.members.push(member);
        }
    }
    groups
}

fn root(parents: &[usize], mut member: usize) -> usize {
    while let Some(parent) = parents.get(member).filter(|parent| **parent != member) {
        member = *parent;
    }
    member
}
