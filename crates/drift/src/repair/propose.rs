//! Candidates for each error: what could be written instead, the smallest change first.

mod values;

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use apollo_compiler::ast::{
    Definition, Field as FieldNode, InlineFragment, OperationDefinition, Selection, VariableDefinition,
};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};

use super::edit::{Edit, item, trimmed};
use super::hints::Hints;
use super::selections::{Above, Spreads, range, site};
use crate::finding::Finding;
use crate::operations::{Operations, Text};
use crate::schema::{Field, Schema, TypeDefinition, TypeKind, TypeRef, member};
use crate::sdl::read_type_ref;
use crate::suggest::closest;

/// What could be done about the errors at one place.
pub(super) struct Proposal {
    path: String,
    line: usize,
    column: usize,
    /// The smallest first.
    pub(super) candidates: Vec<Candidate>,
    /// Why there may be none that helps.
    pub(super) why: Option<&'static str>,
}

/// Changes that could mend an error.
pub(super) struct Candidate {
    pub(super) edits: Vec<Edit>,
    /// What they do.
    pub(super) what: String,
    /// Whether the old schema suggests them.
    pub(super) is_hinted: bool,
}

impl Proposal {
    pub(super) fn is_at(&self, finding: &Finding) -> bool {
        self.path == finding.path && (self.line, self.column) == (finding.line, finding.column)
    }
}

/// The proposals for all definitions.
pub(super) fn all(schema: &Schema, hints: &Hints, operations: &Operations) -> Vec<Proposal> {
    let spreads = Spreads::of(operations);
    let texts: HashMap<&str, &str> = operations.definitions().map(|(text, _)| (text.path(), text.source())).collect();
    let mut found = Vec::new();
    let mut expected: HashMap<&str, Vec<(TypeRef, bool)>> = HashMap::new();
    // Operations come last: how their variables are used shows in the fragments, too.
    for is_operation in [false, true] {
        for (text, definition) in operations.definitions() {
            let mut walk = Walk {
                schema,
                hints,
                spreads: &spreads,
                texts: &texts,
                text,
                found: Vec::new(),
                expected: HashMap::new(),
            };
            match definition {
                Definition::FragmentDefinition(node) if !is_operation => {
                    let above = Rc::new(Above::Fragment(node.name.to_string()));
                    let parent = walk.type_name(&node.type_condition, |walk| {
                        walk.spreads.fragment_removal(&node.name, &walk.text_of())
                    });
                    walk.directives(&node.directives);
                    walk.selections(&node.selection_set, parent, &above);
                    found.append(&mut walk.found);
                    walk.expected.into_iter().for_each(|(name, uses)| expected.entry(name).or_default().extend(uses));
                }
                Definition::OperationDefinition(node) if is_operation => {
                    walk.operation(node, &expected);
                    found.append(&mut walk.found);
                }
                _ => {}
            }
        }
    }
    found
}

struct Walk<'a, 'd> {
    schema: &'d Schema,
    hints: &'a Hints,
    spreads: &'a Spreads,
    texts: &'a HashMap<&'d str, &'d str>,
    text: &'d Text,
    found: Vec<Proposal>,
    /// What is expected of each variable.
    expected: HashMap<&'d str, Vec<(TypeRef, bool)>>,
}

const VALUE_NEEDED: &str = "it needs a value that the documents do not have";

impl<'a, 'd> Walk<'a, 'd> {
    fn text_of(&self) -> impl Fn(&str) -> String + use<'a, 'd> {
        let texts = self.texts;
        move |path| texts.get(path).copied().unwrap_or_default().to_owned()
    }

    fn propose(&mut self, at: Option<SourceSpan>, candidates: Vec<Candidate>, why: Option<&'static str>) {
        let place = self.text.place(at);
        let (path, line, column) = (place.file.to_owned(), place.line, place.column);
        self.found.push(Proposal { path, line, column, candidates, why });
    }

