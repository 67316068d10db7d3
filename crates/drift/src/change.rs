//! One change, as reports show it.

mod message;

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::coerce::canonical_default;
use crate::diff::{Detail, Difference, Part};
use crate::effect::{Impact, Status};
use crate::kind::{Event, Kind, Subject};
use crate::level::Verdict;
use crate::levels::inspector;
use crate::printable::printable;
use crate::renames::Rename;
use crate::schema::{Position, TypeKind};
use crate::{Break, Level, Levels, Version};
use message::message;

/// A change between two versions of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// Where: a schema coordinate, or graphql-inspector's path if its levels were requested. `None` for the schema
    /// itself.
    pub coordinate: Option<String>,
    /// How severe it is.
    pub level: Level,
    /// Why it has that level.
    pub reason: String,
    /// What it breaks.
    pub breaks: Vec<Break>,
    /// What happened, as human-readable text.
    pub message: String,
    /// Twelve hex digits that identify the change: the same in every run, and different for other changes.
    pub fingerprint: String,
    /// The part before, if there was one.
    pub old: Option<Side>,
    /// The part after, if there still is one.
    pub new: Option<Side>,
    /// The rename that it may be one half of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likely_rename: Option<Rename>,
    /// Why it was accepted, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// The operations that reach it.
    pub operations: Vec<Impact>,
    /// The type, or `@` and the directive, that it belongs to; empty for the schema itself.
    #[serde(skip)]
    pub owner: String,
    /// The line in the new source of the type or directive that it belongs to, if that still is there.
    #[serde(skip)]
    pub(crate) owner_line: Option<usize>,
    /// The interface or member that was added or removed.
    #[serde(skip)]
    pub(crate) subject: Option<String>,
    /// Whether it belongs to a definition that is entirely new.
    #[serde(skip)]
    pub(crate) in_new: bool,
    /// The directive, if the change is that it is applied or no longer is.
    #[serde(skip)]
    pub(crate) usage: Option<String>,
    /// Whether the rules of the project leave it out.
    #[serde(skip)]
    pub(crate) is_ignored: bool,
}

/// A part of a schema before or after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Side {
    /// The type of a field, argument or input field; the keyword of a type.
    pub r#type: Option<String>,
    /// The line in the source, counted from 1.
    pub line: Option<usize>,
    /// The changed value, if it is not the type: a default, a description, a reason, a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The same value, in a form that is equal for SDL and introspection.
    #[serde(skip)]
    canonical: Option<String>,
}

impl Change {
    pub(crate) fn new(
        difference: &Difference<'_>,
        verdict: Verdict,
        (old, new): (&Version, &Version),
        levels: Levels,
        seen: &mut HashMap<String, usize>,
    ) -> Self {
        let (before, after) =
            (side(difference, difference.old, old, true), side(difference, difference.new, new, false));
        let coordinate = difference.coordinate.to_string();
        Self {
            kind: difference.kind,
            fingerprint: fingerprint(difference, &coordinate, before.as_ref(), after.as_ref(), seen),
            coordinate: match levels {
                Levels::Own => Some(coordinate).filter(|coordinate| !coordinate.is_empty()),
                Levels::GraphqlInspector => inspector::path(difference),
            },
            level: verdict.level,
            reason: verdict.reason,
            breaks: verdict.breaks,
            // Descriptions and defaults come from the server, and a terminal obeys control characters in them.
            message: printable(&message(difference, before.as_ref(), after.as_ref())),
            old: before,
            new: after,
            likely_rename: None,
            accepted: None,
            operations: Vec::new(),
            subject: match difference.detail {
                Detail::Named(name) => Some(name.to_owned()),
                _ => None,
            },
            in_new: difference.in_new,
            usage: match difference.detail {
                Detail::Usage(usage) | Detail::UsageArgument(usage, ..) => Some(usage.name.clone()),
                Detail::Itself | Detail::Named(_) => None,
            },
            is_ignored: false,
            owner_line: difference.coordinate.owner().and_then(|owner| {
                let position = if difference.coordinate.is_directive() {
                    new.schema.directives.get(owner)?.position
                } else {
                    new.schema.types.get(owner)?.position
                };
                new.line(position)
            }),
            owner: match difference.coordinate.owner() {
                Some(name) if difference.coordinate.is_directive() => format!("@{name}"),
                owner => owner.unwrap_or_default().to_owned(),
            },
        }
    }

