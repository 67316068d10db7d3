//! This crate's own levels: what the GraphQL specification lets a change do to a query, an input or an answer.

use super::inspector::root;
use super::types::{coerced_to_list, is_required, narrows, safe_input, safe_output, same_name};
use super::{Break, Judge, Level, Verdict};
use crate::cost::points;
use crate::diff::{Difference, Part};
use crate::kind::Kind;
use crate::schema::{InputValue, TypeKind, TypeRef};

use Break::{Behaviour, Cost, Decode, Document, Source, Variables};

impl<'s> Judge<'s> {
    pub(super) fn own(&self, difference: &Difference<'s>) -> Verdict {
        use Kind as K;
        let owner = difference.coordinate.owner().unwrap_or_default();
        match difference.kind {
            K::TypeAdded | K::FieldAdded | K::DirectiveAdded => safe("nothing asks for it yet"),
            _ if difference.in_new => safe("it belongs to something new, which nothing asks for yet"),
            K::TypeRemoved => type_removed(difference),
            K::TypeKindChanged => breaking(
                "what is selected of it, or sent as it, is of another kind",
                &[Document, Variables, Decode, Source],
            ),
            K::FieldRemoved => breaking("a query that selects the field is rejected", &[Document, Source]),
            K::FieldTypeChanged => self.field_type(difference),
            K::FieldArgumentAdded => match difference.new {
                Some(Part::Input(input)) if is_required(input) => {
                    breaking("a query that selects the field lacks a required argument", &[Document, Source])
                }
                _ => dangerous("the field may answer otherwise where the argument is left out", &[Behaviour]),
            },
            K::FieldArgumentRemoved => breaking("a query that gives the argument is rejected", &[Document, Source]),
            K::FieldArgumentTypeChanged => input_type(difference, "argument", &[Document, Variables, Source]),
            K::FieldArgumentDefaultChanged => default(difference, "argument", &[Document]),
            K::InputFieldRemoved => {
                breaking("an input that gives the field is rejected", &[Document, Variables, Source])
            }
            K::InputFieldAdded => match difference.new {
                Some(Part::Input(input)) if is_required(input) => {
                    breaking("an input lacks a required field", &[Document, Variables, Source])
                }
                Some(Part::Input(InputValue { default: Some(_), .. })) => {
                    dangerous("an input that leaves the field out now has its default", &[Behaviour])
                }
                _ => safe("the field may be left out"),
            },
            K::InputFieldTypeChanged => input_type(difference, "field", &[Document, Variables, Source]),
            K::InputFieldDefaultValueChanged => default(difference, "field", &[Document, Variables]),
            K::InputObjectOneOfAdded => {
                breaking("an input that gives none or several of the fields is rejected", &[Document, Variables])
            }
            K::InputObjectOneOfRemoved => {
                Verdict::new(Level::Safe, "an input that gives one field is still accepted", &[Source])
            }
            K::EnumValueRemoved if self.positions.only_output(owner) => Verdict::new(
                Level::Safe,
                "the enum only stands in answers, in which the value no longer comes; no query can name it",
                &[Source],
            ),
            K::EnumValueRemoved => {
                breaking("a query or an input that gives the value is rejected", &[Document, Variables, Source])
            }
            K::EnumValueAdded if self.positions.only_input(owner) => {
                safe("the enum only stands in inputs, which need not give the value")
            }
            K::EnumValueAdded => dangerous("an answer may hold a value that its reader does not know", &[Decode]),
            K::UnionMemberRemoved => {
                breaking("a query that asks for the member's fields is rejected", &[Document, Source])
            }
            K::UnionMemberAdded => dangerous("an answer may hold a type that its reader does not know", &[Decode]),
            K::ObjectTypeInterfaceAdded => {
                dangerous("where the interface is answered, a type may come that its reader does not know", &[Decode])
            }
            K::ObjectTypeInterfaceRemoved => {
                breaking("a query that asks for the type where the interface stands is rejected", &[Document, Source])
            }
            K::SchemaQueryTypeChanged | K::SchemaMutationTypeChanged | K::SchemaSubscriptionTypeChanged => {
                if root(difference.kind, difference.old).is_none() {
                    safe("there was none before")
                } else {
                    breaking("operations of this kind start from another type", &[Document, Source])
                }
            }
            K::ScalarSpecifiedByChanged => {
                dangerous("values of the scalar may be written in another way", &[Variables, Decode])
            }
            kind if kind.is_directive_usage() => usage(kind),
            _ if difference.coordinate.is_directive() => self.directive(difference, owner),
            kind if is_deprecation(kind) => {
                Verdict::new(Level::Safe, "a deprecated part works until it is removed", &[Behaviour])
            }
            _ => description(difference),
        }
    }

    fn field_type(&self, difference: &Difference<'s>) -> Verdict {
        let Some((old, new)) = difference.types() else { return description(difference) };
        if safe_output(old, new) {
            return Verdict::new(Level::Safe, "every answer of the new type is one of the old", &[Source]);
        }
        if narrows(self.new, old, new) {
            return dangerous(
                "the new type is one of those that the old stood for; a query that asks for another of them is rejected",
                &[Document, Source],
            );
        }
        if same_name(old, new) {
            let why = if flat(old) == flat(new) { "null may come where none came" } else { "a list came or went" };
            return breaking(why, &[Decode, Source]);
        }
        match (self.is_leaf(old, true), self.is_leaf(new, false)) {
            (true, true) => breaking("another type of value is answered", &[Decode, Source]),
            _ => breaking("other fields can be selected of it", &[Document, Decode, Source]),
        }
    }

