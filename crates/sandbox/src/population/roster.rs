//! The order of users: their roles, and which records form dual-role pairs.
//!
//! Users come in blocks of twenty with the same mix of roles, rotated differently in each block. The k-th user of a
//! role can therefore be calculated, and every page of a filtered list costs the same.

use super::{Chance, Population};

/// A role key of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Learner,
    ClientManager,
    Admin,
    Instructor,
    ClientAdmin,
    /// A role that the tenant defined itself.
    SublicenseManager,
}

/// All roles, each with its key.
pub(crate) const ROLES: [(Role, &str); 6] = [
    (Role::Learner, "learner"),
    (Role::ClientManager, "client-manager"),
    (Role::Admin, "admin"),
    (Role::Instructor, "instructor"),
    (Role::ClientAdmin, "client-admin"),
    (Role::SublicenseManager, "sublicense-manager"),
];

impl Role {
    pub(crate) fn key(self) -> &'static str {
        ROLES.iter().find(|(role, _)| *role == self).map_or("learner", |(_, key)| key)
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        ROLES.iter().find(|(_, known)| *known == key).map(|(role, _)| *role)
    }
}

const BLOCK: u32 = 20;

/// The place of a dual-role pair's learner in a block; the manager is next to it.
const DUAL_LEARNER: u32 = 14;

fn role_at(place: u32) -> Role {
    match place {
        15 => Role::ClientManager,
        16 => Role::Admin,
        17 => Role::Instructor,
        18 => Role::ClientAdmin,
        19 => Role::SublicenseManager,
        _ => Role::Learner,
    }
}

impl Population {
    pub(crate) fn role(&self, index: u32) -> Role {
        role_at(self.place(index))
    }

    /// The other record of a dual-role pair, if any.
    pub(crate) fn dual_partner(&self, index: u32) -> Option<u32> {
        match self.place(index) {
            DUAL_LEARNER => Some(index + 1).filter(|partner| *partner < self.users),
            15 => index.checked_sub(1),
            _ => None,
        }
    }

    /// How many users have the role; all users if no role is given.
    pub(crate) fn count_of_role(&self, role: Option<Role>) -> u32 {
        let Some(role) = role else { return self.users };
        let whole_blocks = self.users / BLOCK;
        whole_blocks * per_block(role) + self.in_block_before(role, whole_blocks, self.users % BLOCK)
    }

    /// The k-th user of a role, counted from 0.
    pub(crate) fn nth_of_role(&self, role: Option<Role>, k: u32) -> Option<u32> {
        let Some(role) = role else { return (k < self.users).then_some(k) };
        let (block, mut left) = (k / per_block(role), k % per_block(role));
        for index in block * BLOCK..block.saturating_add(1).saturating_mul(BLOCK).min(self.users) {
            if self.role(index) == role {
                if left == 0 {
                    return Some(index);
                }
                left -= 1;
            }
        }
        None
    }

    /// How many users of the same role come before this one.
    pub(crate) fn rank_in_role(&self, index: u32) -> u32 {
        let role = self.role(index);
        let block = index / BLOCK;
        block * per_block(role) + self.in_block_before(role, block, index % BLOCK)
    }

    fn in_block_before(&self, role: Role, block: u32, end: u32) -> u32 {
        (0..end).map(|offset| u32::from(self.role(block * BLOCK + offset) == role)).sum()
    }

    /// The place of a user in the mix of its block. Blocks are rotated by an even number, so that pairs, which start at
    /// an even place, stay together.
    fn place(&self, index: u32) -> u32 {
        let turn = 2 * Chance::new(self.seed).named("turn").at(u64::from(index / BLOCK)).below(10);
        (index % BLOCK + u32::try_from(turn).unwrap_or_default()) % BLOCK
    }
}

fn per_block(role: Role) -> u32 {
    (0..BLOCK).map(|place| u32::from(role_at(place) == role)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_filtered_list_is_the_filter_of_the_list(seed: u64, users in 1u32..300) {
            let population = Population::new(seed, users);
            for (role, _) in ROLES {
                let expected: Vec<u32> = (0..users).filter(|index| population.role(*index) == role).collect();
                let count = population.count_of_role(Some(role));
                let listed: Vec<u32> = (0..count).filter_map(|k| population.nth_of_role(Some(role), k)).collect();
                prop_assert_eq!(&listed, &expected);
                prop_assert_eq!(population.nth_of_role(Some(role), count), None);
                for (rank, index) in expected.iter().enumerate() {
                    prop_assert_eq!(population.rank_in_role(*index) as usize, rank);
                }
            }
        }

        #[test]
        fn partners_are_each_others(seed: u64, users in 1u32..300) {
            let population = Population::new(seed, users);
            for index in 0..users {
                if let Some(partner) = population.dual_partner(index) {
                    prop_assert!(partner < users);
                    prop_assert_eq!(population.dual_partner(partner), Some(index));
                }
            }
        }
    }
}