    fn edit(&self, range: Range<usize>, text: impl Into<String>) -> Edit {
        Edit { path: self.text.path().to_owned(), range, text: text.into() }
    }

    fn replace(&self, name: &Name, with: &str, is_hinted: bool) -> Candidate {
        let edits = vec![self.edit(range(name.location()), with)];
        Candidate { edits, what: format!("`{name}` is now `{with}`"), is_hinted }
    }

    /// The candidates for a name that is unknown: those that the old schema suggests, then the most similar one.
    fn names(&self, name: &Name, coordinate: &str, known: &[&str]) -> Vec<(String, bool)> {
        let hinted = self.hints.names(coordinate).filter(|hinted| known.contains(hinted));
        let mut names: Vec<(String, bool)> = hinted.map(|name| (name.to_owned(), true)).collect();
        if let Some(similar) = closest(name, known.iter().copied())
            && !names.iter().any(|(other, _)| other == similar)
            && self.hints.may_be(coordinate, similar)
        {
            names.push((similar.to_owned(), false));
        }
        names
    }

    fn renames(&self, name: &Name, coordinate: &str, known: &[&str]) -> Vec<Candidate> {
        let names = self.names(name, coordinate, known).into_iter();
        names.map(|(with, is_hinted)| self.replace(name, &with, is_hinted)).collect()
    }

    fn without(&self, range: Range<usize>, what: String) -> Candidate {
        let range = item(self.text.source(), range);
        Candidate { edits: vec![self.edit(range, "")], what, is_hinted: false }
    }

    /// Removes an item of a list in brackets, and the brackets with the last one.
    fn without_item(&self, at: Range<usize>, is_only: bool, brackets: (char, char), what: String) -> Candidate {
        let source = self.text.source();
        let at = trimmed(source, at);
        let open = source.get(..at.start).and_then(|before| before.rfind(brackets.0));
        let close = source.get(at.end..).and_then(|after| after.find(brackets.1)).map(|length| at.end + length + 1);
        match (is_only, open, close) {
            (true, Some(open), Some(close)) => {
                Candidate { edits: vec![self.edit(open..close, "")], what, is_hinted: false }
            }
            _ => self.without(at, what),
        }
    }

    fn operation(&mut self, node: &'d Node<OperationDefinition>, of_fragments: &HashMap<&str, Vec<(TypeRef, bool)>>) {
        let root = self.schema.root(node.operation_type).and_then(|name| self.schema.types.get(name));
        self.directives(&node.directives);
        self.selections(&node.selection_set, root, &Rc::new(Above::Operation));
        if root.is_none() {
            let at = node.name.as_ref().map_or_else(|| node.location(), Name::location);
            self.propose(at, Vec::new(), Some("the schema has no such operations"));
        }
        for variable in &node.variables {
            let mut expected = self.expected.remove(variable.name.as_str()).unwrap_or_default();
            expected.extend(of_fragments.get(variable.name.as_str()).into_iter().flatten().cloned());
            self.variable(variable, node.variables.len() == 1, &expected);
        }
    }

