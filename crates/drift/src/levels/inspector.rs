//! The levels and paths of graphql-inspector's core (8.0), so that a team can switch tools and compare.

use super::Level;
use super::types::{safe_input, safe_output};
use crate::coerce::has_default;
use crate::coordinate::Coordinate;
use crate::diff::{Difference, Part, Subject};
use crate::kind::Kind;
use crate::schema::{Schema, TypeRef};

/// The criticality of a difference there.
pub(super) fn level(difference: &Difference<'_>, new: &Schema) -> Level {
    use Kind as K;
    let new_or = |level: Level| if difference.in_new { Level::Safe } else { level };
    match difference.kind {
        K::FieldRemoved
        | K::TypeRemoved
        | K::TypeKindChanged
        | K::EnumValueRemoved
        | K::InputFieldRemoved
        | K::FieldArgumentRemoved
        | K::UnionMemberRemoved
        | K::ObjectTypeInterfaceRemoved
        | K::DirectiveRemoved
        | K::DirectiveLocationRemoved
        | K::DirectiveArgumentRemoved => Level::Breaking,
        K::FieldTypeChanged => safe_unless_breaking(difference.types().is_some_and(|(old, new)| safe_output(old, new))),
        K::FieldArgumentTypeChanged | K::InputFieldTypeChanged | K::DirectiveArgumentTypeChanged => {
            safe_unless_breaking(difference.types().is_some_and(|(old, new)| safe_input(old, new)))
        }
        K::FieldArgumentAdded => {
            let required = matches!(added(difference), Some(TypeRef::NonNull(_))) && !is_given(difference, new);
            new_or(if required { Level::Breaking } else { Level::Dangerous })
        }
        K::InputFieldAdded => new_or(match (added(difference), is_given(difference, new)) {
            (_, true) => Level::Dangerous,
            (Some(TypeRef::NonNull(_)), false) => Level::Breaking,
            (_, false) => Level::Safe,
        }),
        K::DirectiveArgumentAdded => {
            new_or(safe_unless_breaking(!matches!(added(difference), Some(TypeRef::NonNull(_)))))
        }
        K::EnumValueAdded | K::UnionMemberAdded | K::ObjectTypeInterfaceAdded => new_or(Level::Dangerous),
        K::FieldArgumentDefaultChanged
        | K::InputFieldDefaultValueChanged
        | K::DirectiveArgumentDefaultValueChanged
        | K::DirectiveRepeatableRemoved
        | K::DirectiveUsageArgumentRemoved => Level::Dangerous,
        K::SchemaQueryTypeChanged | K::SchemaMutationTypeChanged | K::SchemaSubscriptionTypeChanged => {
            safe_unless_breaking(root(difference.kind, difference.old).is_none())
        }
        K::DirectiveUsageArgumentAdded => Level::Safe,
        usage if usage.is_directive_usage() => match difference.subject {
            Subject::Usage(usage) if usage.name == "deprecated" => Level::Safe,
            Subject::Usage(usage) if usage.name == "oneOf" => {
                safe_unless_breaking(difference.in_new || difference.kind.name().ends_with("_REMOVED"))
            }
            _ => new_or(Level::Dangerous),
        },
        _ => Level::Safe,
    }
}

fn safe_unless_breaking(safe: bool) -> Level {
    if safe { Level::Safe } else { Level::Breaking }
}

fn added<'s>(difference: &Difference<'s>) -> Option<&'s TypeRef> {
    difference.new?.ty()
}

/// Whether the new part has a default that is a value.
fn is_given(difference: &Difference<'_>, new: &Schema) -> bool {
    matches!(difference.new, Some(Part::Input(input)) if has_default(new, input))
}

/// The name of the root that a kind is about.
pub(crate) fn root(kind: Kind, part: Option<Part<'_>>) -> Option<&str> {
    let Some(Part::Schema(schema)) = part else { return None };
    match kind {
        Kind::SchemaQueryTypeChanged => schema.query.as_deref(),
        Kind::SchemaMutationTypeChanged => schema.mutation.as_deref(),
        _ => schema.subscription.as_deref(),
    }
}

/// The path of a difference there; none for the roots of the schema.
pub(crate) fn path(difference: &Difference<'_>) -> Option<String> {
    use Kind as K;
    let base = match difference.coordinate {
        Coordinate::Schema => String::new(),
        Coordinate::Type(name) => name.to_owned(),
        Coordinate::Member(ty, member) => format!("{ty}.{member}"),
        Coordinate::Argument(ty, field, argument) => format!("{ty}.{field}.{argument}"),
        Coordinate::Directive(name) => format!("@{name}"),
        Coordinate::DirectiveArgument(name, _) if difference.kind == K::DirectiveArgumentAdded => format!("@{name}"),
        Coordinate::DirectiveArgument(name, argument) => format!("@{name}.{argument}"),
    };
    Some(match difference.kind {
        K::SchemaQueryTypeChanged | K::SchemaMutationTypeChanged | K::SchemaSubscriptionTypeChanged => return None,
        K::FieldDeprecationAdded
        | K::FieldDeprecationRemoved
        | K::FieldDeprecationReasonAdded
        | K::FieldDeprecationReasonChanged
        | K::EnumValueDeprecationReasonAdded
        | K::EnumValueDeprecationReasonChanged => format!("{base}.@deprecated"),
        _ => match difference.subject {
            Subject::Usage(usage) => format!("{base}.@{}", usage.name),
            Subject::UsageArgument(usage, argument, _) => format!("{base}.@{}.{argument}", usage.name),
            Subject::Itself | Subject::Named(_) => base,
        },
    })
}
