//! Clients, their license trees, and the holders of their seats.

use super::names::{organisation, slug};
use super::{Chance, Population, Role};

/// Every client has a main license (0), three regions below it (1–3), two teams in each region (4–9), and a group below
/// each team (10–15).
pub(crate) const LICENSES_PER_CLIENT: u32 = 16;

impl Population {
    pub(crate) fn clients(&self) -> u32 {
        (self.users / 40).clamp(4, 400)
    }

    pub(crate) fn client_name(&self, client: u32) -> String {
        organisation(client)
    }

    pub(crate) fn client_slug(&self, client: u32) -> String {
        slug(&organisation(client))
    }

    /// The client that a user belongs to. One learner in every round of clients belongs to none.
    pub(crate) fn client_of_user(&self, index: u32) -> Option<u32> {
        match self.role(index) {
            Role::Learner => (self.rank_in_role(index) % (self.clients() + 1)).checked_sub(1),
            Role::ClientManager => self.dual_partner(index).and_then(|learner| self.client_of_user(learner)),
            Role::ClientAdmin | Role::SublicenseManager => Some(self.rank_in_role(index) % self.clients()),
            Role::Admin | Role::Instructor => None,
        }
    }

    /// The licenses that a user holds, each with whether it is held as a manager.
    pub(crate) fn licenses_of_user(&self, index: u32) -> Vec<(u32, bool)> {
        let Some(client) = self.client_of_user(index) else { return Vec::new() };
        let first = client * LICENSES_PER_CLIENT;
        match self.role(index) {
            Role::Learner => {
                let round = self.rank_in_role(index) / (self.clients() + 1);
                vec![(first + round % LICENSES_PER_CLIENT, false)]
            }
            Role::ClientManager => (first + 1..first + 4).map(|license| (license, true)).collect(),
            Role::ClientAdmin => vec![(first, true)],
            Role::SublicenseManager => vec![(first + 4, true), (first + 5, true)],
            Role::Admin | Role::Instructor => Vec::new(),
        }
    }

    /// How many learners hold seats of the client.
    pub(crate) fn seats_used_by_client(&self, client: u32) -> u32 {
        residues(self.count_of_role(Some(Role::Learner)), self.clients() + 1, client + 1)
    }

    /// How many learners hold the license.
    pub(crate) fn seats_used_by_license(&self, license: u32) -> u32 {
        let rounds = self.seats_used_by_client(license / LICENSES_PER_CLIENT);
        residues(rounds, LICENSES_PER_CLIENT, license % LICENSES_PER_CLIENT)
    }

    /// The seat limit of the license: `None` and `Some(0)` both mean unlimited. Some licenses are full.
    pub(crate) fn seats_limit_of_license(&self, license: u32) -> Option<u32> {
        let chance = Chance::new(self.seed).named("seatsLimit").at(u64::from(license));
        match chance.below(8) {
            0 | 1 => None,
            2 => Some(0),
            more => Some((self.seats_used_by_license(license) + u32::try_from(more - 3).unwrap_or_default()).max(1)),
        }
    }

    pub(crate) fn license_name(&self, license: u32) -> String {
        let place = license % LICENSES_PER_CLIENT;
        let client = self.client_name(license / LICENSES_PER_CLIENT);
        match place {
            0 => client,
            1 => format!("{client}: Americas"),
            2 => format!("{client}: Europe"),
            3 => format!("{client}: Asia-Pacific"),
            4..=9 => format!("{client}: Team {}", place - 3),
            _ => format!("{client}: Cohort {}", place - 9),
        }
    }

    pub(crate) fn license_parent(&self, license: u32) -> Option<u32> {
        let place = license % LICENSES_PER_CLIENT;
        parent_place(place).map(|parent| license - place + parent)
    }
}

fn parent_place(place: u32) -> Option<u32> {
    match place {
        0 => None,
        1..=3 => Some(0),
        4..=9 => Some(1 + (place - 4) / 2),
        _ => Some(place - 6),
    }
}

/// How many numbers below `end` have this remainder.
fn residues(end: u32, modulus: u32, remainder: u32) -> u32 {
    end / modulus + u32::from(end % modulus > remainder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn seats_are_counted_as_they_are_held(seed: u64, users in 1u32..600) {
            let population = Population::new(seed, users);
            let mut by_client = vec![0; population.clients() as usize];
            let mut by_license = vec![0; by_client.len() * LICENSES_PER_CLIENT as usize];
            for index in (0..users).filter(|index| population.role(*index) == Role::Learner) {
                for (license, _) in population.licenses_of_user(index) {
                    by_client[(license / LICENSES_PER_CLIENT) as usize] += 1;
                    by_license[license as usize] += 1;
                }
            }
            for (client, held) in (0..).zip(&by_client) {
                prop_assert_eq!(population.seats_used_by_client(client), *held);
            }
            for (license, held) in (0..).zip(&by_license) {
                prop_assert_eq!(population.seats_used_by_license(license), *held);
                if let Some(limit @ 1..) = population.seats_limit_of_license(license) {
                    prop_assert!(limit >= *held);
                }
            }
        }
    }
}
