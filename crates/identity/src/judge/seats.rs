//! Seats of licenses that are held in vain.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::standing::day;
use super::{DAY, Judge};
use crate::finding::{Evidence, Finding, FindingKind};
use crate::source::SourceKind;
use crate::unit::Unit;

/// The seats that could be freed. Whether disabling a user frees a seat is between the tenant and its contract.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FreeableSeats {
    /// How many seats.
    pub seats: usize,
    /// How many users hold them.
    pub users: usize,
    /// By license.
    pub licenses: Vec<SeatCount>,
}

/// The seats of a license that could be freed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SeatCount {
    /// The id of the license.
    pub license: String,
    /// Its name.
    pub name: Option<String>,
    /// Its limit; none, or 0 for no limit.
    pub limit: Option<i64>,
    /// How many seats are taken.
    pub taken: usize,
    /// How many of them could be freed.
    pub freeable: usize,
}

impl Judge<'_> {
    /// Counts seats, and adds findings for those that are held in vain.
    pub(super) fn seats(&self, leavers: &BTreeSet<usize>, found: &mut Vec<Finding>) -> FreeableSeats {
        let mut taken: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let (mut seats, mut users) = (0, 0);
        for (place, unit) in self.units.iter().enumerate() {
            let held: BTreeSet<&str> = unit.records().flat_map(|own| own.seats.iter().map(AsRef::as_ref)).collect();
            if held.is_empty() {
                continue;
            }
            let why = self.idle(unit, leavers.contains(&place));
            for license in &held {
                let counts = taken.entry(license).or_default();
                counts.0 += 1;
                counts.1 += usize::from(why.is_some());
            }
            if let Some((fact, since)) = why {
                seats += held.len();
                users += 1;
                let names = held.iter().map(|license| self.license_name(license)).collect::<Vec<_>>().join(", ");
                let facts = [fact, format!("a seat is possibly held: {names}")];
                let evidence = facts.map(|fact| Evidence::new(SourceKind::Tenant, fact)).into();
                found.push(Finding { since, evidence, ..Self::about(FindingKind::GhostSeat, unit, &[]) });
            }
        }
        let count = |(license, (taken, freeable)): (&str, (usize, usize))| {
            let known = self.tenant.licenses.get(license);
            SeatCount {
                license: license.to_owned(),
                name: known.and_then(|known| known.name.clone()),
                limit: known.and_then(|known| known.limit),
                taken,
                freeable,
            }
        };
        let licenses = taken.into_iter().filter(|(_, counts)| counts.1 > 0).map(count).collect();
        FreeableSeats { seats, users, licenses }
    }

    fn license_name(&self, id: &str) -> String {
        let name = self.tenant.licenses.get(id).and_then(|license| license.name.clone());
        name.unwrap_or_else(|| id.to_owned())
    }

    /// Why a seat is held in vain, and since when.
    fn idle(&self, unit: &Unit<'_>, is_leaver: bool) -> Option<(String, Option<String>)> {
        if !unit.is_active() {
            return Some(("the user is disabled".to_owned(), None));
        }
        if is_leaver {
            return Some(("the person has left".to_owned(), None));
        }
        if self.tenant.unseen.contains("lastActiveAt") {
            return None;
        }
        let oldest = self.now.as_millisecond() - i64::from(self.config.idle_days) * DAY;
        match unit.records().filter_map(|own| own.last_active).max() {
            Some(last) if last.as_millisecond() < oldest => {
                Some((format!("the user was last active on {}", day(last)), Some(day(last))))
            }
            Some(_) => None,
            // Someone who has just come had no time yet.
            None => {
                let created = unit.main.created.filter(|created| created.as_millisecond() < oldest)?;
                Some((format!("the user was never active since {}", day(created)), Some(day(created))))
            }
        }
    }
}
