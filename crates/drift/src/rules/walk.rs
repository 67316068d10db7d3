//! Selections, arguments and directives of one definition.

use std::collections::HashMap;

use apollo_compiler::ast::{
    Argument, DirectiveList, Field as FieldNode, FragmentDefinition, FragmentSpread, InlineFragment,
    OperationDefinition, OperationType, Selection, Type,
};
use apollo_compiler::{Name, Node};

use super::built_in::built_in;
use super::{Expected, Facts, Scope, Walk, start};
use crate::operations::{Located, Place, Text, name_of};
use crate::schema::{DirectiveDefinition, Field, InputValue, TypeDefinition, member};
use crate::sdl::read_type_ref;
use crate::suggest::closest;

/// Checks an operation, except for its variables.
pub(super) fn operation<'d>(scope: Scope<'d, '_>, operation: &Located<'d, OperationDefinition>) -> Facts<'d> {
    let mut walk = Walk { scope, text: operation.text, facts: Facts::default() };
    walk.operation(operation.node);
    walk.facts
}

/// Checks a fragment.
pub(super) fn fragment<'d>(scope: Scope<'d, '_>, fragment: &Located<'d, FragmentDefinition>) -> Facts<'d> {
    let mut walk = Walk { scope, text: fragment.text, facts: Facts::default() };
    let node = fragment.node;
    let parent = walk.condition(&node.type_condition);
    walk.directives(&node.directives, "FRAGMENT_DEFINITION");
    walk.selections(&node.selection_set, parent);
    walk.facts
}

