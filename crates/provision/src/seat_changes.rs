//! What a plan does to the seats of licenses.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::licenses::LicenseIndex;

/// The seats of a license before and after a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SeatChange {
    /// The id of the license.
    pub license: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Its SKU.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sku: Option<String>,
    /// Its seat limit; none, or 0 for no limit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<i64>,
    /// How many users take a seat when the plan is made.
    pub before: i64,
    /// How many take one when all of the plan is carried out.
    pub after: i64,
}

impl SeatChange {
    /// What changes between two counts of seats by license, in the order of names.
    pub(crate) fn all(
        before: &HashMap<String, i64>,
        after: &HashMap<String, i64>,
        licenses: &LicenseIndex,
    ) -> Vec<Self> {
        let of = |seats: &HashMap<String, i64>, id: &str| seats.get(id).copied().unwrap_or_default();
        let ids = after.keys().filter(|id| of(before, id) != of(after, id));
        let mut changes: Vec<Self> = ids
            .map(|id| Self {
                license: id.clone(),
                name: licenses.names.get(id).cloned(),
                sku: licenses.by_sku.iter().find(|(_, ids)| ids.contains(id)).map(|(sku, _)| sku.clone()),
                limit: licenses.limits.get(id).and_then(|(limit, _)| *limit),
                before: of(before, id),
                after: of(after, id),
            })
            .collect();
        // The order of a map differs between two plans of the same roster.
        changes.sort_by(|one, two| (one.label(), &one.license).cmp(&(two.label(), &two.license)));
        changes
    }

    /// What identifies the license to a reader: its name, its SKU, or its id.
    pub fn label(&self) -> &str {
        self.name.as_deref().or(self.sku.as_deref()).unwrap_or(&self.license)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_licenses_with_other_seats_are_named_and_in_order() {
        let mut licenses = LicenseIndex::default();
        licenses.by_sku.insert("B-1".to_owned(), vec!["b".to_owned()]);
        licenses.names.insert("c".to_owned(), "A course".to_owned());
        licenses.limits.insert("b".to_owned(), (Some(5), "acme".to_owned()));
        let seats = |seats: &[(&str, i64)]| seats.iter().map(|(id, count)| ((*id).to_owned(), *count)).collect();
        let changes =
            SeatChange::all(&seats(&[("a", 1), ("b", 1)]), &seats(&[("a", 1), ("b", 3), ("c", 1)]), &licenses);
        let shown: Vec<_> = changes.iter().map(|seat| (seat.label(), seat.limit, seat.before, seat.after)).collect();
        assert_eq!(shown, [("A course", None, 0, 1), ("B-1", Some(5), 1, 3)]);
    }
}
