//! Fields that give the same name in a response, and must be the same field. The algorithm is that of graphql-js, which
//! compares each pair of fragments once.

use std::collections::HashMap;
use std::rc::Rc;

use apollo_compiler::Node;
use apollo_compiler::ast::{Argument, Field as FieldNode, FragmentDefinition, OperationDefinition, Selection};
use apollo_compiler::parser::SourceSpan;

use super::{Finding, Scope, finding};
use crate::operations::{Located, Text};
use crate::schema::{Field, TypeDefinition, TypeKind, TypeRef, member};
use crate::sdl::print_literal;

/// The most pairs of fields that are compared for one definition.
const MOST: usize = 1_000_000;

/// The deepest nesting of selections and fragments that is compared.
const DEEPEST: usize = 300;

/// The comparison of fields, with what is known from definitions before.
pub(super) struct Overlap<'d, 'f> {
    scope: Scope<'d, 'f>,
    /// The fields of each selection set, by its address.
    sets: HashMap<usize, Rc<FieldSet<'d>>>,
    /// Fields compared with a fragment, and pairs of fragments; each with whether there was a conflict.
    compared: HashMap<Pair, bool>,
    found: Vec<Finding>,
    /// Whether a pair conflicts that was compared before, so that its conflict is reported already.
    is_known: bool,
    left: usize,
    depth: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Pair {
    /// A selection set and a fragment, and whether their parents exclude each other.
    Fields(usize, usize, bool),
    Fragments(usize, usize, bool),
}

/// The conflicts of a definition.
pub(super) struct Conflicts {
    /// Those that no definition before has.
    pub(super) findings: Vec<Finding>,
    /// Whether there are any.
    pub(super) is_rejected: bool,
}

/// The fields of a selection set by their names in the response, and the fragments that it spreads.
struct FieldSet<'d> {
    address: usize,
    names: Vec<&'d str>,
    by_name: HashMap<&'d str, Vec<Entry<'d>>>,
    fragments: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Entry<'d> {
    parent: Option<&'d TypeDefinition>,
    node: &'d Node<FieldNode>,
    definition: Option<&'d Field>,
    text: &'d Text,
}

/// A selection set, and what it is selected from.
#[derive(Clone, Copy)]
struct Set<'d> {
    selections: &'d [Selection],
    parent: Option<&'d TypeDefinition>,
    text: &'d Text,
}

impl<'d, 'f> Overlap<'d, 'f> {
    pub(super) fn new(scope: Scope<'d, 'f>) -> Self {
        Self {
            scope,
            sets: HashMap::new(),
            compared: HashMap::new(),
            found: Vec::new(),
            is_known: false,
            left: MOST,
            depth: 0,
        }
    }

    /// The conflicts within an operation and the fragments that it spreads.
    pub(super) fn operation(&mut self, operation: &Located<'d, OperationDefinition>) -> Conflicts {
        let parent = self.scope.root(operation.node);
        let set = Set { selections: &operation.node.selection_set, parent, text: operation.text };
        self.definition(set, operation.node.location())
    }

    /// The conflicts within a fragment and those that it spreads.
    pub(super) fn fragment(&mut self, fragment: &Located<'d, FragmentDefinition>) -> Conflicts {
        let parent = self.scope.composite(&fragment.node.type_condition);
        let set = Set { selections: &fragment.node.selection_set, parent, text: fragment.text };
        self.definition(set, fragment.node.location())
    }

    fn definition(&mut self, whole: Set<'d>, span: Option<SourceSpan>) -> Conflicts {
        (self.left, self.depth, self.is_known) = (MOST, 0, false);
        let mut waiting = vec![whole];
        while let Some(set) = waiting.pop() {
            self.within(set);
            // The last of the list is next, and sets are compared in the order of the document.
            let before = waiting.len();
            for selection in set.selections {
                self.below(selection, set, &mut waiting);
            }
            if let Some(added) = waiting.get_mut(before..) {
                added.reverse();
            }
        }
        let mut findings = std::mem::take(&mut self.found);
        if self.left == 0 {
            let message = "too many fields have the same name in the response to compare them all".to_owned();
            findings.push(finding(whole.text.place(span), message));
        }
        Conflicts { is_rejected: self.is_known || !findings.is_empty(), findings }
    }

