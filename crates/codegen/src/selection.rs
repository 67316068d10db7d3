//! Selections, resolved against the schema: the returned fields, for each object type that a value may have.

use std::collections::{BTreeMap, BTreeSet};

use cynic_parser::common::OperationType;
use cynic_parser::executable::{FieldSelection, Selection};

use crate::document::{Documents, OperationRef};
use crate::schema::{Schema, TypeInfoRef};
use crate::{Problem, Source};

/// An operation, resolved.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) name: String,
    pub(crate) kind: OperationKind,
    pub(crate) root_type: String,
    pub(crate) root_field: String,
    /// The response key of the root field.
    pub(crate) root_key: String,
    pub(crate) root: Field,
    /// The enums that its variables need.
    pub(crate) input_enums: BTreeSet<String>,
    /// The position of the operation's name.
    pub(crate) place: Problem,
    /// Points; set once they are counted.
    pub(crate) cost: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperationKind {
    Query,
    Mutation,
}

/// The selection of a value: its fields, for each object type that it may have.
pub(crate) type ByType = BTreeMap<String, Fields>;

/// Selected fields by response key.
pub(crate) type Fields = BTreeMap<String, Field>;

/// A selected field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The name in the schema, which an alias may hide.
    pub(crate) name: String,
    pub(crate) ty: TypeInfoRef,
    pub(crate) description: Option<String>,
    /// Empty for leaves.
    pub(crate) children: ByType,
    /// The position for problems with this field.
    pub(crate) place: Problem,
}

impl Selected {
    /// How many fields it selects, the root field included.
    pub(crate) fn fields(&self) -> usize {
        self.root.count()
    }

    /// The object types that it selects from, below the root.
    pub(crate) fn types(&self) -> BTreeSet<String> {
        let mut types = BTreeSet::new();
        self.root.add_types(&mut types);
        types
    }
}

impl Field {
    fn count(&self) -> usize {
        1 + self.children.values().flat_map(Fields::values).map(Self::count).sum::<usize>()
    }

    fn add_types(&self, types: &mut BTreeSet<String>) {
        types.extend(self.children.keys().cloned());
        self.children.values().flat_map(Fields::values).for_each(|field| field.add_types(types));
    }
}

/// Resolves an operation.
pub(crate) fn select(
    schema: &Schema,
    documents: &Documents,
    operation: OperationRef<'_>,
) -> Result<Selected, Vec<Problem>> {
    let source = operation.source;
    let place = operation.definition.name_span().map_or(0, |span| span.start);
    let (kind, root_type) = match operation.definition.operation_type() {
        OperationType::Query => (OperationKind::Query, &schema.query),
        OperationType::Mutation => (OperationKind::Mutation, &schema.mutation),
        OperationType::Subscription => {
            return Err(vec![source.problem(place, "the API has no subscriptions", "make it a query")]);
        }
    };
    let Some(root_type) = root_type else {
        return Err(vec![source.problem(place, "the schema has no root for this operation", "")]);
    };
    let mut resolver = Resolver { schema, documents, problems: Vec::new() };
    let own = Part { source, selections: operation.definition.selection_set().collect() };
    let mut fields = resolver.fields(root_type, root_type, &[own]);
    if !resolver.problems.is_empty() {
        // A selection is resolved for each possible object type, so its problems repeat.
        resolver.problems.sort();
        resolver.problems.dedup();
        return Err(resolver.problems);
    }
    if fields.len() > 1 {
        let keys: Vec<&str> = fields.keys().map(String::as_str).collect();
        let message = format!("`{}` has {} root fields: {}", operation.name, keys.len(), keys.join(", "));
        let help = "split it into one operation per field: a REST route returns one field, and so does an operation";
        return Err(vec![source.problem(place, message, help)]);
    }
    let Some((root_key, root)) = fields.pop_first() else {
        return Err(vec![source.problem(place, format!("`{}` selects nothing", operation.name), "select a field")]);
    };
    let variables = operation.definition.variable_definitions();
    Ok(Selected {
        name: operation.name.to_owned(),
        input_enums: variables.flat_map(|variable| schema.input_enums(variable.ty().name())).collect(),
        kind,
        root_type: root_type.clone(),
        root_field: root.name.clone(),
        root_key,
        root,
        place: source.problem(place, "", ""),
        cost: 0,
    })
}