impl<'d> Walk<'d, '_> {
    fn operation(&mut self, node: &'d Node<OperationDefinition>) {
        let location = match node.operation_type {
            OperationType::Query => "QUERY",
            OperationType::Mutation => "MUTATION",
            OperationType::Subscription => "SUBSCRIPTION",
        };
        let mut seen: HashMap<&str, Place<'d>> = HashMap::new();
        for variable in &node.variables {
            let place = start(variable, self.text);
            if let Some(first) = seen.insert(&variable.name, place) {
                self.find(first, format!("more than one variable is named `${}`", variable.name));
            }
            self.variable_type(&variable.name, &variable.ty);
            if let Some(default) = &variable.default_value {
                let ty = read_type_ref(&variable.ty);
                self.value(default, Expected { ty: Some(&ty), ..Expected::default() }, true);
            }
            self.directives(&variable.directives, "VARIABLE_DEFINITION");
        }
        self.directives(&node.directives, location);
        let root = self.scope.root(node);
        if root.is_none() {
            let place = self.text.place(node.name.as_ref().map_or_else(|| node.location(), Name::location));
            self.find(place, format!("the schema has no root for a {}", node.operation_type));
        }
        self.selections(&node.selection_set, root);
        if node.operation_type == OperationType::Subscription {
            self.one_field(node);
        }
    }

    fn variable_type(&mut self, variable: &str, ty: &'d Node<Type>) {
        let name = ty.inner_named_type();
        let place = start(ty, self.text);
        if !self.scope.is_known(name) {
            return self.unknown_type(name, place);
        }
        let is_input = self.scope.is_leaf(name) || self.scope.input_object(name).is_some();
        if !is_input {
            self.find(place, format!("variable `${variable}` is of type `{name}`, which is no type of inputs"));
        }
    }

    fn unknown_type(&mut self, name: &str, place: Place<'d>) {
        let suggestion = closest(name, self.scope.schema.types.keys().map(String::as_str));
        self.suggest(place, format!("unknown type `{name}`"), suggestion);
    }

    /// The type that a fragment applies to; `None` if it has no fields or is unknown.
    fn condition(&mut self, name: &'d Name) -> Option<&'d TypeDefinition> {
        let place = self.text.place(name.location());
        if !self.scope.is_known(name) {
            self.unknown_type(name, place);
            return None;
        }
        let composite = self.scope.composite(name);
        if composite.is_none() && !name.starts_with("__") {
            self.find(place, format!("a fragment cannot apply to `{name}`, which has no fields"));
        }
        composite
    }

    fn selections(&mut self, selections: &'d [Selection], parent: Option<&'d TypeDefinition>) {
        for selection in selections {
            match selection {
                Selection::Field(node) => self.field(node, parent),
                Selection::InlineFragment(node) => self.inline_fragment(node, parent),
                Selection::FragmentSpread(node) => self.spread(node, parent),
            }
        }
    }

    fn inline_fragment(&mut self, node: &'d Node<InlineFragment>, parent: Option<&'d TypeDefinition>) {
        self.directives(&node.directives, "INLINE_FRAGMENT");
        let inner = match &node.type_condition {
            None => parent,
            Some(condition) => {
                let inner = self.condition(condition);
                self.overlaps(parent, inner, start(node, self.text));
                inner
            }
        };
        self.selections(&node.selection_set, inner);
    }

    fn spread(&mut self, node: &'d Node<FragmentSpread>, parent: Option<&'d TypeDefinition>) {
        self.directives(&node.directives, "FRAGMENT_SPREAD");
        let fragments = self.scope.fragments;
        let Some(index) = fragments.index_of(&node.fragment_name, self.text.path()) else {
            let place = self.text.place(node.fragment_name.location());
            let suggestion = closest(&node.fragment_name, fragments.names());
            return self.suggest(place, format!("unknown fragment `{}`", node.fragment_name), suggestion);
        };
        self.facts.spreads.push(index);
        let inner = fragments.get(index).and_then(|it| self.scope.composite(&it.node.type_condition));
        self.overlaps(parent, inner, start(node, self.text));
    }

    /// A fragment applies only to types that its parent may be.
    fn overlaps(&mut self, parent: Option<&'d TypeDefinition>, inner: Option<&'d TypeDefinition>, place: Place<'d>) {
        let (Some(parent), Some(inner)) = (parent, inner) else { return };
        if parent.name != inner.name && !self.scope.schema.overlap(&parent.name, &inner.name) {
            self.find(place, format!("a fragment on `{}` cannot apply to `{}`", inner.name, parent.name));
        }
    }

    fn field(&mut self, node: &'d Node<FieldNode>, parent: Option<&'d TypeDefinition>) {
        let at_name = self.text.place(node.name.location());
        let definition = parent.and_then(|parent| member(parent.fields(), &node.name, |field: &Field| &field.name));
        let is_meta = is_meta(&node.name, parent, self.scope);
        if let (Some(parent), None, false) = (parent, definition, is_meta) {
            let suggestion = closest(&node.name, parent.fields().iter().map(|field| field.name.as_str()));
            self.suggest(at_name, format!("type `{}` has no field `{}`", parent.name, node.name), suggestion);
        }
        let owner = || parent.map(|parent| format!("`{}.{}`", parent.name, node.name)).unwrap_or_default();
        let inputs = definition.map(|definition| definition.arguments.as_slice());
        self.arguments(inputs, &node.arguments, start(node, self.text), owner);
        self.directives(&node.directives, "FIELD");
        let Some(field) = definition else {
            if is_meta && node.name == "__typename" && !node.selection_set.is_empty() {
                self.find(at_name, "`__typename` has no fields to select".to_owned());
            }
            // Nothing is known of what is below, but fragments, variables and directives in it can be checked.
            return self.selections(&node.selection_set, None);
        };
        let name = field.ty.name();
        let is_leaf = self.scope.is_leaf(name);
        if let (true, Some(first)) = (is_leaf, node.selection_set.first()) {
            let place = self.text.brace_before(first);
            self.find(place, format!("{} is of type `{name}`, which has no fields to select", owner()));
        }
        let inner = self.scope.composite(name);
        if inner.is_some() && node.selection_set.is_empty() {
            self.find(at_name, format!("{} is of type `{name}`, and needs a selection of its fields", owner()));
        }
        self.selections(&node.selection_set, inner);
    }

    /// Arguments of a field or directive; `inputs` is `None` if that is unknown.
    fn arguments(
        &mut self,
        inputs: Option<&'d [InputValue]>,
        given: &'d [Node<Argument>],
        place: Place<'d>,
        owner: impl Fn() -> String,
    ) {
        let mut seen: HashMap<&str, Place<'d>> = HashMap::new();
        for argument in given {
            let at = start(argument, self.text);
            if let Some(first) = seen.get(argument.name.as_str()) {
                self.find(*first, format!("the argument `{}` is given more than once", argument.name));
            }
            seen.entry(&argument.name).or_insert(at);
            let input = inputs.and_then(|inputs| member(inputs, &argument.name, |input: &InputValue| &input.name));
            if let (Some(inputs), None) = (inputs, input) {
                let suggestion = closest(&argument.name, inputs.iter().map(|input| input.name.as_str()));
                self.suggest(at, format!("{} has no argument `{}`", owner(), argument.name), suggestion);
            }
            let expected = input.map(|input| self.scope.expected(input)).unwrap_or_default();
            self.value(&argument.value, expected, true);
        }
        for input in inputs.unwrap_or_default() {
            if self.scope.is_required(input) && !seen.contains_key(input.name.as_str()) {
                self.find(place, format!("{} needs the argument `{}` of type `{}`", owner(), input.name, input.ty));
            }
        }
    }

    fn directives(&mut self, directives: &'d DirectiveList, location: &str) {
        let mut seen: HashMap<&str, Place<'d>> = HashMap::new();
        for node in directives {
            let place = start(node, self.text);
            let known = self.scope.schema.directives.get(node.name.as_str());
            let definition: Option<&'d DirectiveDefinition> = known.or_else(|| built_in(&node.name));
            match definition {
                None => {
                    let names = self.scope.schema.directives.keys().map(String::as_str).chain(["skip", "include"]);
                    self.suggest(place, format!("unknown directive `@{}`", node.name), closest(&node.name, names));
                }
                Some(definition) if !definition.locations.iter().any(|allowed| allowed == location) => {
                    self.find(place, format!("`@{}` cannot be applied here ({location})", node.name));
                }
                Some(_) => {}
            }
            let first = *seen.entry(&node.name).or_insert(place);
            if first != place && definition.is_some_and(|definition| !definition.is_repeatable) {
                self.find(first, format!("`@{}` cannot be applied more than once in one place", node.name));
            }
            let inputs = definition.map(|definition| definition.arguments.as_slice());
            self.arguments(inputs, &node.arguments, place, || format!("`@{}`", node.name));
        }
    }

    /// A subscription selects one field, and it is no field of introspection.
    fn one_field(&mut self, node: &'d Node<OperationDefinition>) {
        let mut fields: Vec<(&str, &str, Place<'d>)> = Vec::new();
        let mut seen = vec![false; self.scope.fragments.all().count()];
        let mut waiting: Vec<(&Text, &'d [Selection])> = vec![(self.text, &node.selection_set)];
        while let Some((text, selections)) = waiting.pop() {
            for selection in selections {
                match selection {
                    Selection::Field(field) => {
                        let name: &str = field.alias.as_ref().unwrap_or(&field.name);
                        if !fields.iter().any(|(other, ..)| *other == name) {
                            fields.push((name, &field.name, self.text.place(field.location())));
                        }
                    }
                    Selection::InlineFragment(inner) => waiting.push((text, &inner.selection_set)),
                    Selection::FragmentSpread(spread) => {
                        let index = self.scope.fragments.index_of(&spread.fragment_name, text.path());
                        let is_new = index.and_then(|index| seen.get_mut(index));
                        if is_new.is_some_and(|seen| !std::mem::replace(seen, true))
                            && let Some(inner) = index.and_then(|index| self.scope.fragments.get(index))
                        {
                            waiting.push((inner.text, &inner.node.selection_set));
                        }
                    }
                }
            }
        }
        let place = self.text.place(node.name.as_ref().map_or_else(|| node.location(), Name::location));
        if fields.len() > 1 {
            self.find(place, format!("the subscription `{}` must select only one field", name_of(node)));
        }
        if let Some((_, name, _)) = fields.iter().find(|(_, name, _)| name.starts_with("__")) {
            self.find(place, format!("the subscription `{}` cannot select `{name}`", name_of(node)));
        }
    }
}

/// Whether the specification defines the field, so that no schema lists it.
fn is_meta(name: &str, parent: Option<&TypeDefinition>, scope: Scope<'_, '_>) -> bool {
    match name {
        "__typename" => true,
        "__schema" | "__type" => parent.is_some_and(|parent| scope.schema.query.as_ref() == Some(&parent.name)),
        _ => false,
    }
}
