//! Compares two versions of a schema: every change with its level, and the operations that it reaches.

use std::collections::HashMap;

use crate::change::Change;
use crate::diff::diff;
use crate::effect::Impact;
use crate::impact::{Impacts, verdicts};
use crate::levels::Judge;
use crate::operations::Operations;
use crate::operations::footprint::Footprint;
use crate::policy::{Context, Policy};
use crate::report::Report;
use crate::rules::Checked;
use crate::timeline::Timeline;
use crate::{Levels, Version, expensive, renames, rules};

/// Compares two versions. With operations, each change lists those that it reaches.
///
/// ```
/// use graphql_drift::{Level, Levels, Version, compare};
///
/// let old = Version::read("old.graphql", b"type Query { name: String! }")?;
/// let new = Version::read("new.graphql", b"type Query { name: String }")?;
/// let report = compare(&old, &new, Levels::Own, None);
/// assert_eq!(report.changes[0].level, Level::Breaking);
/// assert_eq!(report.changes[0].message, "`Query.name` changed its type from `String!` to `String`");
/// # Ok::<(), graphql_drift::LoadError>(())
/// ```
pub fn compare(old: &Version, new: &Version, levels: Levels, operations: Option<&Operations>) -> Report {
    Policy { levels, ..Policy::default() }.compare(old, new, operations, None)
}

impl Policy {
    /// Compares two versions by these decisions. With operations, each change lists those that it reaches. The timeline
    /// holds the versions up to the old one.
    pub fn compare(
        &self,
        old: &Version,
        new: &Version,
        operations: Option<&Operations>,
        timeline: Option<&Timeline>,
    ) -> Report {
        let checked = operations.map(|operations| {
            (operations, rules::check(&old.schema, operations), rules::check(&new.schema, operations))
        });
        let against = checked.as_ref().map(|(operations, before, after)| Against { operations, before, after });
        let mut report = compare_against(old, new, self, timeline, against);
        report.hide(self);
        report
    }
}

/// Operations, and what is wrong with them in both versions.
#[derive(Clone, Copy)]
pub(crate) struct Against<'o> {
    pub(crate) operations: &'o Operations,
    pub(crate) before: &'o Checked,
    pub(crate) after: &'o Checked,
}

/// Compares two versions whose operations were checked. The report has all changes, those that are not to be listed
/// included.
pub(crate) fn compare_against(
    old: &Version,
    new: &Version,
    policy: &Policy,
    timeline: Option<&Timeline>,
    against: Option<Against<'_>>,
) -> Report {
    let levels = policy.levels;
    let context = Context { timeline, date: new.date };
    // graphql-inspector reports what introspection omits as removed.
    let usages = levels == Levels::GraphqlInspector || (old.has_usages && new.has_usages);
    let differences = diff(&old.schema, &new.schema, levels, usages);
    let judge = Judge::new(&old.schema, &new.schema, levels);
    let footprints = against.map(|against| against.operations.footprints(&old.schema)).unwrap_or_default();
    let impacts = Impacts::new(&old.schema, &new.schema, footprints);
    let mut renames = renames::likely(&differences);
    let mut seen = HashMap::new();
    let changes = differences.iter().enumerate().map(|(index, difference)| {
        let (verdict, own) = judge.judge(difference);
        let mut change = Change::new(difference, verdict, (old, new), levels, &mut seen);
        change.likely_rename = renames.remove(&index);
        policy.judge(&mut change, difference, (&old.schema, &new.schema), context);
        // Operations are judged by this crate's own level, whichever levels are shown.
        change.operations = impacts.of(difference, own);
        change
    });
    let mut changes: Vec<Change> = changes.collect();
    let operations = against.map(|Against { operations, before, after }| {
        let declared: Vec<Impact> = impacts.footprints.iter().map(Footprint::declaration).collect();
        for ((operation, before), after) in declared.iter().zip(&before.rejected).zip(&after.rejected) {
            // An operation that was already rejected proves nothing about the changes.
            if !before {
                verdicts::correct(&mut changes, operation, *after);
            }
        }
        if let Some(limit) = policy.cost_limit {
            let after = operations.footprints(&new.schema);
            expensive::judge(&mut changes, (&impacts.footprints, &old.schema), (&after, &new.schema), limit);
        }
        let mut findings = operations.findings.clone();
        findings.extend(before.findings.iter().cloned());
        findings.sort();
        (declared, findings)
    });
    Report::new((old, new), levels, changes, operations)
}
