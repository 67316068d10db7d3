//! The text of operations: the stub that code is generated from, and the query that is sent.

use std::fmt::Write as _;

use cynic_parser::common::OperationType;
use cynic_parser::executable::{Argument, Directive, FieldSelection, Selection, VariableDefinition};

use crate::document::{Documents, OperationRef};
use crate::schema::Schema;

/// The operation with an empty selection: its variables are complete, and it resolves quickly at any depth.
pub(super) fn stub(operation: &OperationRef<'_>, is_leaf: bool) -> String {
    let root = first_field(operation.definition.selection_set());
    let root = root.map(|field| head(&field)).unwrap_or_default();
    let selection = if is_leaf { "" } else { " { __typename }" };
    format!("{} {{ {root}{selection} }}", signature(operation))
}

/// The query to send: the operation, then the fragments it uses sorted by name, with minimal white space. Abstract
/// selections get the `__typename` that decoding needs.
pub(super) fn query(schema: &Schema, documents: &Documents, operation: &OperationRef<'_>) -> String {
    let root = match operation.definition.operation_type() {
        OperationType::Mutation => schema.mutation.as_deref(),
        _ => schema.query.as_deref(),
    };
    let printer = Printer { schema };
    let mut out = signature(operation);
    out.push_str(&printer.set(root.unwrap_or_default(), operation.definition.selection_set()));
    for (name, fragment) in documents.fragments_used(operation) {
        let condition = fragment.definition.type_condition();
        // Writing to a string cannot fail.
        _ = write!(out, "\nfragment {name} on {condition}");
        out.push_str(&printer.set(condition, fragment.definition.selection_set()));
    }
    out
}

fn first_field<'d>(mut selections: impl Iterator<Item = Selection<'d>>) -> Option<FieldSelection<'d>> {
    selections.find_map(Selection::as_field)
}

fn signature(operation: &OperationRef<'_>) -> String {
    let kind = match operation.definition.operation_type() {
        OperationType::Mutation => "mutation",
        _ => "query",
    };
    let variables: Vec<String> = operation.definition.variable_definitions().map(variable).collect();
    let variables = if variables.is_empty() { String::new() } else { format!("({})", variables.join(", ")) };
    format!("{kind} {}{variables}", operation.name)
}

fn variable(variable: VariableDefinition<'_>) -> String {
    let default = variable.default_value().map(|value| format!(" = {value}")).unwrap_or_default();
    format!("${}: {}{default}", variable.name(), variable.ty())
}

/// A field without its selection set.
fn head(field: &FieldSelection<'_>) -> String {
    let alias = field.alias().map(|alias| format!("{alias}: ")).unwrap_or_default();
    format!("{alias}{}{}{}", field.name(), arguments(field.arguments()), directives(field.directives()))
}

fn arguments<'d>(arguments: impl Iterator<Item = Argument<'d>>) -> String {
    let printed: Vec<String> = arguments.map(|argument| format!("{}: {}", argument.name(), argument.value())).collect();
    if printed.is_empty() { String::new() } else { format!("({})", printed.join(", ")) }
}

fn directives<'d>(directives: impl Iterator<Item = Directive<'d>>) -> String {
    let printed: Vec<String> =
        directives.map(|directive| format!(" @{}{}", directive.name(), arguments(directive.arguments()))).collect();
    printed.concat()
}

struct Printer<'p> {
    schema: &'p Schema,
}

impl Printer<'_> {
    fn set<'d>(&self, parent: &str, selections: impl Iterator<Item = Selection<'d>>) -> String {
        let mut printed: Vec<String> = Vec::new();
        if self.schema.is_abstract(parent) {
            printed.push("__typename".to_owned());
        }
        for selection in selections {
            let text = match selection {
                Selection::Field(field) => self.field(parent, &field),
                Selection::FragmentSpread(spread) => {
                    format!("...{}{}", spread.fragment_name(), directives(spread.directives()))
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.type_condition();
                    let on = condition.map(|condition| format!(" on {condition}")).unwrap_or_default();
                    let inner = self.set(condition.unwrap_or(parent), fragment.selection_set());
                    format!("...{on}{}{inner}", directives(fragment.directives()))
                }
            };
            // A document that selects `__typename` itself would otherwise repeat it.
            if !printed.contains(&text) {
                printed.push(text);
            }
        }
        format!("{{{}}}", printed.join(" "))
    }

    fn field(&self, parent: &str, field: &FieldSelection<'_>) -> String {
        if field.selection_set().next().is_none() {
            return head(field);
        }
        let info = self.schema.fields(parent).and_then(|fields| fields.get(field.name()));
        let inner = info.map(|info| info.ty.name.as_str()).unwrap_or_default();
        format!("{}{}", head(field), self.set(inner, field.selection_set()))
    }
}