    /// Adds the selection sets below a selection; an inline fragment belongs to the set around it.
    fn below(&self, selection: &'d Selection, set: Set<'d>, waiting: &mut Vec<Set<'d>>) {
        match selection {
            Selection::Field(node) if !node.selection_set.is_empty() => {
                let definition = definition(set.parent, node);
                let parent = definition.and_then(|definition| self.scope.composite(definition.ty.name()));
                waiting.push(Set { selections: &node.selection_set, parent, text: set.text });
            }
            Selection::InlineFragment(node) => {
                let parent = match &node.type_condition {
                    Some(condition) => self.scope.composite(condition),
                    None => set.parent,
                };
                for inner in &node.selection_set {
                    self.below(inner, Set { parent, ..set }, waiting);
                }
            }
            _ => {}
        }
    }

    fn within(&mut self, set: Set<'d>) {
        let fields = self.fields(set);
        for name in &fields.names {
            let entries = fields.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
            for (index, first) in entries.iter().enumerate() {
                for second in entries.iter().skip(index + 1) {
                    self.pair(false, name, first, second);
                }
            }
        }
        for (index, first) in fields.fragments.iter().enumerate() {
            self.with_fragment(false, &fields, *first);
            for second in fields.fragments.iter().skip(index + 1) {
                self.fragments(false, *first, *second);
            }
        }
    }

    /// Compares fields with those of a fragment and of the fragments that it spreads.
    fn with_fragment(&mut self, exclusive: bool, fields: &Rc<FieldSet<'d>>, fragment: usize) {
        if fields.names.is_empty() {
            return;
        }
        self.once(Pair::Fields(fields.address, fragment, exclusive), |this| {
            let Some(other) = this.fields_of(fragment) else { return };
            if other.address == fields.address {
                return;
            }
            this.between(exclusive, fields, &other);
            for next in &other.fragments {
                this.with_fragment(exclusive, fields, *next);
            }
        });
    }

    fn fragments(&mut self, exclusive: bool, first: usize, second: usize) {
        if first == second {
            return;
        }
        self.once(Pair::Fragments(first.min(second), first.max(second), exclusive), |this| {
            let (Some(one), Some(other)) = (this.fields_of(first), this.fields_of(second)) else { return };
            this.between(exclusive, &one, &other);
            for next in &other.fragments {
                this.fragments(exclusive, first, *next);
            }
            for next in &one.fragments {
                this.fragments(exclusive, *next, second);
            }
        });
    }

    /// Compares a pair once. A conflict is also one of every other definition with this pair, but reported once.
    fn once(&mut self, pair: Pair, compare: impl FnOnce(&mut Self)) {
        if let Some(known) = self.compared.get(&pair) {
            self.is_known |= known;
            return;
        }
        if self.depth == DEEPEST {
            self.left = 0;
            return;
        }
        self.compared.insert(pair, false);
        let before = self.found.len();
        self.depth += 1;
        compare(self);
        self.depth -= 1;
        self.compared.insert(pair, self.found.len() > before || self.is_known);
    }

    fn between(&mut self, exclusive: bool, one: &FieldSet<'d>, other: &FieldSet<'d>) {
        for name in &one.names {
            let (Some(first), Some(second)) = (one.by_name.get(name), other.by_name.get(name)) else { continue };
            for first in first {
                for second in second {
                    self.pair(exclusive, name, first, second);
                }
            }
        }
    }

    /// Reports the conflict of two fields, if there is one.
    fn pair(&mut self, exclusive: bool, name: &str, one: &Entry<'d>, other: &Entry<'d>) {
        if let Some(reason) = self.conflict(exclusive, one, other) {
            let message = format!("the fields named `{name}` conflict: {reason}; use different aliases");
            self.found.push(finding(one.text.place(one.node.location()), message));
        }
    }

    fn conflict(&mut self, exclusive: bool, one: &Entry<'d>, other: &Entry<'d>) -> Option<String> {
        if std::ptr::eq(one.node, other.node) {
            return None;
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || self.depth == DEEPEST {
            self.left = 0;
            return None;
        }
        let exclusive = exclusive || exclude(one.parent, other.parent);
        if !exclusive {
            if one.node.name != other.node.name {
                return Some(format!("`{}` and `{}` are different fields", one.node.name, other.node.name));
            }
            if !same_arguments(&one.node.arguments, &other.node.arguments) {
                return Some("they have different arguments".to_owned());
            }
        }
        let types = (one.definition.map(|it| &it.ty), other.definition.map(|it| &it.ty));
        if let (Some(first), Some(second)) = types
            && self.types_conflict(first, second)
        {
            return Some(format!("they are of the types `{first}` and `{second}`"));
        }
        let below = |entry: &Entry<'d>| Set {
            selections: &entry.node.selection_set,
            parent: entry.definition.and_then(|definition| self.scope.composite(definition.ty.name())),
            text: entry.text,
        };
        let (first, second) = (below(one), below(other));
        if first.selections.is_empty() || second.selections.is_empty() {
            return None;
        }
        let before = self.found.len();
        self.depth += 1;
        self.sub_selections(exclusive, first, second);
        self.depth -= 1;
        // A conflict below is one of the fields above, which is where aliases can be given.
        let nested = self.found.drain(before..).next()?;
        Some(format!("in their subfields, {}", nested.message.trim_end_matches("; use different aliases")))
    }

