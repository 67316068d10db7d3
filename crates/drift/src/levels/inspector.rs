//! The levels and paths of graphql-inspector's core (8.0), so that a team can switch tools and compare.

use super::types::{safe_input, safe_output};
use crate::coerce::has_default;
use crate::coordinate::Coordinate;
use crate::diff::{Detail, Difference, Part};
use crate::kind::{Event, Kind, Subject};
use crate::level::Level;
use crate::schema::{Schema, TypeRef};

/// The criticality of a difference in graphql-inspector.
pub(super) fn level(difference: &Difference<'_>, new: &Schema) -> Level {
    let new_or = |level: Level| if difference.in_new { Level::Safe } else { level };
    let (subject, event) = (difference.kind.subject(), difference.kind.event());
    let is_added = event == Event::Added;
    match subject {
        Subject::Type | Subject::Field | Subject::Directive | Subject::DirectiveLocation => {
            safe_unless_breaking(is_added)
        }
        Subject::Argument
        | Subject::InputField
        | Subject::DirectiveArgument
        | Subject::EnumValue
        | Subject::UnionMember
        | Subject::Interface
            if !is_added =>
        {
            Level::Breaking
        }
        Subject::EnumValue | Subject::UnionMember | Subject::Interface => new_or(Level::Dangerous),
        Subject::Argument => {
            let required = matches!(added(difference), Some(TypeRef::NonNull(_))) && !is_given(difference, new);
            new_or(if required { Level::Breaking } else { Level::Dangerous })
        }
        Subject::InputField => new_or(match (added(difference), is_given(difference, new)) {
            (_, true) => Level::Dangerous,
            (Some(TypeRef::NonNull(_)), false) => Level::Breaking,
            (_, false) => Level::Safe,
        }),
        Subject::DirectiveArgument => {
            new_or(safe_unless_breaking(!matches!(added(difference), Some(TypeRef::NonNull(_)))))
        }
        Subject::TypeKind => Level::Breaking,
        Subject::FieldType => safe_unless_breaking(difference.types().is_some_and(|(old, new)| safe_output(old, new))),
        Subject::ArgumentType | Subject::InputFieldType | Subject::DirectiveArgumentType => {
            safe_unless_breaking(difference.types().is_some_and(|(old, new)| safe_input(old, new)))
        }
        Subject::ArgumentDefault | Subject::InputFieldDefault | Subject::DirectiveArgumentDefault => Level::Dangerous,
        Subject::DirectiveRepeatable | Subject::UsageArgument => {
            if is_added {
                Level::Safe
            } else {
                Level::Dangerous
            }
        }
        Subject::Root => safe_unless_breaking(root(difference.kind, difference.old).is_none()),
        Subject::Usage => match difference.detail {
            Detail::Usage(usage) if usage.name == "deprecated" => Level::Safe,
            Detail::Usage(usage) if usage.name == "oneOf" => safe_unless_breaking(difference.in_new || !is_added),
            _ => new_or(Level::Dangerous),
        },
        Subject::OneOf | Subject::Specification | Subject::Deprecation | Subject::Description => Level::Safe,
    }
}

fn safe_unless_breaking(safe: bool) -> Level {
    if safe { Level::Safe } else { Level::Breaking }
}

fn added<'s>(difference: &Difference<'s>) -> Option<&'s TypeRef> {
    difference.new?.ty()
}

/// Whether the new part has a default that is a value of its type.
fn is_given(difference: &Difference<'_>, new: &Schema) -> bool {
    matches!(difference.new, Some(Part::Input(input)) if has_default(new, input))
}

/// The name of the root type that a kind concerns.
pub(crate) fn root(kind: Kind, part: Option<Part<'_>>) -> Option<&str> {
    let Some(Part::Schema(schema)) = part else { return None };
    match kind {
        Kind::SchemaQueryTypeChanged => schema.query.as_deref(),
        Kind::SchemaMutationTypeChanged => schema.mutation.as_deref(),
        _ => schema.subscription.as_deref(),
    }
}

/// The path of a difference in graphql-inspector; `None` for the root types.
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
        _ => match difference.detail {
            Detail::Usage(usage) => format!("{base}.@{}", usage.name),
            Detail::UsageArgument(usage, argument, _) => format!("{base}.@{}.{argument}", usage.name),
            Detail::Itself | Detail::Named(_) => base,
        },
    })
}