    fn is_leaf(&self, ty: &TypeRef, old: bool) -> bool {
        let schema = if old { self.old } else { self.new };
        schema
            .types
            .get(ty.name())
            .is_none_or(|definition| matches!(definition.kind, TypeKind::Scalar { .. } | TypeKind::Enum { .. }))
    }

    /// A definition of a directive. What is applied in a schema alone, no query can give.
    fn directive(&self, difference: &Difference<'s>, name: &str) -> Verdict {
        use Kind as K;
        let executable = |location: &str| EXECUTABLE.contains(&location);
        let in_queries = self
            .old
            .directives
            .get(name)
            .is_some_and(|directive| directive.locations.iter().any(|location| executable(location)));
        let in_queries = match difference.subject {
            crate::diff::Subject::Named(location) => executable(location),
            _ => in_queries,
        };
        match difference.kind {
            K::DirectiveDescriptionChanged
            | K::DirectiveArgumentDescriptionChanged
            | K::DirectiveLocationAdded
            | K::DirectiveRepeatableAdded => safe("it takes nothing away"),
            K::DirectiveArgumentDeprecationAdded
            | K::DirectiveArgumentDeprecationRemoved
            | K::DirectiveArgumentDeprecationReasonChanged => {
                Verdict::new(Level::Safe, "a deprecated part works until it is removed", &[Behaviour])
            }
            _ if !in_queries => safe("the directive is for schemas; no query can apply it"),
            K::DirectiveRemoved => breaking("a query that applies the directive is rejected", &[Document]),
            K::DirectiveLocationRemoved => {
                breaking("a query that applies the directive there is rejected", &[Document])
            }
            K::DirectiveRepeatableRemoved => {
                breaking("a query that applies the directive twice in one place is rejected", &[Document])
            }
            K::DirectiveArgumentRemoved => breaking("a query that gives the argument is rejected", &[Document]),
            K::DirectiveArgumentAdded => match difference.new {
                Some(Part::Input(input)) if is_required(input) => {
                    breaking("a query that applies the directive lacks a required argument", &[Document])
                }
                _ => safe("the argument may be left out"),
            },
            K::DirectiveArgumentTypeChanged => input_type(difference, "argument", &[Document, Variables]),
            _ => default(difference, "argument", &[Document]),
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
            breaking("a query with a variable of the type is rejected, and no answer holds it", &[Document, Source])
        }
        _ => breaking("a query that selects anything of the type is rejected", &[Document, Source]),
    }
}

/// A type without its non-null marks.
fn flat(ty: &TypeRef) -> String {
    ty.to_string().replace('!', "")
}

fn input_type(difference: &Difference<'_>, what: &str, breaks: &[Break]) -> Verdict {
    let Some((old, new)) = difference.types() else { return description(difference) };
    if safe_input(old, new) {
        return Verdict::new(Level::Safe, "every input of the old type is one of the new", &[Source]);
    }
    if coerced_to_list(old, new) {
        return dangerous(
            "a single value is coerced to a list of one; only a query that gives a variable of the old type is rejected",
            &[Document, Source],
        );
    }
    breaking(&format!("what is given for the {what} may be rejected"), breaks)
}

fn default(difference: &Difference<'_>, what: &str, breaks: &[Break]) -> Verdict {
    let (Some(Part::Input(old)), Some(Part::Input(new))) = (difference.old, difference.new) else {
        return description(difference);
    };
    if is_required(new) {
        return breaking(&format!("the {what} lost its default and now has to be given"), breaks);
    }
    if is_required(old) {
        return safe(&format!("the {what} had to be given before, and no longer has to"));
    }
    dangerous(&format!("where the {what} is left out, another value stands for it"), &[Behaviour])
}

fn usage(kind: Kind) -> Verdict {
    match kind {
        Kind::DirectiveUsageArgumentAdded => {
            Verdict::new(Level::Safe, "what the directive means is the server's affair", &[Behaviour])
        }
        _ => dangerous("what the directive means is the server's affair", &[Behaviour]),
    }
}

fn is_deprecation(kind: Kind) -> bool {
    kind.name().contains("_DEPRECATION_")
}

/// A description, which only matters where it says what a part costs.
fn description(difference: &Difference<'_>) -> Verdict {
    let stated = |part: Option<Part<'_>>| match part {
        Some(Part::Field(field)) => field.description.as_deref().and_then(points),
        _ => None,
    };
    match (stated(difference.old), stated(difference.new)) {
        (before, after) if after > before => {
            dangerous("a query that selects it costs more points, and may exceed the limit", &[Cost])
        }
        (before, after) if after < before => Verdict::new(Level::Safe, "a query that selects it costs less", &[Cost]),
        _ => safe("it only says something else"),
    }
}
