//! This crate's own levels: what the GraphQL specification lets a change do to a query, an input or a response.

use super::Judge;
use super::inspector::root;
use super::types::{coerced_to_list, is_required, narrows, safe_input, safe_output, same_name};
use crate::cost::points;
use crate::diff::{Detail, Difference, Part};
use crate::kind::{Event, Subject};
use crate::level::{Break, Level, Verdict};
use crate::schema::{TypeKind, TypeRef};

use Break::{Behavior, Cost, Decode, Document, Source, Variables};

impl<'s> Judge<'s> {
    pub(super) fn own(&self, difference: &Difference<'s>) -> Verdict {
        let owner = difference.coordinate.owner().unwrap_or_default();
        let (subject, event) = (difference.kind.subject(), difference.kind.event());
        if event == Event::Added && matches!(subject, Subject::Type | Subject::Field | Subject::Directive) {
            return safe("nothing uses it yet");
        }
        if difference.in_new {
            return safe("it belongs to something new, which nothing uses yet");
        }
        let new_input = match difference.new {
            Some(Part::Input(input)) => Some(input),
            _ => None,
        };
        let is_required = new_input.is_some_and(is_required);
        let takes_away = event != Event::Added;
        match subject {
            Subject::Type => type_removed(difference),
            Subject::TypeKind => breaking(
                "selections on the type and values sent for it no longer match its kind",
                &[Document, Variables, Decode, Source],
            ),
            Subject::Field => breaking("a query that selects the field is rejected", &[Document, Source]),
            Subject::FieldType => self.field_type(difference),
            Subject::Argument if takes_away => {
                breaking("a query that gives the argument is rejected", &[Document, Source])
            }
            Subject::Argument if is_required => {
                breaking("a query that selects the field lacks a required argument", &[Document, Source])
            }
            Subject::Argument => {
                dangerous("the field may behave differently where the argument is omitted", &[Behavior])
            }
            Subject::ArgumentType => input_type(difference, "argument", &[Document, Variables, Source]),
            Subject::InputField if takes_away => {
                breaking("an input that gives the field is rejected", &[Document, Variables, Source])
            }
            Subject::InputField if is_required => {
                breaking("an input lacks a required field", &[Document, Variables, Source])
            }
            Subject::InputField if new_input.is_some_and(|input| input.default.is_some()) => {
                dangerous("an input that omits the field now gets its default", &[Behavior])
            }
            Subject::InputField => safe("the field may be omitted"),
            Subject::InputFieldType => input_type(difference, "field", &[Document, Variables, Source]),
            Subject::InputFieldDefault => default(difference, "field", &[Document, Variables]),
            Subject::OneOf if takes_away => {
                Verdict::new(Level::Safe, "an input that gives one field is still accepted", &[Source])
            }
            Subject::OneOf => {
                breaking("an input that gives none or several of the fields is rejected", &[Document, Variables])
            }
            Subject::EnumValue => self.enum_value(owner, event),
            Subject::UnionMember if takes_away => {
                breaking("a query that selects the member's fields is rejected", &[Document, Source])
            }
            Subject::UnionMember => dangerous("a response may contain a type that the client does not know", &[Decode]),
            Subject::Interface if takes_away => {
                breaking("a fragment on the type where the interface is returned is rejected", &[Document, Source])
            }
            Subject::Interface => dangerous("the interface may return a type that the client does not know", &[Decode]),
            Subject::Root => self.root_type(difference),
            Subject::Specification if event == Event::Changed => {
                dangerous("the format of the scalar's values may change", &[Variables, Decode])
            }
            Subject::Usage => dangerous(MEANING_OF_A_DIRECTIVE, &[Behavior]),
            Subject::UsageArgument if takes_away => dangerous(MEANING_OF_A_DIRECTIVE, &[Behavior]),
            Subject::UsageArgument => Verdict::new(Level::Safe, MEANING_OF_A_DIRECTIVE, &[Behavior]),
            Subject::DirectiveLocation | Subject::DirectiveRepeatable if !takes_away => {
                safe("nothing that worked stops working")
            }
            Subject::Directive
            | Subject::DirectiveLocation
            | Subject::DirectiveRepeatable
            | Subject::DirectiveArgument
            | Subject::DirectiveArgumentType
            | Subject::DirectiveArgumentDefault
                if !self.is_for_queries(difference, owner) =>
            {
                safe("the directive is only for schemas; no query can apply it")
            }
            Subject::Directive => breaking("a query that applies the directive is rejected", &[Document]),
            Subject::DirectiveLocation => breaking("a query that applies the directive there is rejected", &[Document]),
            Subject::DirectiveRepeatable => {
                breaking("a query that applies the directive twice in one place is rejected", &[Document])
            }
            Subject::DirectiveArgument if takes_away => {
                breaking("a query that gives the argument is rejected", &[Document])
            }
            Subject::DirectiveArgument if is_required => {
                breaking("a query that applies the directive lacks a required argument", &[Document])
            }
            Subject::DirectiveArgument => safe("the argument may be omitted"),
            Subject::DirectiveArgumentType => input_type(difference, "argument", &[Document, Variables]),
            Subject::ArgumentDefault | Subject::DirectiveArgumentDefault => {
                default(difference, "argument", &[Document])
            }
            Subject::Deprecation => {
                Verdict::new(Level::Safe, "a deprecated part works until it is removed", &[Behavior])
            }
            Subject::Description | Subject::Specification => description(difference),
        }
    }

