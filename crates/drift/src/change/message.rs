//! Human-readable messages of changes.

use super::Side;
use crate::cost::points;
use crate::diff::{Detail, Difference, Part};
use crate::kind::{Event, Kind, Subject};
use crate::schema::TypeKind;

/// The message of a change.
pub(crate) fn message(difference: &Difference<'_>, old: Option<&Side>, new: Option<&Side>) -> String {
    let what = what(difference);
    let ty = |side: Option<&Side>| side.and_then(|side| side.r#type.clone()).unwrap_or_default();
    let value = |side: Option<&Side>| side.and_then(|side| side.value.clone());
    let detail = match difference.detail {
        Detail::Itself => String::new(),
        Detail::Named(name) => format!("`{name}`"),
        Detail::Usage(usage) => format!("`@{}`", usage.name),
        Detail::UsageArgument(usage, argument, value) => {
            format!("`@{}` the argument `{argument}: {value}`", usage.name)
        }
    };
    let (kind, part) = (difference.kind, difference.new.or(difference.old));
    let is_added = kind.event() == Event::Added;
    match kind.subject() {
        Subject::Type
        | Subject::Field
        | Subject::Argument
        | Subject::InputField
        | Subject::EnumValue
        | Subject::Directive
        | Subject::DirectiveArgument
            if !is_added =>
        {
            let deprecated = difference.old.and_then(Part::deprecation).is_some();
            format!("{what} was removed{}", if deprecated { "; it was deprecated" } else { "" })
        }
        Subject::Type | Subject::EnumValue | Subject::Directive => format!("{what} was added"),
        Subject::Field => format!("{what}: `{}` was added", ty(new)),
        Subject::Argument | Subject::InputField | Subject::DirectiveArgument => match value(new) {
            Some(default) => format!("{what}: `{} = {default}` was added", ty(new)),
            None => format!("{what}: `{}` was added", ty(new)),
        },
        Subject::FieldType | Subject::ArgumentType | Subject::InputFieldType | Subject::DirectiveArgumentType => {
            format!("{what} changed its type from `{}` to `{}`", ty(old), ty(new))
        }
        Subject::TypeKind => {
            format!("`{}` became {}; it was {}", difference.coordinate, a(difference.new), a(difference.old))
        }
        Subject::ArgumentDefault | Subject::InputFieldDefault | Subject::DirectiveArgumentDefault => {
            default(&what, value(old), value(new))
        }
        Subject::UnionMember if is_added => format!("{what} got the member {detail}"),
        Subject::UnionMember => format!("{what} lost the member {detail}"),
        Subject::Interface if is_added => format!("{what} implements {detail}"),
        Subject::Interface => format!("{what} no longer implements {detail}"),
        Subject::DirectiveLocation if is_added => format!("{what} is now allowed on {detail}"),
        Subject::DirectiveLocation => format!("{what} is no longer allowed on {detail}"),
        Subject::DirectiveRepeatable if is_added => format!("{what} may be repeated"),
        Subject::DirectiveRepeatable => format!("{what} may no longer be repeated"),
        Subject::Root => root(kind, value(old), value(new)),
        Subject::OneOf if is_added => format!("{what} takes exactly one of its fields (`@oneOf`)"),
        Subject::OneOf => format!("{what} takes any of its fields (no longer `@oneOf`)"),
        Subject::Specification => moved(&format!("the specification of {what}"), value(old), value(new)),
        Subject::UsageArgument if is_added => format!("{what} gives {detail}"),
        Subject::UsageArgument => format!("{what} no longer gives {detail}"),
        Subject::Usage if is_added => format!("{what} carries {detail}"),
        Subject::Usage => format!("{what} no longer carries {detail}"),
        Subject::Deprecation => deprecation(&what, value(old), value(new)),
        Subject::Description => {
            let of_field = matches!(part, Some(Part::Field(_)));
            description(&what, value(old), value(new), of_field)
        }
    }
}

/// The changed part: its kind and its coordinate.
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

fn default(what: &str, old: Option<String>, new: Option<String>) -> String {
    match (old, new) {
        // The same literal has another meaning if the enum or the input object behind it changed.
        (Some(before), Some(after)) if before == after => {
            format!("the default of {what}, `{after}`, now has a different meaning")
        }
        (Some(before), Some(after)) => format!("the default of {what} changed from `{before}` to `{after}`"),
        (None, Some(after)) => format!("{what} got the default `{after}`"),
        (Some(before), None) => format!("{what} lost its default `{before}`"),
        (None, None) => format!("the default of {what} changed"),
    }
}

fn root(kind: Kind, old: Option<String>, new: Option<String>) -> String {
    let operations = match kind {
        Kind::SchemaQueryTypeChanged => "queries",
        Kind::SchemaMutationTypeChanged => "mutations",
        _ => "subscriptions",
    };
    match (old, new) {
        (Some(old), Some(new)) => format!("the root of {operations} changed from `{old}` to `{new}`"),
        (Some(old), None) => format!("{operations} were removed; their root was `{old}`"),
        (None, Some(new)) => format!("{operations} were added; their root is `{new}`"),
        (None, None) => format!("the root of {operations} changed"),
    }
}

fn moved(what: &str, old: Option<String>, new: Option<String>) -> String {
    match (old, new) {
        (Some(old), Some(new)) => format!("{what} changed from {old} to {new}"),
        (Some(old), None) => format!("{what} was removed; it was {old}"),
        (None, new) => format!("{what} was added: {}", new.unwrap_or_default()),
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
        let points = |number: u32| if number == 1 { "1 point".to_owned() } else { format!("{number} points") };
        return match (before, after) {
            (None, Some(after)) => format!("{what} now states an additional cost of {}; it stated none", points(after)),
            (Some(before), None) => format!("{what} no longer states its additional cost of {}", points(before)),
            (before, after) => {
                let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
                format!("the additional cost of {what} changed from {before} to {}", points(after))
            }
        };
    }
    match (old, new) {
        (None, Some(text)) => format!("{what} got a description: {}", brief(&text)),
        (Some(_), None) => format!("{what} lost its description"),
        (_, text) => format!("the description of {what} changed: {}", brief(&text.unwrap_or_default())),
    }
}

/// The first nonblank line of a text, truncated if it is long.
fn brief(text: &str) -> String {
    const LONGEST: usize = 100;
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}
