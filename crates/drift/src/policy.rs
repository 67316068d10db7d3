//! What a project decides about changes: which are left out, which have another level, and how long a part has to be
//! deprecated before it may go.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::change::Change;
use crate::diff::Difference;
use crate::kind::{Event, Kind, Subject};
use crate::level::{Break, Level, Levels};
use crate::schema::Schema;
use crate::selector::{Selector, Traits};
use crate::timeline::Timeline;

/// How changes are judged, and which of them are listed. A change that breaks an operation is always listed and keeps
/// failing a check, whatever is decided about it here.
///
/// ```
/// use graphql_drift::{Level, Policy, Selector, Version};
///
/// let old = Version::read("old.graphql", b"type Query { a: Int beta: Int }")?;
/// let new = Version::read("new.graphql", b"type Query { a: Int }")?;
/// let selector = Selector::default().coordinate("Query.b*");
/// let policy = Policy { ignore: vec![selector], ..Policy::default() };
/// let report = policy.compare(&old, &new, None, None);
/// assert_eq!((report.changes.len(), report.summary.hidden), (0, 1));
/// # Ok::<(), graphql_drift::LoadError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {
    /// The set of levels.
    pub levels: Levels,
    /// Only changes of this level or worse are listed.
    pub only: Option<Level>,
    /// Changes that are not listed.
    pub ignore: Vec<Selector>,
    /// Changes that have another level. The first that selects a change counts.
    pub treat: Vec<Treatment>,
    /// A part that was deprecated for at least so many days may go: its removal is dangerous instead of breaking. Needs
    /// a timeline with dates.
    pub grace: Option<u32>,
    /// The most points that an operation may state ([`cost::points`](crate::cost::points)). A change through which an
    /// operation exceeds them breaks it.
    pub cost_limit: Option<u32>,
}

/// Changes, and the level that they have instead of their own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Treatment {
    /// Which changes.
    #[serde(flatten)]
    pub selector: Selector,
    /// The level that they have.
    #[serde(rename = "as", deserialize_with = "level")]
    pub level: Level,
}

impl FromStr for Treatment {
    type Err = String;

    /// Reads `kind=ENUM_VALUE_ADDED,as=safe`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (levels, conditions): (Vec<&str>, Vec<&str>) =
            text.split(',').partition(|condition| condition.trim_start().starts_with("as="));
        let [level] = levels.as_slice() else {
            return Err(format!("`{text}` has to name one level, such as `as=safe`"));
        };
        let level = level.trim_start().trim_start_matches("as=").parse()?;
        Ok(Self { selector: conditions.join(",").parse()?, level })
    }
}

/// Reads a level by its name.
fn level<'d, D: Deserializer<'d>>(reader: D) -> Result<Level, D::Error> {
    let name = String::deserialize(reader)?;
    name.parse().map_err(serde::de::Error::custom)
}

impl Policy {
    /// Applies what is decided to a change, before operations are considered.
    pub(crate) fn judge(
        &self,
        change: &mut Change,
        difference: &Difference<'_>,
        (old, new): (&Schema, &Schema),
        context: Context<'_>,
    ) {
        self.forgive(change, difference, context);
        if self.ignore.is_empty() && self.treat.is_empty() {
            return;
        }
        let traits = Traits::of(difference, old, new);
        if let Some(treatment) = self.treat.iter().find(|it| it.selector.selects(&traits)) {
            change.reason = format!("the rules treat it as {}: {}", treatment.level, change.reason);
            change.level = treatment.level;
        }
        change.is_ignored = self.ignore.iter().any(|selector| selector.selects(&traits));
    }

    /// Whether a change is listed.
    pub(crate) fn lists(&self, change: &Change) -> bool {
        let is_listed = !change.is_ignored && self.only.is_none_or(|only| change.level >= only);
        is_listed || change.breaks_operations()
    }

    /// Lowers the level of a removal that was announced for long enough.
    fn forgive(&self, change: &mut Change, difference: &Difference<'_>, context: Context<'_>) {
        let (Some(grace), Some(timeline), Some(date)) = (self.grace, context.timeline, context.date) else { return };
        if change.level != Level::Breaking || !is_removal(difference.kind) {
            return;
        }
        let Some(since) = timeline.deprecated_since(&difference.coordinate.to_string()) else { return };
        let days = since.until(date).map_or(0, |span| span.get_days());
        if i64::from(days) >= i64::from(grace) {
            change.level = Level::Dangerous;
            change.reason = format!("it was deprecated for {days} days, and {grace} are enough by the rules");
            change.breaks.retain(|part| *part != Break::Behavior);
        }
    }
}

/// What is known besides the two schemas.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Context<'t> {
    /// The versions before the new one.
    pub(crate) timeline: Option<&'t Timeline>,
    /// The date of the new version.
    pub(crate) date: Option<jiff::civil::Date>,
}

/// Whether a part that can be deprecated is gone.
fn is_removal(kind: Kind) -> bool {
    let can_be_deprecated =
        matches!(kind.subject(), Subject::Field | Subject::Argument | Subject::InputField | Subject::EnumValue);
    can_be_deprecated && kind.event() == Event::Removed
}