    fn variable(&mut self, node: &'d Node<VariableDefinition>, is_only: bool, expected: &[(TypeRef, bool)]) {
        let own = read_type_ref(&node.ty);
        let has_default = node.default_value.as_deref().is_some_and(|value| !value.is_null());
        let at = trimmed(self.text.source(), range(node.ty.location()));
        let fits = |ty: &TypeRef| {
            expected.iter().all(|(expected, expected_default)| ty.fits(has_default, expected, *expected_default))
        };
        let fitting = expected.iter().map(|(ty, _)| ty).filter(|ty| **ty != own && fits(ty));
        let mut candidates: Vec<Candidate> = Vec::new();
        for ty in fitting {
            let what = format!("variable `${}` is of type `{ty}` instead of `{own}`", node.name);
            if !candidates.iter().any(|other| other.what == what) {
                candidates.push(Candidate {
                    edits: vec![self.edit(at.clone(), ty.to_string())],
                    what,
                    is_hinted: true,
                });
            }
        }
        let retyped = candidates.len();
        let what = format!("variable `${}` is not used any more", node.name);
        candidates.push(self.without_item(range(node.location()), is_only, ('(', ')'), what));
        self.propose(node.location(), candidates, (retyped == 0).then_some("no type fits everywhere it is used"));
        let name = node.ty.inner_named_type();
        if !self.schema.types.contains_key(name.as_str()) {
            let known: Vec<&str> = self.input_types();
            let mut candidates = self.renames(name, name, &known);
            let types = expected.iter().map(|(ty, _)| ty).filter(|ty| fits(ty));
            candidates.extend(types.map(|ty| Candidate {
                edits: vec![self.edit(at.clone(), ty.to_string())],
                what: format!("variable `${}` is of type `{ty}` instead of `{own}`", node.name),
                is_hinted: true,
            }));
            self.propose(node.ty.location(), candidates, Some("nothing says which type took its place"));
        }
        self.directives(&node.directives);
    }

