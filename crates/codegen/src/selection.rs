//! Selections, resolved against the schema: the returned fields, for each object type that a value may have.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::Node;
use apollo_compiler::ast::{OperationType, Type};
use apollo_compiler::executable::{self, SelectionSet};
use thought_industries_spec::OperationKind;

use crate::Problem;
use crate::documents::Documents;
use crate::routes::Routes;
use crate::schema::{Schema, is_required_id};

/// An operation, resolved.
#[derive(Debug)]
pub(crate) struct Selected {
    pub(crate) name: String,
    pub(crate) kind: OperationKind,
    /// Its root fields by response key.
    pub(crate) roots: Fields,
    /// The variables: name, type, and whether they have a default.
    pub(crate) variables: Vec<(String, Type, bool)>,
    /// Whether it has types of its own.
    pub(crate) is_narrow: bool,
    /// Whether the texts of these types share an allocation for each response.
    pub(crate) has_page_texts: bool,
    /// Whether a response has every field that is never null according to the schema.
    pub(crate) is_strict: bool,
    /// The position of the operation's name.
    pub(crate) place: Problem,
    /// The query to send.
    pub(crate) text: String,
    /// Its cost.
    pub(crate) points: u32,
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
    pub(crate) ty: Type,
    pub(crate) description: Option<String>,
    /// Whether a directive may leave it out of a response.
    pub(crate) is_conditional: bool,
    /// Empty for leaves.
    pub(crate) children: ByType,
    /// The position for problems with this field.
    pub(crate) place: Problem,
}

impl Selected {
    /// Its only root field, with the response key.
    pub(crate) fn root(&self) -> Option<(&String, &Field)> {
        let mut roots = self.roots.iter();
        roots.next().filter(|_| roots.next().is_none())
    }

    /// The object types that it selects from, below the root.
    pub(crate) fn types(&self) -> BTreeSet<String> {
        let mut types = BTreeSet::new();
        self.roots.values().for_each(|root| root.add_types(&mut types));
        types
    }
}

impl Field {
    /// Expects only ids of a response: REST may omit everything else, whatever the schema says.
    pub(crate) fn expect_ids_only(&mut self) {
        self.is_conditional |= !(self.name == "id" && is_required_id(&self.ty));
        for field in self.children.values_mut().flat_map(Fields::values_mut) {
            field.expect_ids_only();
        }
    }

    /// Adds the fields that only REST responses have, below this one.
    pub(crate) fn add_rest_fields(&mut self, routes: &Routes) {
        for (object, fields) in &mut self.children {
            for field in fields.values_mut() {
                field.add_rest_fields(routes);
            }
            for (_, extra) in routes.rest_fields().filter(|(owner, _)| *owner == object) {
                let field = Self {
                    name: extra.name.clone(),
                    ty: extra.ty(),
                    description: Some(extra.doc.clone()),
                    is_conditional: true,
                    children: ByType::new(),
                    place: self.place.clone(),
                };
                fields.entry(extra.name).or_insert(field);
            }
        }
    }

    fn add_types(&self, types: &mut BTreeSet<String>) {
        types.extend(self.children.keys().cloned());
        self.children.values().flat_map(Fields::values).for_each(|field| field.add_types(types));
    }
}

/// Resolves a validated operation.
pub(crate) fn select(
    schema: &Schema,
    documents: &Documents,
    name: &str,
    operation: &executable::Operation,
) -> Result<Selected, Vec<Problem>> {
    let place = documents.place(operation.name.as_ref().and_then(apollo_compiler::Name::location));
    let kind = match operation.operation_type {
        OperationType::Query => OperationKind::Query,
        OperationType::Mutation => OperationKind::Mutation,
        OperationType::Subscription => {
            let (message, help) = ("the API has no subscriptions".to_owned(), "make it a query".to_owned());
            return Err(vec![Problem { message, help, ..place }]);
        }
    };
    let (is_narrow, has_page_texts) = (documents.is_narrow(name), documents.has_page_texts(name));
    let mut resolver = Resolver { schema, documents, problems: Vec::new() };
    let root_type = operation.selection_set.ty.as_str();
    let roots = resolver.fields(root_type, &[(&operation.selection_set, false)]);
    if roots.is_empty() && resolver.problems.is_empty() {
        let message = format!("`{name}` selects nothing but `__typename`");
        resolver.problems.push(Problem { message, help: "select a field".to_owned(), ..place.clone() });
    }
    if !resolver.problems.is_empty() {
        // A selection is resolved for each possible object type, so its problems repeat.
        resolver.problems.sort();
        resolver.problems.dedup();
        return Err(resolver.problems);
    }
    let variables = operation.variables.iter();
    let variables = variables.map(|known| (known.name.to_string(), (*known.ty).clone(), known.default_value.is_some()));
    let (variables, name) = (variables.collect(), name.to_owned());
    Ok(Selected {
        name,
        kind,
        roots,
        variables,
        is_narrow,
        has_page_texts,
        is_strict: is_narrow,
        place,
        text: String::new(),
        points: 0,
    })
}

