//! The changes of a report by the type that they belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Report, counted};
use crate::change::Change;
use crate::kind::Kind;
use crate::level::Level;

/// The changes of one type or directive.
pub(super) struct Group<'r> {
    /// The type, the directive, or `schema` for the schema itself.
    pub(super) name: &'r str,
    /// The changes that are listed one by one, the worst first.
    pub(super) changes: Vec<&'r Change>,
    /// Safe changes that are only the parts of something new.
    pub(super) of_new: Vec<&'r Change>,
}

impl Group<'_> {
    pub(super) fn count(&self, level: Level) -> usize {
        self.changes.iter().chain(&self.of_new).filter(|change| change.level == level).count()
    }
}

/// From how many changes on an applied directive is only counted. Servers apply directives for documentation and tools to
/// every field, and nothing else could be seen among them.
const MANY: usize = 6;

/// Changes of one directive that is applied in many places.
pub(super) struct Repeated<'r> {
    pub(super) level: Level,
    pub(super) count: usize,
    directive: &'r str,
    owners: BTreeSet<&'r str>,
}

impl Repeated<'_> {
    /// Whether a change is one of those that are counted.
    pub(super) fn counts(&self, change: &Change) -> bool {
        change.level == self.level && change.usage.as_deref() == Some(self.directive)
    }

    pub(super) fn message(&self) -> String {
        let types = counted(self.owners.len(), "type");
        format!("`@{}` is applied, removed or given other arguments {} times, in {types}", self.directive, self.count)
    }
}

/// The directives whose applications changed in many places, by level. Safe changes and those that break an operation do
/// not count.
pub(super) fn repeated(report: &Report) -> Vec<Repeated<'_>> {
    let mut found: BTreeMap<(&str, Level), Repeated<'_>> = BTreeMap::new();
    for change in &report.changes {
        let Some(directive) = change.usage.as_deref().filter(|_| change.level > Level::Safe) else { continue };
        let new = || Repeated { level: change.level, count: 0, directive, owners: BTreeSet::new() };
        let it = found.entry((directive, change.level)).or_insert_with(new);
        // One that breaks an operation is listed besides.
        it.count += usize::from(!change.breaks_operations());
        it.owners.insert(&change.owner);
    }
    found.into_values().filter(|it| it.count >= MANY).collect()
}

/// The groups of a report, sorted by the worst change, then by the number of such changes, then by name.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut by_owner: HashMap<&str, Vec<&Change>> = HashMap::new();
    for change in &report.changes {
        by_owner.entry(&change.owner).or_default().push(change);
    }
    let mut groups: Vec<Group<'_>> = by_owner
        .into_iter()
        .map(|(owner, changes)| {
            let is_new = changes.iter().any(|change| matches!(change.kind, Kind::TypeAdded | Kind::DirectiveAdded));
            let (of_new, changes) = changes.into_iter().partition(|change| {
                is_new && change.level == Level::Safe && !matches!(change.kind, Kind::TypeAdded | Kind::DirectiveAdded)
            });
            Group { name: if owner.is_empty() { "schema" } else { owner }, changes, of_new }
        })
        .collect();
    groups.sort_by(|a, b| {
        let badness = |group: &Group<'_>| Level::ALL.map(|level| std::cmp::Reverse(group.count(level)));
        let worst = |group: &Group<'_>| std::cmp::Reverse(group.changes.iter().map(|change| change.level).max());
        (worst(a), badness(a), a.name).cmp(&(worst(b), badness(b), b.name))
    });
    groups
}