    fn input_types(&self) -> Vec<&'d str> {
        let is_input = |ty: &&TypeDefinition| {
            matches!(ty.kind, TypeKind::InputObject { .. } | TypeKind::Enum { .. } | TypeKind::Scalar { .. })
        };
        self.schema.types.values().filter(is_input).map(|ty| ty.name.as_str()).collect()
    }

    /// The type that a fragment applies to, with proposals if there is none; `removal` removes the fragment.
    fn type_name(
        &mut self,
        name: &'d Name,
        removal: impl Fn(&Self) -> Option<Vec<Edit>>,
    ) -> Option<&'d TypeDefinition> {
        let found = self.schema.types.get(name.as_str());
        if found.is_none() {
            let known: Vec<&str> = self.schema.types.keys().map(String::as_str).collect();
            let mut candidates = self.renames(name, name, &known);
            let what = format!("the fragment on `{name}` is removed");
            candidates.extend(removal(self).map(|edits| Candidate { edits, what, is_hinted: false }));
            self.propose(name.location(), candidates, Some("nothing would be left of the operation"));
        }
        found
    }

    fn selections(&mut self, selections: &'d [Selection], parent: Option<&'d TypeDefinition>, above: &Rc<Above>) {
        for selection in selections {
            let site = site(selection, selections, self.text, above);
            let removal = self.spreads.removal(&site, &self.text_of());
            let inner = Rc::new(Above::Selection(site));
            match selection {
                Selection::Field(node) => self.field(node, parent, removal, &inner),
                Selection::InlineFragment(node) => self.inline_fragment(node, parent, removal.as_ref(), &inner),
                Selection::FragmentSpread(node) => {
                    let what = format!("`...{}` is removed", node.fragment_name);
                    let candidates = removal.map(|edits| Candidate { edits, what, is_hinted: false });
                    let why = Some("nothing would be left of the operation");
                    self.propose(node.location(), candidates.into_iter().collect(), why);
                    self.directives(&node.directives);
                }
            }
        }
    }

    fn inline_fragment(
        &mut self,
        node: &'d Node<InlineFragment>,
        parent: Option<&'d TypeDefinition>,
        removal: Option<&Vec<Edit>>,
        inner: &Rc<Above>,
    ) {
        self.directives(&node.directives);
        let ty = match &node.type_condition {
            None => parent,
            Some(condition) => {
                let what = format!("the fragment on `{condition}` is removed");
                let impossible = removal.cloned().map(|edits| Candidate { edits, what, is_hinted: false });
                let why = Some("nothing would be left of the operation");
                self.propose(node.location(), impossible.into_iter().collect(), why);
                self.type_name(condition, |_| removal.cloned())
            }
        };
        self.selections(&node.selection_set, ty, inner);
    }

    fn field(
        &mut self,
        node: &'d Node<FieldNode>,
        parent: Option<&'d TypeDefinition>,
        removal: Option<Vec<Edit>>,
        inner: &Rc<Above>,
    ) {
        self.directives(&node.directives);
        let definition = parent.and_then(|parent| member(parent.fields(), &node.name, |field: &Field| &field.name));
        let (Some(parent), Some(field)) = (parent, definition) else {
            if let Some(parent) = parent.filter(|_| !node.name.starts_with("__")) {
                let candidates = self.unknown_field(node, parent, removal);
                self.propose(node.name.location(), candidates, Some("nothing would be left of the operation"));
            }
            node.arguments.iter().for_each(|argument| self.value(&argument.value, None, false));
            return self.selections(&node.selection_set, None, inner);
        };
        let owner = format!("{}.{}", parent.name, field.name);
        self.arguments(&node.arguments, &field.arguments, &owner);
        let missing = field.arguments.iter().any(|input| {
            let is_given = node.arguments.iter().any(|given| given.name == input.name.as_str());
            !is_given && matches!(input.ty, TypeRef::NonNull(_)) && input.default.is_none()
        });
        if missing {
            self.propose(node.location(), Vec::new(), Some(VALUE_NEEDED));
        }
        let ty = self.schema.types.get(field.ty.name());
        let has_fields = ty.is_some_and(|ty| !matches!(ty.kind, TypeKind::Scalar { .. } | TypeKind::Enum { .. }));
        if let (Some(first), false) = (node.selection_set.first(), has_fields) {
            self.leaf(node, first);
        }
        if has_fields && node.selection_set.is_empty() {
            let why = "it has fields now, and nothing says which of them are needed";
            self.propose(node.name.location(), Vec::new(), Some(why));
        }
        self.selections(&node.selection_set, ty.filter(|_| has_fields), inner);
    }

    fn unknown_field(
        &self,
        node: &'d Node<FieldNode>,
        parent: &TypeDefinition,
        removal: Option<Vec<Edit>>,
    ) -> Vec<Candidate> {
        let known: Vec<&str> = parent.fields().iter().map(|field| field.name.as_str()).collect();
        let coordinate = format!("{}.{}", parent.name, node.name);
        let names = self.names(&node.name, &coordinate, &known).into_iter();
        let mut candidates: Vec<Candidate> = names
            .map(|(with, is_hinted)| {
                // The response keeps its name, so that what reads it goes on working.
                let text = if node.alias.is_none() { format!("{}: {with}", node.name) } else { with.clone() };
                let edits = vec![self.edit(range(node.name.location()), text)];
                Candidate { edits, what: format!("`{coordinate}` is now `{with}`"), is_hinted }
            })
            .collect();
        let what = format!("`{coordinate}` is removed");
        candidates.extend(removal.map(|edits| Candidate { edits, what, is_hinted: false }));
        candidates
    }

    /// Removes the selection below a field that has no fields any more.
    fn leaf(&mut self, node: &'d Node<FieldNode>, first: &Selection) {
        let all = trimmed(self.text.source(), range(node.location()));
        let span = match first {
            Selection::Field(node) => node.location(),
            Selection::InlineFragment(node) => node.location(),
            Selection::FragmentSpread(node) => node.location(),
        };
        let before = self.text.source().get(..range(span).start).unwrap_or_default();
        let Some(open) = before.rfind('{') else { return };
        let start = before.get(..open).map_or(open, |before| before.trim_end().len());
        let candidate = Candidate {
            edits: vec![self.edit(start..all.end, "")],
            what: format!("`{}` has no fields any more", node.name),
            is_hinted: false,
        };
        let place = self.text.brace_before(first);
        let (path, line, column) = (place.file.to_owned(), place.line, place.column);
        self.found.push(Proposal { path, line, column, candidates: vec![candidate], why: None });
    }
}
