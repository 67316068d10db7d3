//! What can be said of an entry only when everybody is known: who is found by several, whose address is taken, and which
//! licence is full.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;
use thought_industries::model::{AllocatedLicense, User};

use super::make::Licenses;
use super::{Action, Entry};
use crate::failure::Failure;
use crate::roster::{MatchBy, Roster};

/// What is known of the people of a tenant together.
pub(super) struct Survey {
    /// For how many people each row was found.
    found: Vec<u8>,
    /// Addresses and external ids, so that nobody gets those of somebody else.
    taken: HashSet<u64>,
    /// How many seats are used, by licence.
    used: HashMap<String, i64>,
    /// How many seats the entries before take of each client.
    promised: HashMap<String, i64>,
    /// How many people who are active could be deactivated.
    pub(super) active: usize,
}

impl Survey {
    pub(super) fn of(roster: &Roster) -> Self {
        Self {
            found: vec![0; roster.len()],
            taken: HashSet::new(),
            used: HashMap::new(),
            promised: HashMap::new(),
            active: 0,
        }
    }

    /// Takes in a person of the tenant.
    pub(super) fn meet(&mut self, roster: &Roster, user: &User) {
        for (kind, key) in [(MatchBy::Email, &user.email), (MatchBy::ExternalCustomerId, &user.external_customer_id)] {
            let key = key.as_ref().filter(|key| !key.trim().is_empty());
            self.taken.extend(key.map(|key| roster.hash(kind, key)));
        }
        for held in user.allocated_licenses.iter().flatten() {
            if let (Some(id), true) = (&held.license_id, takes_seat(user, held)) {
                *self.used.entry(id.clone()).or_default() += 1;
            }
        }
    }

    /// Notes that a row was found for somebody.
    pub(super) fn find(&mut self, row: u32) {
        if let Some(found) = self.found.get_mut(row as usize) {
            *found = found.saturating_add(1);
        }
    }

    pub(super) fn is_found(&self, row: u32) -> bool {
        self.found.get(row as usize).is_some_and(|found| *found > 0)
    }

    /// Why an entry cannot be carried out beside all others. Entries come in the order of the roster: whoever stands
    /// first gets the last seat.
    pub(super) fn objection(
        &mut self,
        roster: &Roster,
        licenses: &Licenses,
        row: u32,
        entry: &Entry,
    ) -> Option<String> {
        if entry.action == Action::Problem {
            return None;
        }
        if self.found.get(row as usize).is_some_and(|found| *found > 1) {
            return Some("several people of the tenant match this row".to_owned());
        }
        self.clash(roster, entry).map(str::to_owned).or_else(|| self.seat(licenses, entry))
    }

    /// An address or an external id that somebody else has, or is to have.
    fn clash(&self, roster: &Roster, entry: &Entry) -> Option<&'static str> {
        MatchBy::ALL.into_iter().find_map(|kind| {
            let change = entry.changes.iter().find(|change| change.field == kind.field())?;
            let after = change.after.as_str()?;
            if change.before.as_str().is_some_and(|before| kind.normal(before) == kind.normal(after)) {
                return None;
            }
            if roster.count(kind, after) > 1 {
                return Some("the roster has this address or id more than once");
            }
            let is_taken = self.taken.contains(&roster.hash(kind, after));
            is_taken.then_some("somebody else of the tenant has this address or external id")
        })
    }

    /// Takes the seats of an entry, unless a licence or a client has none left.
    fn seat(&mut self, licenses: &Licenses, entry: &Entry) -> Option<String> {
        let change = entry.changes.iter().find(|change| change.field == "studentLicenseIds")?;
        let list = |value: &Value| -> BTreeSet<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let held = list(&change.before);
        let gained: Vec<String> = list(&change.after).into_iter().filter(|id| !held.contains(id)).collect();
        // Seats are counted for a licence and for its client. What a client has promised is not seen in what people hold.
        let mut seats: HashMap<String, i64> = HashMap::new();
        for id in &gained {
            let Some((limit, client)) = licenses.limits.get(id) else { continue };
            let (client_limit, taken) = licenses.clients.get(client).copied().unwrap_or_default();
            let of = |seats: &HashMap<String, i64>| seats.get(client).copied().unwrap_or_default();
            let taken = taken + of(&self.promised) + of(&seats);
            if client_limit.is_some_and(|limit| limit > 0 && taken >= limit) {
                return Some(format!("the client {client} has no seat left"));
            }
            let used = self.used.get(id).copied().unwrap_or_default();
            if limit.is_some_and(|limit| limit > 0 && used >= limit) {
                return Some(format!("the licence {id} has no seat left"));
            }
            *seats.entry(client.clone()).or_default() += 1;
        }
        for id in gained {
            *self.used.entry(id).or_default() += 1;
        }
        for (client, count) in seats {
            *self.promised.entry(client).or_default() += count;
        }
        None
    }

    /// Refuses a plan that would deactivate more people than it may.
    pub(super) fn guard(&self, deactivated: usize, (number, percent): (usize, f64)) -> Result<(), Failure> {
        #[expect(clippy::cast_precision_loss, reason = "a percentage of people")]
        let share = if self.active == 0 { 0.0 } else { deactivated as f64 * 100.0 / self.active as f64 };
        if deactivated > number || share > percent {
            return Err(Failure::CouldNotRun {
                reason: format!(
                    "{deactivated} of {} active people would be deactivated ({share:.1} %), and at most {number} and \
                     {percent} % may be",
                    self.active
                ),
                help: Some("if the roster is right, raise both: --max-deactivations N --max-deactivations P%"),
            });
        }
        Ok(())
    }
}

/// Whether somebody takes a seat of a licence that they hold: students do, managers do not. Where a tenant does not tell
/// the role of a licence, learners are taken for students and everybody else for managers: of a pair, the learner's record
/// holds what is studied and the other one what is managed.
pub(crate) fn takes_seat(user: &User, held: &AllocatedLicense) -> bool {
    match &held.license_role {
        Some(role) => role.to_string() == "student",
        None => user.role_key.as_deref().is_none_or(|key| matches!(key, "learner" | "student")),
    }
}
