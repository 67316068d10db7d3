//! The parts of a schema that an operation uses: each field, argument, value and type, and where.

use std::collections::{HashMap, HashSet};

use apollo_compiler::ast::{
    Argument, DirectiveList, Field as FieldNode, OperationDefinition, OperationType, Selection, Value,
    VariableDefinition,
};
use apollo_compiler::{Name, Node};

use super::{Fragments, Located, Place, Text, name_of};
use crate::effect::{Impact, Status};
use crate::schema::{EnumValue, Field, InputValue, Schema, TypeDefinition, TypeKind, TypeRef, member};
use crate::sdl::read_type_ref;

/// The uses of one operation.
pub(crate) struct Footprint<'d> {
    pub(crate) name: String,
    pub(crate) operation: OperationType,
    /// Where the operation begins.
    pub(crate) place: Place<'d>,
    /// Selections of a field, by type and field.
    pub(crate) fields: HashMap<(&'d str, &'d str), Vec<Selected<'d>>>,
    /// Given arguments, by type, field and argument.
    pub(crate) arguments: HashMap<(&'d str, &'d str, &'d str), Vec<Given<'d>>>,
    /// Fields given in literals of input objects, by type and field.
    pub(crate) input_fields: HashMap<(&'d str, &'d str), Vec<Given<'d>>>,
    /// Literals of input objects by type: the fields that each gives.
    pub(crate) objects: HashMap<&'d str, Vec<(HashSet<&'d str>, Place<'d>)>>,
    /// Enum values written out.
    pub(crate) values: HashMap<(&'d str, &'d str), Place<'d>>,
    /// Types of the selected fields.
    pub(crate) answered: HashMap<&'d str, Place<'d>>,
    /// Types named in a fragment.
    pub(crate) conditions: HashMap<&'d str, Place<'d>>,
    /// Fragments on another type than their parent type.
    pub(crate) spreads: Vec<(&'d str, &'d str, Place<'d>)>,
    /// Variables by the name of their type.
    pub(crate) variables: HashMap<&'d str, Vec<Variable<'d>>>,
    /// Types that the value of a variable may contain.
    pub(crate) sent: HashMap<&'d str, Place<'d>>,
    /// Applied directives.
    pub(crate) directives: Vec<Applied<'d>>,
}

/// A selection of a field.
pub(crate) struct Selected<'d> {
    pub(crate) place: Place<'d>,
    /// Its name in the response.
    pub(crate) response_name: &'d str,
    pub(crate) arguments: HashSet<&'d str>,
    /// The fields selected directly below it; empty for a leaf.
    pub(crate) below: Vec<&'d str>,
    pub(crate) is_leaf: bool,
}

/// A variable.
#[derive(Clone)]
pub(crate) struct Variable<'d> {
    pub(crate) ty: TypeRef,
    pub(crate) has_default: bool,
    pub(crate) place: Place<'d>,
}

/// A value given for an input.
pub(crate) struct Given<'d> {
    pub(crate) value: &'d Value,
    /// The variable, if it is one.
    pub(crate) variable: Option<Variable<'d>>,
    pub(crate) place: Place<'d>,
}

/// A directive applied in an operation.
pub(crate) struct Applied<'d> {
    pub(crate) name: &'d str,
    pub(crate) location: &'static str,
    pub(crate) arguments: Vec<(&'d str, Given<'d>)>,
    pub(crate) place: Place<'d>,
    /// Whether the same directive is applied before it in the same place.
    pub(crate) is_repeated: bool,
}

impl<'d> Footprint<'d> {
    pub(super) fn of(
        schema: &'d Schema,
        fragments: &Fragments<'d>,
        operation: &Located<'d, OperationDefinition>,
    ) -> Self {
        let node = operation.node;
        let span = node.name.as_ref().map_or_else(|| node.location(), Name::location);
        let footprint = Self {
            name: name_of(node),
            operation: node.operation_type,
            place: operation.text.place(span),
            fields: HashMap::new(),
            arguments: HashMap::new(),
            input_fields: HashMap::new(),
            objects: HashMap::new(),
            values: HashMap::new(),
            answered: HashMap::new(),
            conditions: HashMap::new(),
            spreads: Vec::new(),
            variables: HashMap::new(),
            sent: HashMap::new(),
            directives: Vec::new(),
        };
        let mut walk =
            Walk { schema, fragments, footprint, variables: HashMap::new(), visited: HashSet::new(), depth: 0 };
        walk.operation(operation);
        walk.footprint
    }
}

