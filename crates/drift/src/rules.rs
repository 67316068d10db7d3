//! The rules of the specification for operations. Each definition is checked once, however many operations use it, and
//! an error hides nothing but what depends on it.

mod built_in;
mod cycles;
mod overlap;
mod values;
mod variables;
mod walk;

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, OperationDefinition};
use apollo_compiler::{Name, Node};

use crate::coerce::has_default;
use crate::finding::Finding;
use crate::operations::{Fragments, Located, Operations, Place, Text};
use crate::schema::{InputValue, Schema, TypeDefinition, TypeKind, TypeRef, is_built_in_type};

pub(crate) use variables::is_unused;

/// The result of checking operations.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// Every finding once, by place.
    pub(crate) findings: Vec<Finding>,
    /// For each operation, whether a server would reject it. An unused variable is not caused by the schema, and does
    /// not count.
    pub(crate) rejected: Vec<bool>,
}

/// What is known of one definition.
#[derive(Default)]
struct Facts<'d> {
    findings: Vec<Finding>,
    /// Whether fields conflict, which may be reported elsewhere.
    has_conflict: bool,
    /// The fragments that it spreads, by index.
    spreads: Vec<usize>,
    /// The variables that it uses.
    usages: Vec<Usage<'d>>,
}

/// A walk through one definition.
struct Walk<'d, 'f> {
    scope: Scope<'d, 'f>,
    text: &'d Text,
    facts: Facts<'d>,
}

impl<'d> Walk<'d, '_> {
    fn find(&mut self, place: Place<'d>, message: String) {
        self.facts.findings.push(finding(place, message));
    }

    fn suggest(&mut self, place: Place<'d>, message: String, suggestion: Option<&str>) {
        self.find(place, message);
        if let Some(last) = self.facts.findings.last_mut() {
            last.suggestion = suggestion.map(str::to_owned);
        }
    }
}

/// What is expected of a value.
#[derive(Clone, Copy, Default)]
struct Expected<'t> {
    /// The type, if it is known.
    ty: Option<&'t TypeRef>,
    /// Whether a default applies where the value is omitted.
    has_default: bool,
    /// The `@oneOf` input object that it is given for a field of.
    one_of: Option<&'t str>,
}

/// A use of a variable.
struct Usage<'d> {
    name: &'d str,
    place: Place<'d>,
    /// The type that is expected there, if it is known.
    expected: Option<TypeRef>,
    /// Whether a default applies where the variable is omitted.
    has_default: bool,
    /// The `@oneOf` input object that it is given for a field of.
    one_of: Option<String>,
}

/// Checks all operations and fragments against a schema.
pub(crate) fn check<'d>(schema: &'d Schema, operations: &'d Operations) -> Checked {
    let fragments = Fragments::of(operations);
    let scope = Scope { schema, fragments: &fragments };
    let mut of_fragments: Vec<Facts<'d>> = fragments.all().map(|fragment| walk::fragment(scope, fragment)).collect();
    let mut of_operations = Vec::new();
    // In the order of the documents, since a conflict of two fragments is reported where they first meet.
    let (mut overlap, mut next) = (overlap::Overlap::new(scope), 0);
    for (text, definition) in operations.definitions() {
        match definition {
            Definition::OperationDefinition(node) => {
                let operation = Located { text, node };
                let mut facts = walk::operation(scope, &operation);
                facts.add(overlap.operation(&operation));
                of_operations.push((operation, facts));
            }
            Definition::FragmentDefinition(node) => {
                let conflicts = overlap.fragment(&Located { text, node });
                if let Some(facts) = of_fragments.get_mut(next) {
                    facts.add(conflicts);
                }
                next += 1;
            }
            _ => {}
        }
    }
    for (index, finding) in cycles::find(scope) {
        if let Some(facts) = of_fragments.get_mut(index) {
            facts.findings.push(finding);
        }
    }
    let mut checked = Checked::default();
    for (operation, facts) in of_operations {
        let reached = reached(&facts.spreads, &of_fragments);
        let of_variables = variables::check(scope, &operation, &facts, &reached);
        let is_rejected =
            facts.is_rejected() || !of_variables.faults.is_empty() || reached.iter().any(|facts| facts.is_rejected());
        checked.rejected.push(is_rejected);
        checked.findings.extend(facts.findings);
        checked.findings.extend(of_variables.faults);
        checked.findings.extend(of_variables.unused);
    }
    checked.findings.extend(of_fragments.into_iter().flat_map(|facts| facts.findings));
    checked.findings.extend(of_documents(operations));
    checked.findings.sort();
    checked.findings.dedup();
    checked
}

impl Facts<'_> {
    fn add(&mut self, conflicts: overlap::Conflicts) {
        self.findings.extend(conflicts.findings);
        self.has_conflict |= conflicts.is_rejected;
    }

    fn is_rejected(&self) -> bool {
        self.has_conflict || !self.findings.is_empty()
    }
}

