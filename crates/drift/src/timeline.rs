//! When the parts of a schema were added, deprecated and removed, over many versions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::Version;
use crate::coordinate::enclosing;
use crate::schema::{Deprecation, TypeDefinition, TypeKind};

/// The lives of the parts of a schema. Versions are added in their order.
///
/// ```
/// use graphql_drift::{Timeline, Version};
///
/// let mut timeline = Timeline::default();
/// for (date, sdl) in [
///     ("2026-01-01", "type Query { a: Int b: Int }"),
///     ("2026-02-01", "type Query { a: Int b: Int @deprecated }"),
///     ("2026-03-01", "type Query { a: Int }"),
/// ] {
///     let mut version = Version::read(date, sdl.as_bytes())?;
///     version.date = date.parse().ok();
///     timeline.push(&version);
/// }
/// assert_eq!(timeline.notable()[0].days_of_notice(), Some(28));
/// # Ok::<(), graphql_drift::LoadError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    versions: usize,
    current: BTreeMap<String, Life>,
    ended: Vec<Life>,
}

/// The life of a part: a field, an argument, an input field, an enum value, or a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Life {
    /// Its coordinate.
    pub coordinate: String,
    /// When it was added; `None` if the first version has it.
    pub added: Option<Moment>,
    /// Since when it is deprecated without a break, if it is or was when it went.
    pub deprecated: Option<Moment>,
    /// When it was removed, if it was.
    pub removed: Option<Moment>,
    /// Whether such a part can be deprecated. A type cannot.
    #[serde(skip)]
    pub(crate) can_be_deprecated: bool,
    /// The last version that has it.
    #[serde(skip)]
    seen: usize,
}

/// A version, and its date if that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Moment {
    /// The name of the version.
    pub version: String,
    /// Its date.
    #[serde(serialize_with = "date")]
    pub date: Option<Date>,
}

/// Writes a date as `2026-12-31`.
#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "so serde calls it")]
pub(crate) fn date<S: Serializer>(date: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    date.map(|date| date.to_string()).serialize(serializer)
}

/// How long parts were deprecated before they were removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Notice {
    /// Removed parts that can be deprecated. Those of a type that went as a whole do not count.
    pub removed: usize,
    /// Those that were not deprecated before.
    pub without: usize,
    /// The fewest, the median and the most days of the others, if dates are known.
    pub days: Option<[i32; 3]>,
}

/// Whether a part is deprecated, or could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deprecatable {
    /// Such a part cannot be deprecated.
    No,
    Yes,
    Deprecated,
}

impl Life {
    /// How many days it was deprecated before it was removed, if both dates are known.
    pub fn days_of_notice(&self) -> Option<i32> {
        let (from, to) = (self.deprecated.as_ref()?.date?, self.removed.as_ref()?.date?);
        from.until(to).ok().map(|span| span.get_days())
    }
}

impl Timeline {
    /// Adds the next version.
    pub fn push(&mut self, version: &Version) {
        self.versions += 1;
        let moment = Moment { version: version.name.clone(), date: version.date };
        for (name, definition) in &version.schema.types {
            self.note(name.clone(), Deprecatable::No, &moment);
            each_member(definition, |coordinate, deprecation| {
                let deprecation = if deprecation.is_some() { Deprecatable::Deprecated } else { Deprecatable::Yes };
                self.note(coordinate, deprecation, &moment);
            });
        }
        let now = self.versions;
        let gone: Vec<String> = self
            .current
            .iter()
            .filter(|(_, life)| life.seen != now)
            .map(|(coordinate, _)| coordinate.clone())
            .collect();
        let names: BTreeSet<&str> = gone.iter().map(String::as_str).collect();
        for coordinate in &gone {
            let Some(life) = self.current.remove(coordinate) else { continue };
            // What is in a part goes with it.
            let is_inner = enclosing(coordinate).any(|part| names.contains(part));
            if !is_inner {
                self.ended.push(Life { removed: Some(moment.clone()), ..life });
            }
        }
    }

    /// Records that the current version has a part.
    fn note(&mut self, coordinate: String, deprecation: Deprecatable, moment: &Moment) {
        let (now, is_first) = (self.versions, self.versions == 1);
        let life = self.current.entry(coordinate).or_insert_with_key(|coordinate| Life {
            coordinate: coordinate.clone(),
            added: (!is_first).then(|| moment.clone()),
            deprecated: None,
            removed: None,
            can_be_deprecated: deprecation != Deprecatable::No,
            seen: now,
        });
        life.seen = now;
        if deprecation != Deprecatable::Deprecated {
            life.deprecated = None;
        } else if life.deprecated.is_none() {
            life.deprecated = Some(moment.clone());
        }
    }

    /// The date since which a part of the last version is deprecated. If the first version has it so, at least since
    /// then.
    pub fn deprecated_since(&self, coordinate: &str) -> Option<Date> {
        self.current.get(coordinate)?.deprecated.as_ref()?.date
    }

    /// The parts that were removed, in that order, and those that are deprecated.
    pub fn notable(&self) -> Vec<Life> {
        let deprecated = self.current.values().filter(|life| life.deprecated.is_some());
        self.ended.iter().chain(deprecated).cloned().collect()
    }

    /// When a part of the last version was added; `None` if it is not there, or was in the first version.
    pub fn added(&self, coordinate: &str) -> Option<&Moment> {
        self.current.get(coordinate)?.added.as_ref()
    }

    /// How long parts were deprecated before they were removed.
    pub fn notice(&self) -> Notice {
        let removed: Vec<&Life> = self.ended.iter().filter(|life| life.can_be_deprecated).collect();
        let mut days: Vec<i32> = removed.iter().filter_map(|life| life.days_of_notice()).collect();
        days.sort_unstable();
        let days = match (days.first(), days.get(days.len() / 2), days.last()) {
            (Some(first), Some(middle), Some(last)) => Some([*first, *middle, *last]),
            _ => None,
        };
        let without = removed.iter().filter(|life| life.deprecated.is_none()).count();
        Notice { removed: removed.len(), without, days }
    }
}

/// Calls a function with each member of a type and each argument of its fields.
fn each_member(definition: &TypeDefinition, mut note: impl FnMut(String, Option<&Deprecation>)) {
    let ty = &definition.name;
    match &definition.kind {
        TypeKind::InputObject { fields, .. } => {
            for field in fields {
                note(format!("{ty}.{}", field.name), field.deprecation.as_ref());
            }
        }
        TypeKind::Enum { values } => {
            for value in values {
                note(format!("{ty}.{}", value.name), value.deprecation.as_ref());
            }
        }
        _ => {
            for field in definition.fields() {
                note(format!("{ty}.{}", field.name), field.deprecation.as_ref());
                for argument in &field.arguments {
                    let coordinate = format!("{ty}.{}({}:)", field.name, argument.name);
                    note(coordinate, argument.deprecation.as_ref());
                }
            }
        }
    }
}