    fn root_type(&self, difference: &Difference<'s>) -> Verdict {
        match (root(difference.kind, difference.old), root(difference.kind, difference.new)) {
            (None, _) => safe("the schema had no such operations before"),
            (Some(old), Some(new)) if self.old.is_renamed_root(self.new, (old, new)) => dangerous(
                "the fields of both roots are compared; a query with a fragment on the old name is rejected",
                &[Document, Source],
            ),
            _ => breaking("operations of this kind start from another type", &[Document, Source]),
        }
    }

    fn enum_value(&self, owner: &str, event: Event) -> Verdict {
        match event {
            Event::Added if self.positions.only_input(owner) => {
                safe("the enum is used only in inputs, which need not give the value")
            }
            Event::Added => dangerous("a response may contain a value that the client does not know", &[Decode]),
            Event::Removed | Event::Changed if self.positions.only_output(owner) => Verdict::new(
                Level::Safe,
                "the enum is used only in responses, which no longer contain the value; no query can name it",
                &[Source],
            ),
            Event::Removed | Event::Changed => {
                breaking("a query or an input that gives the value is rejected", &[Document, Variables, Source])
            }
        }
    }

    fn field_type(&self, difference: &Difference<'s>) -> Verdict {
        let Some((old, new)) = difference.types() else { return description(difference) };
        if safe_output(old, new) {
            return Verdict::new(Level::Safe, "every value of the new type is valid for the old type", &[Source]);
        }
        if narrows(self.new, old, new) {
            return dangerous(
                "the new type is a possible type of the old one; a query with a fragment on another is rejected",
                &[Document, Source],
            );
        }
        if same_name(old, new) {
            let why = if flat(old) == flat(new) { "the value may now be null" } else { "a list was added or removed" };
            return breaking(why, &[Decode, Source]);
        }
        match (self.is_leaf(old, true), self.is_leaf(new, false)) {
            (true, true) => breaking("the field returns another type of value", &[Decode, Source]),
            _ => breaking("different subfields can be selected", &[Document, Decode, Source]),
        }
    }

    fn is_leaf(&self, ty: &TypeRef, old: bool) -> bool {
        let schema = if old { self.old } else { self.new };
        // A type that the schema does not list is a built-in scalar.
        schema
            .types
            .get(ty.name())
            .is_none_or(|definition| matches!(definition.kind, TypeKind::Scalar { .. } | TypeKind::Enum { .. }))
    }

