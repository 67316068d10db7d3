//! The rows that no user matches, and the users who are in no row and may be in one of these.

use super::{NO_ROW, PlanBuilder, marked};
use crate::desired::DesiredUser;
use crate::diff::{Differ, line_of};
use crate::error::Error;
use crate::plan::Entry;
use crate::policy::{Renames, Starters};
use crate::renames::{Evidence, Traits, Twin, hashes, looks_renamed};

impl PlanBuilder<'_> {
    /// Adds the rows that no user matches, and the users who are in no row and may be in one of these.
    pub(super) fn add_new(&mut self, plan: &str) -> Result<(), Error> {
        let roster = self.roster;
        let mut new = Vec::new();
        for row in roster.rows() {
            let (position, row) = row?;
            if self.index.has_match(position) {
                continue;
            }
            if row.disabled == Some(true) {
                // A user who left before they came is not created.
                self.totals.unchanged += 1;
            } else if row.starts.is_some() && self.policy.starters == Starters::Wait {
                self.totals.waiting += 1;
            } else if self.missing.is_empty() {
                self.add_creation(plan, position, &row)?;
            } else {
                new.push((position, hashes(&Traits::of_row(&row), roster.hash_keys())));
            }
        }
        if self.missing.is_empty() {
            return Ok(());
        }
        let twins = self.missing.twins(&new, !self.policy.deactivate_missing);
        for (position, _) in new {
            let Some(row) = roster.row(position)? else { continue };
            match twins.of_rows.get(&position) {
                None => self.add_creation(plan, position, &row)?,
                Some(Twin::One(user, evidence)) => self.add_renamed(position, &row, *user, *evidence)?,
                Some(several @ Twin::Several { .. }) => {
                    let entry = Entry { line: line_of(&row), ..self.differ().creation(&row, "") };
                    let entry = Entry { row: row.fields.clone(), ..entry.left_alone(&several.to_string()) };
                    self.push(position, &entry)?;
                }
            }
        }
        for position in self.missing.positions() {
            let Some((user, _)) = self.missing.get(position)? else { continue };
            match twins.of_users.get(&position) {
                // The entry of the row is about the user as well.
                Some(Twin::One(..)) => {}
                _ if !self.policy.deactivate_missing => self.totals.unmanaged += 1,
                None => self.push(NO_ROW, &Differ::deactivation(&user))?,
                Some(several) => {
                    let entry = Entry { row: serde_json::Map::new(), ..Differ::deactivation(&user) };
                    self.push(NO_ROW, &entry.left_alone(&several.to_string()))?;
                }
            }
        }
        Ok(())
    }

    fn add_creation(&mut self, plan: &str, position: u32, row: &DesiredUser) -> Result<(), Error> {
        let key = self.roster.match_by().iter().find_map(|kind| row.text(kind.field())).unwrap_or_default();
        let entry = marked(self.differ().creation(row, key), self.policy, plan, self.entries.len())?;
        self.push(position, &entry)
    }

    /// Adds a row that looks like a missing user with another address or id.
    fn add_renamed(&mut self, position: u32, row: &DesiredUser, user: u32, evidence: Evidence) -> Result<(), Error> {
        let Some((user, gaps)) = self.missing.get(user)? else { return Ok(()) };
        let has_another_name = Traits::of_row(row).has_another_name(&Traits::of_user(&user));
        let differ = Differ { policy: self.policy, licenses: &self.licenses };
        let entry = differ.update(&user, &gaps, row, &mut self.notes);
        let Some(mut entry) = entry else {
            self.totals.unchanged += 1;
            return Ok(());
        };
        entry.found_by = Some(evidence.found_by());
        if self.policy.renames == Renames::Ask || has_another_name {
            let reason = looks_renamed(&user, row, evidence, has_another_name);
            entry = Entry { problem: None, ..entry }.left_alone(&reason);
        }
        self.push(position, &entry)
    }
}