struct Resolver<'r> {
    schema: &'r Schema,
    documents: &'r Documents,
    problems: Vec<Problem>,
}

/// The occurrences of each response key, and whether a directive may leave them out.
type Found<'r> = BTreeMap<String, Vec<(&'r Node<executable::Field>, bool)>>;

impl<'r> Resolver<'r> {
    /// The fields of one object type that the sets select, with those of one response key merged.
    fn fields(&mut self, object: &str, sets: &[(&'r SelectionSet, bool)]) -> Fields {
        let mut found = Found::new();
        for (set, is_conditional) in sets {
            self.collect(object, set, *is_conditional, &mut found);
        }
        let mut fields = Fields::new();
        for (key, occurrences) in found {
            if let Some(field) = self.merge(object, &occurrences) {
                fields.insert(key, field);
            }
        }
        fields
    }

    /// Collects the fields for `object` from a selection.
    fn collect(&mut self, object: &str, set: &'r SelectionSet, is_conditional: bool, found: &mut Found<'r>) {
        use executable::Selection::{Field, FragmentSpread, InlineFragment};
        for selection in &set.selections {
            let is_conditional = is_conditional || is_conditional_by(selection.directives());
            match selection {
                // Decoding looks for `__typename` by name, and the printed query adds it where it is needed.
                Field(field) if field.name == "__typename" => {
                    if let Some(alias) = field.alias.as_ref().filter(|alias| *alias != "__typename") {
                        let message = format!("`__typename` is renamed to `{alias}`");
                        let place = self.documents.place(field.name.location());
                        self.problems.push(Problem { message, help: "remove the alias".to_owned(), ..place });
                    }
                }
                Field(field) => {
                    found.entry(field.response_key().to_string()).or_default().push((field, is_conditional));
                }
                InlineFragment(inline) => {
                    let condition = inline.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.schema.applies(object, condition)) {
                        self.collect(object, &inline.selection_set, is_conditional, found);
                    }
                }
                FragmentSpread(spread) => {
                    let documents = self.documents;
                    if let Some(fragment) = spread.fragment_def(&documents.valid)
                        && self.schema.applies(object, fragment.type_condition())
                    {
                        self.collect(object, &fragment.selection_set, is_conditional, found);
                    }
                }
            }
        }
    }

    /// Merges all occurrences of a response key into one field.
    fn merge(&mut self, object: &str, occurrences: &[(&'r Node<executable::Field>, bool)]) -> Option<Field> {
        let (first, _) = occurrences.first()?;
        // An object's field may have a stricter type than the field of the interface it was selected on.
        let definition = self.schema.field(object, &first.name)?;
        let sets: Vec<(&SelectionSet, bool)> =
            occurrences.iter().map(|(field, _)| (&field.selection_set, false)).collect();
        let type_name = definition.ty.inner_named_type();
        let mut children = ByType::new();
        if !self.schema.is_leaf(type_name) {
            let schema = self.schema;
            for possible in schema.possible_types(type_name) {
                let fields = self.fields(possible, &sets);
                if !fields.is_empty() {
                    children.insert(possible.to_owned(), fields);
                }
            }
        }
        Some(Field {
            name: first.name.to_string(),
            ty: definition.ty.clone(),
            description: definition.description.as_ref().map(ToString::to_string),
            is_conditional: occurrences.iter().all(|(_, is_conditional)| *is_conditional),
            children,
            place: self.documents.place(first.name.location()),
        })
    }
}

fn is_conditional_by(directives: &executable::DirectiveList) -> bool {
    directives.has("include") || directives.has("skip")
}