    /// Whether a query can apply the directive, or could apply it at the location in question.
    fn is_for_queries(&self, difference: &Difference<'s>, name: &str) -> bool {
        let executable = |location: &str| EXECUTABLE.contains(&location);
        match difference.detail {
            Detail::Named(location) => executable(location),
            _ => {
                // Existing queries can apply only what the old schema has.
                let directive = self.old.directives.get(name);
                directive.is_some_and(|directive| directive.locations.iter().any(|location| executable(location)))
            }
        }
    }
}

/// Where a query may apply a directive.
const EXECUTABLE: [&str; 8] = [
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
];

/// Why a directive in the schema may matter.
const MEANING_OF_A_DIRECTIVE: &str = "the meaning of the directive depends on the server";

fn safe(reason: &str) -> Verdict {
    Verdict::new(Level::Safe, reason, &[])
}

fn dangerous(reason: &str, breaks: &[Break]) -> Verdict {
    Verdict::new(Level::Dangerous, reason, breaks)
}

fn breaking(reason: &str, breaks: &[Break]) -> Verdict {
    Verdict::new(Level::Breaking, reason, breaks)
}

fn type_removed(difference: &Difference<'_>) -> Verdict {
    let Some(Part::Type(definition)) = difference.old else { return description(difference) };
    match definition.kind {
        TypeKind::InputObject { .. } => {
            breaking("a query with a variable of the type is rejected", &[Document, Variables, Source])
        }
        TypeKind::Scalar { .. } | TypeKind::Enum { .. } => {
            breaking("a query with a variable of the type is rejected; no response contains it", &[Document, Source])
        }
        _ => breaking("a query that selects anything of the type is rejected", &[Document, Source]),
    }
}

/// A type without its non-null markers.
fn flat(ty: &TypeRef) -> String {
    ty.to_string().replace('!', "")
}

fn input_type(difference: &Difference<'_>, what: &str, breaks: &[Break]) -> Verdict {
    let Some((old, new)) = difference.types() else { return description(difference) };
    if safe_input(old, new) {
        return Verdict::new(Level::Safe, "every input of the old type is valid for the new type", &[Source]);
    }
    if coerced_to_list(old, new) {
        return dangerous(
            "a single value is coerced to a list of one; only a query with a variable of the old type is rejected",
            &[Document, Source],
        );
    }
    breaking(&format!("values for the {what} may be rejected"), breaks)
}

fn default(difference: &Difference<'_>, what: &str, breaks: &[Break]) -> Verdict {
    let (Some(Part::Input(old)), Some(Part::Input(new))) = (difference.old, difference.new) else {
        return description(difference);
    };
    if is_required(new) {
        return breaking(&format!("the {what} lost its default and is now required"), breaks);
    }
    if is_required(old) {
        return safe(&format!("the {what} was required before and is now optional"));
    }
    dangerous(&format!("where the {what} is omitted, a different value is used"), &[Behavior])
}

/// A description, which matters only if it states a cost.
fn description(difference: &Difference<'_>) -> Verdict {
    let stated = |part: Option<Part<'_>>| match part {
        Some(Part::Field(field)) => field.description.as_deref().and_then(points),
        _ => None,
    };
    match (stated(difference.old), stated(difference.new)) {
        // The server may have counted it before, and only states it now.
        (None, Some(_)) => Verdict::new(Level::Safe, "the cost is now stated; it may have applied before", &[Cost]),
        (Some(_), None) => Verdict::new(Level::Safe, "the cost is no longer stated", &[Cost]),
        (before, after) if after > before => {
            dangerous("a query that selects it costs more points, and may exceed the limit", &[Cost])
        }
        (before, after) if after < before => Verdict::new(Level::Safe, "a query that selects it costs less", &[Cost]),
        _ => safe("only the documentation changed"),
    }
}