impl Footprint<'_> {
    /// The operation itself, as unaffected.
    pub(crate) fn declaration(&self) -> Impact {
        Impact {
            status: Status::Unaffected,
            name: self.name.clone(),
            file: self.place.file.to_owned(),
            line: self.place.line,
            declared_in: format!("{}:{}", self.place.file, self.place.line),
        }
    }
}

struct Walk<'d, 'f> {
    schema: &'d Schema,
    fragments: &'f Fragments<'d>,
    footprint: Footprint<'d>,
    variables: HashMap<&'d str, Variable<'d>>,
    /// Fragments that were already visited, since some spread themselves.
    visited: HashSet<&'d str>,
    /// The current nesting of fragments.
    depth: usize,
}

/// The deepest nesting of fragments that is followed.
const DEEPEST: usize = 200;

impl<'d> Walk<'d, '_> {
    fn operation(&mut self, operation: &Located<'d, OperationDefinition>) {
        let node = operation.node;
        let at = operation.text;
        let (root, location) = match node.operation_type {
            OperationType::Query => (&self.schema.query, "QUERY"),
            OperationType::Mutation => (&self.schema.mutation, "MUTATION"),
            OperationType::Subscription => (&self.schema.subscription, "SUBSCRIPTION"),
        };
        // Variables come first, since every later use looks up the type of its variable.
        for variable in &node.variables {
            self.variable(variable, at);
        }
        self.directives(&node.directives, location, at);
        if let Some(root) = root.as_deref().and_then(|name| self.schema.types.get(name)) {
            self.footprint.answered.entry(&root.name).or_insert(self.footprint.place);
            self.selections(&node.selection_set, root, at);
        }
    }

    fn variable(&mut self, node: &'d Node<VariableDefinition>, at: &'d Text) {
        let place = at.place(node.name.location());
        let variable = Variable {
            ty: read_type_ref(&node.ty),
            // Only a non-null default allows a nullable variable in a non-null position.
            has_default: node.default_value.as_deref().is_some_and(|v| !v.is_null()),
            place,
        };
        self.variables.insert(&node.name, variable.clone());
        self.directives(&node.directives, "VARIABLE_DEFINITION", at);
        let name = node.ty.inner_named_type();
        if let Some(default) = &node.default_value {
            self.value(&variable.ty, default, at, place);
        }
        if let Some((name, _)) = self.schema.types.get_key_value(name.as_str()) {
            self.footprint.variables.entry(name).or_default().push(variable);
            self.sends(name, place);
        }
    }

    /// Records every type that a value of this type may contain.
    fn sends(&mut self, name: &'d str, place: Place<'d>) {
        let mut waiting = vec![name];
        while let Some(name) = waiting.pop() {
            if self.footprint.sent.contains_key(name) {
                continue;
            }
            self.footprint.sent.insert(name, place);
            if let Some(TypeKind::InputObject { fields, .. }) = self.schema.types.get(name).map(|it| &it.kind) {
                waiting.extend(fields.iter().map(|field| field.ty.name()));
            }
        }
    }

    fn selections(&mut self, selections: &'d [Selection], parent: &'d TypeDefinition, at: &'d Text) {
        for selection in selections {
            match selection {
                Selection::Field(node) => self.field(node, parent, at),
                Selection::InlineFragment(node) => {
                    self.directives(&node.directives, "INLINE_FRAGMENT", at);
                    let inner = match &node.type_condition {
                        None => Some(parent),
                        Some(condition) => self.condition(condition, parent, at.place(condition.location())),
                    };
                    if let Some(inner) = inner {
                        self.selections(&node.selection_set, inner, at);
                    }
                }
                Selection::FragmentSpread(node) => {
                    let place = at.place(node.fragment_name.location());
                    self.directives(&node.directives, "FRAGMENT_SPREAD", at);
                    let Some(fragment) = self.fragments.find(&node.fragment_name, place.file) else { continue };
                    let Some(inner) = self.condition(&fragment.node.type_condition, parent, place) else { continue };
                    // Each nested fragment is a recursion, and a hostile document could overflow the stack.
                    if self.depth < DEEPEST && self.visited.insert(&fragment.node.name) {
                        self.depth += 1;
                        self.directives(&fragment.node.directives, "FRAGMENT_DEFINITION", fragment.text);
                        self.selections(&fragment.node.selection_set, inner, fragment.text);
                        self.depth -= 1;
                    }
                }
            }
        }
    }

    /// The type that a fragment applies to.
    fn condition(&mut self, name: &'d str, parent: &'d TypeDefinition, place: Place<'d>) -> Option<&'d TypeDefinition> {
        let definition = self.schema.types.get(name)?;
        self.footprint.conditions.entry(&definition.name).or_insert(place);
        if parent.name != definition.name {
            self.footprint.spreads.push((&parent.name, &definition.name, place));
        }
        Some(definition)
    }

    fn field(&mut self, node: &'d Node<FieldNode>, parent: &'d TypeDefinition, at: &'d Text) {
        let place = at.place(node.name.location());
        self.directives(&node.directives, "FIELD", at);
        // The specification defines these fields, so no schema lists them.
        if node.name.starts_with("__") {
            return;
        }
        let Some(field) = member(parent.fields(), &node.name, |field: &Field| &field.name) else { return };
        self.footprint.fields.entry((&parent.name, &field.name)).or_default().push(Selected {
            place,
            response_name: node.alias.as_ref().unwrap_or(&node.name),
            arguments: node.arguments.iter().map(|argument| argument.name.as_str()).collect(),
            below: node
                .selection_set
                .iter()
                .filter_map(|selection| selection.as_field())
                .map(|field| field.name.as_str())
                .collect(),
            is_leaf: node.selection_set.is_empty(),
        });
        for argument in &node.arguments {
            self.argument(argument, &parent.name, field, at);
        }
        let name = field.ty.name();
        self.footprint.answered.entry(name).or_insert(place);
        if let Some(inner) = self.schema.types.get(name) {
            self.selections(&node.selection_set, inner, at);
        }
    }

    fn argument(&mut self, node: &'d Node<Argument>, ty: &'d str, field: &'d Field, at: &'d Text) {
        let place = at.place(node.name.location());
        let Some(argument) = member(&field.arguments, &node.name, |argument: &InputValue| &argument.name) else {
            return;
        };
        let given = self.given(&node.value, place);
        self.footprint.arguments.entry((ty, &field.name, &argument.name)).or_default().push(given);
        self.value(&argument.ty, &node.value, at, place);
    }

    fn given(&self, value: &'d Value, place: Place<'d>) -> Given<'d> {
        let variable = value.as_variable().and_then(|name| self.variables.get(name.as_str())).cloned();
        Given { value, variable, place }
    }

    /// Records what a literal contains.
    fn value(&mut self, ty: &TypeRef, value: &'d Value, at: &'d Text, place: Place<'d>) {
        match (ty, value) {
            (TypeRef::List(inner), Value::List(items)) => {
                for item in items {
                    self.value(inner, item, at, item.location().map_or(place, |span| at.place(Some(span))));
                }
            }
            (TypeRef::NonNull(inner) | TypeRef::List(inner), _) => self.value(inner, value, at, place),
            (TypeRef::Named(name), _) => self.named_value(name, value, at, place),
        }
    }

    fn named_value(&mut self, name: &str, value: &'d Value, at: &'d Text, place: Place<'d>) {
        let Some(definition) = self.schema.types.get(name) else { return };
        match (&definition.kind, value) {
            (TypeKind::Enum { values }, Value::Enum(asked)) => {
                if let Some(found) = member(values, asked, |value: &EnumValue| &value.name) {
                    self.footprint.values.entry((&definition.name, &found.name)).or_insert(place);
                }
            }
            (TypeKind::InputObject { fields, .. }, Value::Object(given)) => {
                let names = given.iter().map(|(name, _)| name.as_str()).collect();
                self.footprint.objects.entry(&definition.name).or_default().push((names, place));
                for (key, value) in given {
                    let place = at.place(key.location());
                    let Some(field) = member(fields, key, |field: &InputValue| &field.name) else { continue };
                    let given = self.given(value, place);
                    self.footprint.input_fields.entry((&definition.name, &field.name)).or_default().push(given);
                    self.value(&field.ty, value, at, place);
                }
            }
            (TypeKind::Scalar { .. }, _) => _ = self.footprint.sent.entry(&definition.name).or_insert(place),
            _ => {}
        }
    }

    fn directives(&mut self, directives: &'d DirectiveList, location: &'static str, at: &'d Text) {
        let mut before = HashSet::new();
        for node in directives {
            let place = at.place(node.name.location());
            let definition = self.schema.directives.get(node.name.as_str());
            let mut arguments = Vec::new();
            for argument in &node.arguments {
                arguments.push((argument.name.as_str(), self.given(&argument.value, place)));
                let input = definition.and_then(|definition| {
                    member(&definition.arguments, &argument.name, |argument: &InputValue| &argument.name)
                });
                if let Some(input) = input {
                    self.value(&input.ty, &argument.value, at, place);
                }
            }
            self.footprint.directives.push(Applied {
                name: &node.name,
                location,
                arguments,
                place,
                is_repeated: !before.insert(node.name.as_str()),
            });
        }
    }
}