/// Selections, and the text that contains them.
#[derive(Clone)]
struct Part<'d> {
    source: &'d Source,
    selections: Vec<Selection<'d>>,
}

struct Resolver<'r> {
    schema: &'r Schema,
    documents: &'r Documents,
    problems: Vec<Problem>,
}

/// A field occurrence, before those with the same response key are merged.
struct Occurrence<'d> {
    source: &'d Source,
    field: FieldSelection<'d>,
    /// The type of the selection set that contains it.
    parent: String,
}

impl<'r> Resolver<'r> {
    /// The fields of one object type that the parts select, with those of one response key merged. The parts are
    /// selections on `parent`: the object type itself, or an abstract type that it belongs to.
    fn fields(&mut self, object: &str, parent: &str, parts: &[Part<'r>]) -> Fields {
        let mut found: BTreeMap<String, Vec<Occurrence<'r>>> = BTreeMap::new();
        for part in parts {
            self.collect(object, parent, part, &mut found);
        }
        let mut fields = Fields::new();
        for (key, occurrences) in found {
            if let Some(field) = self.merge(object, &key, &occurrences) {
                fields.insert(key, field);
            }
        }
        fields
    }

    /// Collects the fields for `object` from selections in a selection set on `parent`.
    fn collect(
        &mut self,
        object: &str,
        parent: &str,
        part: &Part<'r>,
        found: &mut BTreeMap<String, Vec<Occurrence<'r>>>,
    ) {
        let source = part.source;
        for selection in &part.selections {
            match *selection {
                Selection::Field(field) => {
                    let key = field.alias().unwrap_or(field.name()).to_owned();
                    let occurrence = Occurrence { source, field, parent: parent.to_owned() };
                    found.entry(key).or_default().push(occurrence);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition().unwrap_or(parent);
                    let start = fragment.type_condition_span().map_or(0, |span| span.start);
                    let inner = Part { source, selections: fragment.selection_set().collect() };
                    self.collect_if(object, condition, (source, start), &inner, found);
                }
                Selection::FragmentSpread(spread) => {
                    let (name, start) = (spread.fragment_name(), spread.fragment_name_span().start);
                    let Some(fragment) = self.documents.fragment(name) else {
                        let known = self.documents.fragments().map(|fragment| fragment.definition.name());
                        let help = suggestion(name, known);
                        self.problems.push(source.problem(start, format!("unknown fragment `{name}`"), help));
                        continue;
                    };
                    let condition = fragment.definition.type_condition();
                    let condition_start = fragment.definition.type_condition_span().start;
                    let selections = fragment.definition.selection_set().collect();
                    let inner = Part { source: fragment.source, selections };
                    self.collect_if(object, condition, (fragment.source, condition_start), &inner, found);
                }
            }
        }
    }

    fn collect_if(
        &mut self,
        object: &str,
        condition: &str,
        place: (&'r Source, usize),
        inner: &Part<'r>,
        found: &mut BTreeMap<String, Vec<Occurrence<'r>>>,
    ) {
        if !self.schema.types.contains_key(condition) {
            let help = suggestion(condition, self.schema.types.keys().map(String::as_str));
            let message = format!("the schema has no type `{condition}`");
            self.problems.push(place.0.problem(place.1, message, help));
        } else if self.schema.applies(object, condition) {
            self.collect(object, condition, inner, found);
        }
    }

    /// Merges all occurrences of a response key into one field.
    fn merge(&mut self, object: &str, key: &str, occurrences: &[Occurrence<'r>]) -> Option<Field> {
        let first = occurrences.first()?;
        let start = first.field.name_span().start;
        let name = first.field.name();
        // Decoding looks for `__typename` by name, and the printed query adds it where it is needed.
        if name == "__typename" {
            if key != name {
                let message = format!("`__typename` is renamed to `{key}`");
                self.problems.push(first.source.problem(start, message, "remove the alias"));
            }
            return None;
        }
        if let Some(other) = occurrences.iter().find(|other| other.field.name() != name) {
            let message = format!("`{key}` is `{name}` elsewhere and `{}` here", other.field.name());
            let place = other.field.name_span().start;
            self.problems.push(other.source.problem(place, message, "give one of them another alias"));
            return None;
        }
        for occurrence in occurrences {
            let known = self.schema.fields(&occurrence.parent);
            if known.is_none_or(|fields| !fields.contains_key(name)) {
                let help = suggestion(name, known.into_iter().flat_map(BTreeMap::keys).map(String::as_str));
                let message = format!("`{}` has no field `{name}`", occurrence.parent);
                let start = occurrence.field.name_span().start;
                self.problems.push(occurrence.source.problem(start, message, help));
                return None;
            }
        }
        // An object's field may have a stricter type than the field of the interface it was selected on.
        let info = self.schema.fields(object)?.get(name)?.clone();
        for occurrence in occurrences {
            self.check_arguments(occurrence, &info.arguments);
        }
        let parts: Vec<Part<'r>> = occurrences
            .iter()
            .map(|occurrence| Part {
                source: occurrence.source,
                selections: occurrence.field.selection_set().collect(),
            })
            .collect();
        let selects = parts.iter().any(|part| !part.selections.is_empty());
        if self.schema.is_leaf(&info.ty.name) == selects {
            let (message, help) = if selects {
                (format!("`{name}` is a `{}`, which has no fields", info.ty.text), "remove its selection set")
            } else {
                (format!("`{name}` is a `{}`: no field of it is selected", info.ty.text), "select fields: `{ id }`")
            };
            self.problems.push(first.source.problem(start, message, help));
            return None;
        }
        let children = self.children(&info.ty.name, &parts);
        let place = first.source.problem(start, "", "");
        self.check_id(&info.ty.name, &children, &place);
        Some(Field { name: name.to_owned(), ty: info.ty, description: info.description, children, place })
    }

    /// The selection of a value of the type, for each possible object type with selected fields.
    fn children(&mut self, type_name: &str, parts: &[Part<'r>]) -> ByType {
        let schema = self.schema;
        let mut children = ByType::new();
        for object in schema.possible_types(type_name) {
            let fields = self.fields(object, type_name, parts);
            if !fields.is_empty() {
                children.insert(object.to_owned(), fields);
            }
        }
        children
    }

    fn check_arguments(&mut self, occurrence: &Occurrence<'r>, known: &BTreeMap<String, bool>) {
        let mut given = BTreeSet::new();
        for argument in occurrence.field.arguments() {
            let (name, start) = (argument.name(), argument.name_span().start);
            given.insert(name);
            if !known.contains_key(name) {
                let message = format!("`{}` takes no argument `{name}`", occurrence.field.name());
                let help = suggestion(name, known.keys().map(String::as_str));
                self.problems.push(occurrence.source.problem(start, message, help));
            }
        }
        for (name, _) in known.iter().filter(|(name, required)| **required && !given.contains(name.as_str())) {
            let start = occurrence.field.name_span().start;
            let message = format!("`{}` needs the argument `{name}`", occurrence.field.name());
            self.problems.push(occurrence.source.problem(start, message, format!("add `({name}: …)`")));
        }
    }

    /// A type with a non-null `id` is decoded into a struct that requires it.
    fn check_id(&mut self, type_name: &str, children: &ByType, place: &Problem) {
        for (object, fields) in children {
            if has_required_id(self.schema, object) && fields.get("id").is_none_or(|field| field.name != "id") {
                let within = if object == type_name { String::new() } else { format!(" on `{object}`") };
                self.problems.push(Problem {
                    message: format!("`id` is not selected{within}"),
                    help: format!("add `id`: a `{object}` is one struct for all operations, and its id is required"),
                    ..place.clone()
                });
            }
        }
    }
}

/// Whether the type has an `id: ID!`.
pub(crate) fn has_required_id(schema: &Schema, object: &str) -> bool {
    let id = schema.fields(object).and_then(|fields| fields.get("id"));
    id.is_some_and(|field| field.ty.name == "ID" && field.ty.is_non_null())
}

fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let limit = 1 + name.chars().count() / 3;
    known
        .map(|candidate| (strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| format!("did you mean `{candidate}`?"))
        .unwrap_or_default()
}