/// The fragments that are reached from some spreads.
fn reached<'f, 'd>(spreads: &[usize], all: &'f [Facts<'d>]) -> Vec<&'f Facts<'d>> {
    let mut seen = vec![false; all.len()];
    let mut waiting: Vec<usize> = spreads.to_vec();
    let mut found = Vec::new();
    while let Some(index) = waiting.pop() {
        if let (Some(seen), Some(facts)) = (seen.get_mut(index), all.get(index))
            && !std::mem::replace(seen, true)
        {
            found.push(facts);
            waiting.extend(&facts.spreads);
        }
    }
    found
}

/// Errors in the names of a document's definitions, which need no schema.
fn of_documents(operations: &Operations) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut names: HashMap<(&str, bool, &str), Place<'_>> = HashMap::new();
    let mut unnamed: HashMap<&str, (usize, Vec<Place<'_>>)> = HashMap::new();
    for (text, definition) in operations.definitions() {
        let start = text.place(definition.location());
        let (name, is_operation, what): (Option<&Name>, bool, &str) = match definition {
            Definition::OperationDefinition(operation) => (operation.name.as_ref(), true, "operation"),
            Definition::FragmentDefinition(fragment) => (Some(&fragment.name), false, "fragment"),
            _ => {
                found.push(finding(start, "a definition of a schema, which is no operation or fragment".to_owned()));
                continue;
            }
        };
        if is_operation {
            let (all, places) = unnamed.entry(start.file).or_default();
            *all += 1;
            places.extend(name.is_none().then_some(start));
        }
        if let Some(name) = name {
            let place = *names.entry((start.file, is_operation, name)).or_insert(text.place(name.location()));
            if place != text.place(name.location()) {
                found.push(finding(place, format!("more than one {what} is named `{name}`")));
            }
        }
    }
    for (all, places) in unnamed.into_values().filter(|(all, _)| *all > 1) {
        let message = format!("an unnamed operation must be the only one of its document, which has {all}");
        found.extend(places.into_iter().map(|place| finding(place, message.clone())));
    }
    found
}

/// What definitions are checked against.
#[derive(Clone, Copy)]
struct Scope<'d, 'f> {
    schema: &'d Schema,
    fragments: &'f Fragments<'d>,
}

impl<'d> Scope<'d, '_> {
    /// The root type of an operation.
    fn root(self, operation: &OperationDefinition) -> Option<&'d TypeDefinition> {
        self.composite(self.schema.root(operation.operation_type)?)
    }

    /// An object, interface or union.
    fn composite(self, name: &str) -> Option<&'d TypeDefinition> {
        self.schema.types.get(name).filter(|definition| is_composite(definition))
    }

    /// The input object with a name.
    fn input_object(self, name: &str) -> Option<InputObject<'d>> {
        let definition = self.schema.types.get(name)?;
        match &definition.kind {
            TypeKind::InputObject { fields, is_one_of } => Some((&definition.name, fields, *is_one_of)),
            _ => None,
        }
    }

    /// What an input expects.
    fn expected(self, input: &'d InputValue) -> Expected<'d> {
        Expected { ty: Some(&input.ty), has_default: self.has_default(input), one_of: None }
    }

    fn is_required(self, input: &InputValue) -> bool {
        matches!(input.ty, TypeRef::NonNull(_)) && !self.has_default(input)
    }

    /// Whether an input has a default. One that is no value of the type, which no valid schema has, is none.
    fn has_default(self, input: &InputValue) -> bool {
        input.default.is_some() && has_default(self.schema, input)
    }

    fn is_known(self, name: &str) -> bool {
        is_built_in_type(name) || self.schema.types.contains_key(name)
    }

    fn is_leaf(self, name: &str) -> bool {
        match self.schema.types.get(name) {
            Some(definition) => matches!(definition.kind, TypeKind::Scalar { .. } | TypeKind::Enum { .. }),
            // The types of introspection are built in, too, and have fields.
            None => is_built_in_type(name) && !name.starts_with("__"),
        }
    }
}

/// The name and the fields of an input object, and whether it is `@oneOf`.
type InputObject<'d> = (&'d str, &'d [InputValue], bool);

fn is_composite(definition: &TypeDefinition) -> bool {
    matches!(definition.kind, TypeKind::Object { .. } | TypeKind::Interface { .. } | TypeKind::Union { .. })
}

fn finding(place: Place<'_>, message: String) -> Finding {
    Finding { path: place.file.to_owned(), line: place.line, column: place.column, message, suggestion: None }
}

/// Where a node begins.
fn start<'d, T>(node: &Node<T>, text: &'d Text) -> Place<'d> {
    text.place(node.location())
}

/// A type without its outer non-null marker.
fn nullable(ty: &TypeRef) -> &TypeRef {
    match ty {
        TypeRef::NonNull(inner) => inner,
        other => other,
    }
}
