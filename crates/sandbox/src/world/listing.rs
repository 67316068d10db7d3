//! The current list of users: the computed users without those removed, then those added.

use super::World;
use crate::population::{Population, ROLES, Role};

/// A list of users, of one role or of all.
pub(crate) struct Listing {
    population: Population,
    /// The computed role; `None` if the list is of all users, or no computed user has the role.
    role: Option<Role>,
    computed: u32,
    /// The places of the removed users in the computed list, sorted.
    left: Vec<u32>,
    /// The added users.
    came: Vec<u32>,
}

impl World<'_> {
    /// The role keys that users have, the computed ones first.
    pub(crate) fn role_keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = ROLES
            .iter()
            .map(|(role, key)| if *role == Role::Learner { self.learner_role() } else { key }.to_owned())
            .collect();
        let changed: Vec<u32> = self.state(|state| state.people.keys().copied().collect());
        for index in changed.into_iter().filter(|index| self.exists(*index)) {
            let key = self.user(index).role_key;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// The users with a role key, or all users.
    pub(crate) fn listing(&self, role_key: Option<&str>) -> Listing {
        let population = self.population;
        let role = role_key.and_then(|key| {
            if key == self.learner_role() {
                Some(Role::Learner)
            } else {
                Role::from_key(key).filter(|role| *role != Role::Learner)
            }
        });
        let computed = match (role_key, role) {
            (Some(_), None) => 0,
            _ => population.count_of_role(role),
        };
        let was_in = |index: u32| {
            !self.is_created(index)
                && match (role_key, role) {
                    (None, _) => true,
                    (Some(_), role) => role == Some(population.role(index)),
                }
        };
        let is_in = |index: u32| self.exists(index) && role_key.is_none_or(|key| self.user(index).role_key == key);
        let changed: Vec<u32> = self.state(|state| state.people.keys().copied().collect());
        let (mut left, mut came) = (Vec::new(), Vec::new());
        for index in changed {
            match (was_in(index), is_in(index)) {
                (true, false) => left.push(if role.is_some() { population.rank_in_role(index) } else { index }),
                (false, true) => came.push(index),
                _ => {}
            }
        }
        left.sort_unstable();
        Listing { population, role, computed, left, came }
    }
}

impl Listing {
    pub(crate) fn total(&self) -> u32 {
        let (left, came) = (u32::try_from(self.left.len()), u32::try_from(self.came.len()));
        self.computed.saturating_sub(left.unwrap_or_default()).saturating_add(came.unwrap_or_default())
    }

    /// The k-th user, counted from 0.
    pub(crate) fn nth(&self, k: u32) -> Option<u32> {
        let mut place = k;
        for left in &self.left {
            if *left <= place {
                place += 1;
            }
        }
        if place < self.computed {
            return self.population.nth_of_role(self.role, place);
        }
        self.came.get((place - self.computed) as usize).copied()
    }
}