    fn sub_selections(&mut self, exclusive: bool, first: Set<'d>, second: Set<'d>) {
        let (one, other) = (self.fields(first), self.fields(second));
        self.between(exclusive, &one, &other);
        for fragment in &other.fragments {
            self.with_fragment(exclusive, &one, *fragment);
        }
        for fragment in &one.fragments {
            self.with_fragment(exclusive, &other, *fragment);
        }
        for first in &one.fragments {
            for second in &other.fragments {
                self.fragments(exclusive, *first, *second);
            }
        }
    }

    fn types_conflict(&self, one: &TypeRef, other: &TypeRef) -> bool {
        match (one, other) {
            (TypeRef::List(one), TypeRef::List(other)) | (TypeRef::NonNull(one), TypeRef::NonNull(other)) => {
                self.types_conflict(one, other)
            }
            (TypeRef::Named(one), TypeRef::Named(other)) => {
                (self.scope.is_leaf(one) || self.scope.is_leaf(other)) && one != other
            }
            _ => true,
        }
    }

    fn fields_of(&mut self, fragment: usize) -> Option<Rc<FieldSet<'d>>> {
        let fragment = self.scope.fragments.get(fragment)?;
        let parent = self.scope.composite(&fragment.node.type_condition);
        Some(self.fields(Set { selections: &fragment.node.selection_set, parent, text: fragment.text }))
    }

    fn fields(&mut self, set: Set<'d>) -> Rc<FieldSet<'d>> {
        let address = set.selections.as_ptr().addr();
        if let Some(known) = self.sets.get(&address) {
            return Rc::clone(known);
        }
        let mut fields = FieldSet { address, names: Vec::new(), by_name: HashMap::new(), fragments: Vec::new() };
        self.collect(set, &mut fields);
        let fields = Rc::new(fields);
        self.sets.insert(address, Rc::clone(&fields));
        fields
    }

    fn collect(&self, set: Set<'d>, fields: &mut FieldSet<'d>) {
        for selection in set.selections {
            match selection {
                Selection::Field(node) => {
                    let name: &'d str = node.alias.as_ref().unwrap_or(&node.name);
                    let entries = fields.by_name.entry(name).or_default();
                    if entries.is_empty() {
                        fields.names.push(name);
                    }
                    let definition = definition(set.parent, node);
                    entries.push(Entry { parent: set.parent, node, definition, text: set.text });
                }
                Selection::InlineFragment(node) => {
                    let parent = match &node.type_condition {
                        Some(condition) => self.scope.composite(condition),
                        None => set.parent,
                    };
                    self.collect(Set { selections: &node.selection_set, parent, ..set }, fields);
                }
                Selection::FragmentSpread(node) => {
                    let index = self.scope.fragments.index_of(&node.fragment_name, set.text.path());
                    if let Some(index) = index.filter(|index| !fields.fragments.contains(index)) {
                        fields.fragments.push(index);
                    }
                }
            }
        }
    }
}

fn definition<'d>(parent: Option<&'d TypeDefinition>, node: &FieldNode) -> Option<&'d Field> {
    member(parent?.fields(), &node.name, |field: &Field| &field.name)
}

/// Whether no object is of both types, so that two fields never are in the same response.
fn exclude(one: Option<&TypeDefinition>, other: Option<&TypeDefinition>) -> bool {
    let is_object = |definition: &TypeDefinition| matches!(definition.kind, TypeKind::Object { .. });
    match (one, other) {
        (Some(one), Some(other)) => one.name != other.name && is_object(one) && is_object(other),
        _ => false,
    }
}

fn same_arguments(one: &[Node<Argument>], other: &[Node<Argument>]) -> bool {
    one.len() == other.len()
        && one.iter().all(|argument| {
            let same = other.iter().find(|candidate| candidate.name == argument.name);
            same.is_some_and(|same| print_literal(&same.value) == print_literal(&argument.value))
        })
}