    /// The operations that it breaks.
    pub(crate) fn broken(&self) -> impl Iterator<Item = &Impact> {
        self.operations.iter().filter(|operation| operation.status == Status::Broken)
    }

    /// Whether it breaks an operation.
    pub fn breaks_operations(&self) -> bool {
        self.broken().next().is_some()
    }

    /// The sort key of changes with the same level.
    pub(crate) fn identity(&self) -> (&str, Option<&str>, Kind, &str) {
        (&self.owner, self.coordinate.as_deref(), self.kind, &self.fingerprint)
    }

    /// The coordinate, or `schema` for the schema itself.
    pub fn place(&self) -> &str {
        self.coordinate.as_deref().filter(|coordinate| !coordinate.is_empty()).unwrap_or("schema")
    }
}

/// One side of a difference; `None` for a part that only the other side has.
fn side(difference: &Difference<'_>, part: Option<Part<'_>>, version: &Version, is_old: bool) -> Option<Side> {
    let part = part?;
    let kind = difference.kind;
    let usage = match difference.detail {
        Detail::Usage(usage) => Some((usage, None)),
        Detail::UsageArgument(usage, _, value) => Some((usage, Some(value))),
        Detail::Itself | Detail::Named(_) => None,
    };
    let gone = kind.event() == Event::Removed;
    let position: Position = match usage {
        // A removed directive is only in the old source, an added one only in the new.
        Some((usage, _)) if is_old == gone => usage.position,
        _ => part.position(),
    };
    let value = match usage {
        Some((_, value)) => value.filter(|_| is_old == gone).map(str::to_owned),
        None => value(kind, part),
    };
    let r#type = match part {
        Part::Type(definition) => Some(definition.kind.keyword().to_owned()),
        _ => part.ty().map(ToString::to_string),
    };
    let canonical = match part {
        Part::Input(input) if value == input.default => canonical_default(&version.schema, input),
        _ => value.clone(),
    };
    Some(Side { r#type, line: version.line(position), value, canonical })
}

/// The value that a kind of change concerns, if it is not the type.
fn value(kind: Kind, part: Part<'_>) -> Option<String> {
    match (kind.subject(), part) {
        (Subject::Description, _) => part.description().map(str::to_owned),
        (Subject::Deprecation, _) => part.deprecation().map(|deprecation| deprecation.reason().to_owned()),
        (Subject::Root, _) => inspector::root(kind, Some(part)).map(str::to_owned),
        (Subject::Specification, Part::Type(definition)) => match &definition.kind {
            TypeKind::Scalar { specified_by_url } => specified_by_url.clone(),
            _ => None,
        },
        (_, Part::Input(input)) => input.default.clone(),
        _ => None,
    }
}

/// A digest of everything that distinguishes this change from others, and of nothing that varies between runs.
fn fingerprint(
    difference: &Difference<'_>,
    coordinate: &str,
    old: Option<&Side>,
    new: Option<&Side>,
    seen: &mut HashMap<String, usize>,
) -> String {
    let subject = match difference.detail {
        Detail::Itself => String::new(),
        Detail::Named(name) => name.to_owned(),
        Detail::Usage(usage) => format!("@{}", usage.name),
        Detail::UsageArgument(usage, argument, _) => format!("@{}({argument}:)", usage.name),
    };
    // Users keep the digest of this text in their lists; in another form, every entry would be lost.
    let mut identity = format!("{}\n{coordinate}\n{subject}", difference.kind);
    for side in [old, new] {
        let (ty, value) = side.map_or((None, None), |side| (side.r#type.as_deref(), side.canonical.as_deref()));
        // Writing to a string cannot fail.
        _ = write!(identity, "\n{ty:?}\n{value:?}");
    }
    // The same directive may be applied to the same part twice.
    let nth = seen.entry(identity.clone()).or_default();
    *nth += 1;
    if *nth > 1 {
        _ = write!(identity, "\n{nth}");
    }
    Sha256::digest(identity).iter().take(6).fold(String::with_capacity(12), |mut hex, byte| {
        _ = write!(hex, "{byte:02x}");
        hex
    })
}
