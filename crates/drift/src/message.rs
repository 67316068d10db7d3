//! What happened, in words.

use crate::change::Side;
use crate::cost::points;
use crate::diff::{Difference, Part, Subject};
use crate::kind::Kind;
use crate::schema::TypeKind;

/// The message of a change.
pub(crate) fn message(difference: &Difference<'_>, old: Option<&Side>, new: Option<&Side>) -> String {
    use Kind as K;
    let what = what(difference);
    let ty = |side: Option<&Side>| side.and_then(|side| side.r#type.clone()).unwrap_or_default();
    let value = |side: Option<&Side>| side.and_then(|side| side.value.clone());
    let subject = match difference.subject {
        Subject::Itself => String::new(),
        Subject::Named(name) => format!("`{name}`"),
        Subject::Usage(usage) => format!("`@{}`", usage.name),
        Subject::UsageArgument(usage, argument, value) => {
            format!("`@{}` the argument `{argument}: {value}`", usage.name)
        }
    };
    match difference.kind {
        K::TypeRemoved
        | K::FieldRemoved
        | K::FieldArgumentRemoved
        | K::InputFieldRemoved
        | K::EnumValueRemoved
        | K::DirectiveRemoved
        | K::DirectiveArgumentRemoved => {
            let deprecated = difference.old.and_then(Part::deprecation).is_some();
            format!("{what} was removed{}", if deprecated { "; it was deprecated" } else { "" })
        }
        K::TypeAdded | K::EnumValueAdded | K::DirectiveAdded => format!("{what} was added"),
        K::FieldAdded => format!("{what}: `{}` was added", ty(new)),
        K::FieldArgumentAdded | K::InputFieldAdded | K::DirectiveArgumentAdded => match value(new) {
            Some(default) => format!("{what}: `{} = {default}` was added", ty(new)),
            None => format!("{what}: `{}` was added", ty(new)),
        },
        K::FieldTypeChanged
        | K::FieldArgumentTypeChanged
        | K::InputFieldTypeChanged
        | K::DirectiveArgumentTypeChanged => {
            format!("{what} changed its type from `{}` to `{}`", ty(old), ty(new))
        }
        K::TypeKindChanged => {
            format!("`{}` became {}; it was {}", difference.coordinate, a(difference.new), a(difference.old))
        }
        K::FieldArgumentDefaultChanged | K::InputFieldDefaultValueChanged | K::DirectiveArgumentDefaultValueChanged => {
            match (value(old), value(new)) {
                (Some(before), Some(after)) if before == after => {
                    format!("the default of {what}, `{after}`, means something else")
                }
                (Some(before), Some(after)) => {
                    format!("the default of {what} changed from `{before}` to `{after}`")
                }
                (None, Some(after)) => format!("{what} got the default `{after}`"),
                (Some(before), None) => format!("{what} lost its default `{before}`"),
                (None, None) => format!("the default of {what} changed"),
            }
        }
        K::UnionMemberAdded => format!("{what} got the member {subject}"),
        K::UnionMemberRemoved => format!("{what} lost the member {subject}"),
        K::ObjectTypeInterfaceAdded => format!("{what} implements {subject}"),
        K::ObjectTypeInterfaceRemoved => format!("{what} no longer implements {subject}"),
        K::DirectiveLocationAdded => format!("{what} may stand on {subject}"),
        K::DirectiveLocationRemoved => format!("{what} may no longer stand on {subject}"),
        K::DirectiveRepeatableAdded => format!("{what} may be repeated"),
        K::DirectiveRepeatableRemoved => format!("{what} may no longer be repeated"),
        K::SchemaQueryTypeChanged => root("queries", value(old), value(new)),
        K::SchemaMutationTypeChanged => root("mutations", value(old), value(new)),
        K::SchemaSubscriptionTypeChanged => root("subscriptions", value(old), value(new)),
        K::InputObjectOneOfAdded => format!("{what} takes exactly one of its fields (`@oneOf`)"),
        K::InputObjectOneOfRemoved => format!("{what} takes any of its fields (no longer `@oneOf`)"),
        K::ScalarSpecifiedByAdded | K::ScalarSpecifiedByRemoved | K::ScalarSpecifiedByChanged => {
            moved(&format!("the specification of {what}"), value(old), value(new))
        }
        K::DirectiveUsageArgumentAdded => format!("{what} gives {subject}"),
        K::DirectiveUsageArgumentRemoved => format!("{what} no longer gives {subject}"),
        kind if kind.is_directive_usage() && kind.name().ends_with("_ADDED") => format!("{what} carries {subject}"),
        kind if kind.is_directive_usage() => format!("{what} no longer carries {subject}"),
        kind if kind.name().contains("_DEPRECATION_") => deprecation(&what, value(old), value(new)),
        kind => {
            let of_field = kind.name().starts_with("FIELD_DESCRIPTION_");
            description(&what, value(old), value(new), of_field)
        }
    }
}

/// The part that changed, by what it is and its coordinate.
fn what(difference: &Difference<'_>) -> String {
    let part = difference.new.or(difference.old);
    match part {
        Some(Part::Schema(_)) | None => "the schema".to_owned(),
        Some(Part::Type(_)) => format!("{} `{}`", noun(part), difference.coordinate),
        Some(Part::Directive(_)) => format!("directive `{}`", difference.coordinate),
        Some(_) => format!("`{}`", difference.coordinate),
    }
}

fn noun(part: Option<Part<'_>>) -> &'static str {
    let Some(Part::Type(definition)) = part else { return "type" };
    match definition.kind {
        TypeKind::Scalar { .. } => "scalar",
        TypeKind::Object { .. } => "type",
        TypeKind::Interface { .. } => "interface",
        TypeKind::Union { .. } => "union",
        TypeKind::Enum { .. } => "enum",
        TypeKind::InputObject { .. } => "input object",
    }
}

fn a(part: Option<Part<'_>>) -> String {
    match noun(part) {
        "type" => "an object type".to_owned(),
        noun if noun.starts_with(['e', 'i']) => format!("an {noun}"),
        noun => format!("a {noun}"),
    }
}

fn root(operations: &str, old: Option<String>, new: Option<String>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("{operations} start from `{new}`, and started from `{old}`"),
        (Some(old), None) => format!("there are no {operations} any more; they started from `{old}`"),
        (None, Some(new)) => format!("there are {operations}; they start from `{new}`"),
        (None, None) => format!("the root of {operations} changed"),
    }
}

fn moved(what: &str, old: Option<String>, new: Option<String>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("{what} changed from {old} to {new}"),
        (Some(old), None) => format!("{what} is no longer given; it was {old}"),
        (None, new) => format!("{what} is given: {}", new.unwrap_or_default()),
    }
}

fn deprecation(what: &str, old: Option<String>, new: Option<String>) -> String {
    match (old, new) {
        (None, Some(reason)) => format!("{what} is deprecated: {}", brief(&reason)),
        (Some(_), None) => format!("{what} is no longer deprecated"),
        (_, reason) => {
            format!("{what} is deprecated for another reason: {}", brief(&reason.unwrap_or_default()))
        }
    }
}

fn description(what: &str, old: Option<String>, new: Option<String>, of_field: bool) -> String {
    let (before, after) = (old.as_deref().and_then(points), new.as_deref().and_then(points));
    if of_field && before != after {
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        return format!("the additional cost of {what} went from {before} to {after} points");
    }
    match (old, new) {
        (None, Some(text)) => format!("{what} got a description: {}", brief(&text)),
        (Some(_), None) => format!("{what} lost its description"),
        (_, text) => format!("the description of {what} changed: {}", brief(&text.unwrap_or_default())),
    }
}

/// The first line of a text, cut where it gets long.
fn brief(text: &str) -> String {
    const LONGEST: usize = 100;
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}
