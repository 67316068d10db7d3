//! Which changes a rule is about.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use wildmatch::WildMatch;

use crate::coordinate::{Coordinate, enclosing};
use crate::diff::{Detail, Difference, Part};
use crate::kind::Kind;
use crate::schema::Schema;
use crate::suggest::closest;

/// Selects changes. Each condition is a pattern, in which `*` is any text and `?` any character; all that are given must
/// hold, and at least one is given.
///
/// As text, it is a list of conditions: `kind=FIELD_*,coordinate=Query.internal*`.
///
/// ```
/// use graphql_drift::Selector;
///
/// let selector: Selector = "kind=DIRECTIVE_USAGE_*,directive=docs*".parse()?;
/// assert_eq!(selector.to_string(), "kind=DIRECTIVE_USAGE_*,directive=docs*");
/// assert!("kind=FIELD_REMOVD".parse::<Selector>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(try_from = "Conditions")]
pub struct Selector {
    kind: Option<WildMatch>,
    coordinate: Option<WildMatch>,
    directive: Option<WildMatch>,
    description: Option<WildMatch>,
}

/// The conditions as they are written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Conditions {
    kind: Option<String>,
    coordinate: Option<String>,
    directive: Option<String>,
    description: Option<String>,
}

impl Selector {
    /// Requires a kind, such as `FIELD_*`.
    ///
    /// # Errors
    /// If no kind has such a name.
    pub fn kind(mut self, pattern: &str) -> Result<Self, String> {
        let pattern = WildMatch::new(pattern);
        if !Kind::ALL.iter().any(|kind| pattern.matches(kind.name())) {
            let known = closest(&pattern.to_string(), Kind::ALL.iter().map(|kind| kind.name()));
            let known = known.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default();
            return Err(format!("`{pattern}` is no kind of change{known}"));
        }
        self.kind = Some(pattern);
        Ok(self)
    }

    /// Requires a coordinate, such as `Query.internal*`. A coordinate selects what is below it, too.
    #[must_use]
    pub fn coordinate(mut self, pattern: &str) -> Self {
        self.coordinate = Some(WildMatch::new(pattern));
        self
    }

    /// Requires that the directive, its application or a part that carries it is changed. The name is written without
    /// `@`.
    #[must_use]
    pub fn directive(mut self, pattern: &str) -> Self {
        self.directive = Some(WildMatch::new(pattern.trim_start_matches('@')));
        self
    }

    /// Requires the description of the changed part or of its type, before or after the change.
    #[must_use]
    pub fn description(mut self, pattern: &str) -> Self {
        self.description = Some(WildMatch::new(pattern));
        self
    }

    /// Whether it selects a change.
    pub(crate) fn selects(&self, traits: &Traits<'_>) -> bool {
        let any = |pattern: &Option<WildMatch>, texts: &[&str]| {
            pattern.as_ref().is_none_or(|pattern| texts.iter().any(|text| pattern.matches(text)))
        };
        self.selects_place(traits.kind, &traits.coordinate)
            && any(&self.directive, &traits.directives)
            && any(&self.description, &traits.descriptions)
    }

    /// Whether its kind and its coordinate select a change.
    pub(crate) fn selects_place(&self, kind: Kind, coordinate: &str) -> bool {
        let is_kind = self.kind.as_ref().is_none_or(|pattern| pattern.matches(kind.name()));
        let mut places = std::iter::once(coordinate).chain(enclosing(coordinate));
        is_kind && self.coordinate.as_ref().is_none_or(|pattern| places.any(|place| pattern.matches(place)))
    }

    fn conditions(&self) -> impl Iterator<Item = (&'static str, &WildMatch)> {
        let all = [
            ("kind", &self.kind),
            ("coordinate", &self.coordinate),
            ("directive", &self.directive),
            ("description", &self.description),
        ];
        all.into_iter().filter_map(|(name, pattern)| Some((name, pattern.as_ref()?)))
    }
}

impl TryFrom<Conditions> for Selector {
    type Error = String;

    fn try_from(written: Conditions) -> Result<Self, String> {
        let mut selector = Self::default();
        if let Some(kind) = &written.kind {
            selector = selector.kind(kind)?;
        }
        selector.coordinate = written.coordinate.as_deref().map(WildMatch::new);
        selector.description = written.description.as_deref().map(WildMatch::new);
        if let Some(directive) = &written.directive {
            selector = selector.directive(directive);
        }
        // An empty one would select everything.
        if selector.conditions().next().is_none() {
            return Err("give at least one of kind, coordinate, directive and description".to_owned());
        }
        Ok(selector)
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut written = Conditions::default();
        for condition in text.split(',') {
            let (name, pattern) = condition.split_once('=').unwrap_or((condition, ""));
            let place = match name.trim() {
                "kind" => &mut written.kind,
                "coordinate" => &mut written.coordinate,
                "directive" => &mut written.directive,
                "description" => &mut written.description,
                other => {
                    return Err(format!(
                        "`{other}` is no condition; use kind=, coordinate=, directive= or description="
                    ));
                }
            };
            if pattern.is_empty() {
                return Err(format!("`{condition}` has no pattern after `=`"));
            }
            if place.replace(pattern.to_owned()).is_some() {
                return Err(format!("`{}` is given more than once", name.trim()));
            }
        }
        Self::try_from(written)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, pattern)) in self.conditions().enumerate() {
            write!(f, "{}{name}={pattern}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// What a selector asks of a change.
pub(crate) struct Traits<'s> {
    kind: Kind,
    coordinate: String,
    directives: Vec<&'s str>,
    descriptions: Vec<&'s str>,
}

impl<'s> Traits<'s> {
    pub(crate) fn of(difference: &Difference<'s>, old: &'s Schema, new: &'s Schema) -> Self {
        let coordinate = difference.coordinate;
        let owner = |schema: &'s Schema| {
            let name = coordinate.owner()?;
            if coordinate.is_directive() {
                return schema.directives.get(name).map(Part::Directive);
            }
            schema.types.get(name).map(Part::Type)
        };
        // A condition on a field holds for its arguments, too.
        let field = |schema: &'s Schema| match coordinate {
            Coordinate::Argument(ty, name, _) => {
                schema.types.get(ty)?.fields().iter().find(|field| field.name == name).map(Part::Field)
            }
            _ => None,
        };
        let parts = [difference.old, difference.new, field(old), field(new), owner(old), owner(new)];
        let parts: Vec<Part<'s>> = parts.into_iter().flatten().collect();
        let mut directives: Vec<&str> =
            parts.iter().flat_map(|part| part.applied()).map(|usage| usage.name.as_str()).collect();
        match difference.detail {
            // It may have been removed, or be one of several.
            Detail::Usage(usage) | Detail::UsageArgument(usage, ..) => directives = vec![&usage.name],
            _ if coordinate.is_directive() => directives.extend(coordinate.owner()),
            _ => {}
        }
        Self {
            kind: difference.kind,
            coordinate: coordinate.to_string(),
            directives,
            descriptions: parts.iter().filter_map(|part| part.description()).collect(),
        }
    }
}
