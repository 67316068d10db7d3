//! What can be said of an entry only when all users are known: which rows match several users, whose address is taken, and
//! which license is full.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;
use thought_industries::model::User;

use crate::desired::MatchBy;
use crate::licenses::LicenseIndex;
use crate::plan::{Action, Entry};
use crate::policy::takes_seat;
use crate::roster::Roster;

/// What is known of the users of a tenant together.
#[derive(Debug)]
pub(crate) struct TenantIndex {
    /// How many users each row matches, by each field that users are matched by.
    matches: Vec<(MatchBy, Vec<u8>)>,
    /// Hashes of the addresses and external ids that are taken.
    taken: HashSet<u64>,
    /// How many seats are used, by license.
    pub(crate) used: HashMap<String, i64>,
    /// How many seats of each client the earlier entries take.
    promised: HashMap<String, i64>,
    /// How many active users the plan could deactivate.
    pub(crate) active: usize,
    /// The role keys of learners.
    learners: BTreeSet<String>,
}

impl TenantIndex {
    pub(crate) fn new(roster: &Roster, learners: BTreeSet<String>) -> Self {
        Self {
            matches: roster.match_by().iter().map(|kind| (kind, vec![0; roster.len()])).collect(),
            taken: HashSet::new(),
            used: HashMap::new(),
            promised: HashMap::new(),
            active: 0,
            learners,
        }
    }

    /// Takes in a user of the tenant.
    pub(crate) fn add(&mut self, roster: &Roster, user: &User) {
        for kind in MatchBy::ALL {
            self.taken.extend(kind.of(user).map(|key| roster.hash(kind, key)));
        }
        for held in user.allocated_licenses.iter().flatten() {
            if let (Some(id), true) = (&held.license_id, takes_seat(user, held, &self.learners)) {
                *self.used.entry(id.clone()).or_default() += 1;
            }
        }
    }

    /// Notes that a row matches a user by a field.
    pub(crate) fn add_match(&mut self, row: u32, by: MatchBy) {
        let of_field = self.matches.iter_mut().filter(|(kind, _)| *kind == by);
        for matches in of_field.filter_map(|(_, matches)| matches.get_mut(row as usize)) {
            // Only none, one and several are distinguished, so a byte for each row is enough.
            *matches = matches.saturating_add(1);
        }
    }

    pub(crate) fn has_match(&self, row: u32) -> bool {
        self.first_match(row).is_some()
    }

    /// The first field by which a row matches users, and how many.
    fn first_match(&self, row: u32) -> Option<(MatchBy, u8)> {
        let mut matches = self.matches.iter().map(|(kind, matches)| (*kind, matches.get(row as usize).copied()));
        matches.find_map(|(kind, matches)| Some((kind, matches.filter(|matches| *matches > 0)?)))
    }

    /// Whether a user has this key.
    pub(crate) fn is_taken(&self, roster: &Roster, kind: MatchBy, key: &str) -> bool {
        self.taken.contains(&roster.hash(kind, key))
    }

    /// Why an entry cannot be carried out beside all others. Entries come in the order of the roster, so that the first of
    /// them gets the last seat.
    pub(crate) fn objection(
        &mut self,
        roster: &Roster,
        licenses: &LicenseIndex,
        row: u32,
        entry: &Entry,
    ) -> Option<String> {
        if entry.action == Action::Problem {
            return None;
        }
        if let Some((kind, users)) = self.first_match(row) {
            // A field that comes later counts only where the earlier ones find no user.
            if entry.found_by.is_some_and(|by| by != kind.into()) {
                return Some(format!("the row matches another user by `{kind}`"));
            }
            if users > 1 {
                return Some("several users of the tenant match this row".to_owned());
            }
        }
        self.clash(roster, entry).map(str::to_owned).or_else(|| self.take_seats(licenses, entry))
    }

    /// An address or an external id that is a duplicate, or already taken.
    fn clash(&self, roster: &Roster, entry: &Entry) -> Option<&'static str> {
        MatchBy::ALL.into_iter().find_map(|kind| {
            let change = entry.changes.iter().find(|change| change.field == kind.field())?;
            let after = change.after.as_str()?;
            // Another spelling of a user's own key must not clash with the user themselves.
            if change.before.as_str().is_some_and(|before| kind.normalize(before) == kind.normalize(after)) {
                return None;
            }
            if roster.count(kind, after) > 1 {
                return Some("the address or external id is a duplicate in the roster");
            }
            // Hashes that collide leave a user alone by mistake, and never cause a write.
            self.is_taken(roster, kind, after).then_some("another user of the tenant has this address or external id")
        })
    }

    /// Takes the seats of an entry, unless a license or a client has none left.
    fn take_seats(&mut self, licenses: &LicenseIndex, entry: &Entry) -> Option<String> {
        let change = entry.changes.iter().find(|change| change.field == "studentLicenseIds")?;
        let list = |value: &Value| -> BTreeSet<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let held = list(&change.before);
        let gained: Vec<String> = list(&change.after).into_iter().filter(|id| !held.contains(id)).collect();
        // Seats count for a license and for its client. The seats that a client has promised do not show in what users hold.
        let mut seats: HashMap<String, i64> = HashMap::new();
        for id in &gained {
            let Some((limit, client)) = licenses.limits.get(id) else { continue };
            let (client_limit, taken) = licenses.clients.get(client).copied().unwrap_or_default();
            let of = |seats: &HashMap<String, i64>| seats.get(client).copied().unwrap_or_default();
            let taken = taken + of(&self.promised) + of(&seats);
            // A limit of 0 is no limit.
            if client_limit.is_some_and(|limit| limit > 0 && taken >= limit) {
                return Some(format!("the client {client} has no seat left"));
            }
            let used = self.used.get(id).copied().unwrap_or_default();
            if limit.is_some_and(|limit| limit > 0 && used >= limit) {
                return Some(format!("the license {id} has no seat left"));
            }
            *seats.entry(client.clone()).or_default() += 1;
        }
        // Seats are counted only once all of them are free: an entry is carried out as a whole or left alone.
        for id in gained {
            *self.used.entry(id).or_default() += 1;
        }
        for (client, count) in seats {
            *self.promised.entry(client).or_default() += count;
        }
        None
    }
}
