//! Reversible ids: the UUID of the n-th object of a type holds n, scrambled, in its last four bytes, and a checksum in
//! the others, so that a foreign id is detected.

use super::{Chance, Population};

/// Odd, hence invertible modulo 2³².
const FACTOR: u32 = 0x9E37_79B1;

impl Population {
    /// The id of the n-th object of a type.
    pub(crate) fn id(&self, type_name: &str, index: u32) -> String {
        let base = Chance::new(self.seed).named(type_name);
        let hidden = (index ^ mask(base)).wrapping_mul(FACTOR);
        uuid(base.at(u64::from(index)), hidden)
    }

    /// The index of the object with this id, whether or not the object exists.
    pub(crate) fn read_id(&self, type_name: &str, id: &str) -> Option<u32> {
        let hidden = u32::from_str_radix(id.get(28..36)?, 16).ok()?;
        let index = hidden.wrapping_mul(inverse(FACTOR)) ^ mask(Chance::new(self.seed).named(type_name));
        self.id(type_name, index).eq_ignore_ascii_case(id).then_some(index)
    }
}

/// The id of an object inside another.
pub(crate) fn embedded_id(chance: Chance) -> String {
    uuid(chance, u32::try_from(chance.named("id").number() >> 32).unwrap_or_default())
}

fn mask(base: Chance) -> u32 {
    u32::try_from(base.named("mask").number() >> 32).unwrap_or_default()
}

/// A version 4 UUID from 64 random bits and 32 given bits.
fn uuid(chance: Chance, last: u32) -> String {
    let (high, low) = (chance.number(), chance.named("low").number());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        0x8000 | (low & 0x3FFF),
        (low >> 16) & 0xFFFF,
        last
    )
}

/// The multiplicative inverse modulo 2³², by Newton's iteration: each step doubles the number of correct bits.
fn inverse(odd: u32) -> u32 {
    (0..5).fold(odd, |guess, _| guess.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(guess))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_leads_back_to_its_object(seed: u64, index in 0u32..1_000_000) {
            let population = Population::new(seed, 1_000_000);
            let id = population.id("User", index);
            prop_assert_eq!(population.read_id("User", &id), Some(index));
            prop_assert_eq!(population.read_id("User", &id.to_uppercase()), Some(index));
            prop_assert_eq!(population.read_id("Course", &id), None);
        }

        #[test]
        fn no_other_text_is_an_id(seed: u64, text in "\\PC{0,40}") {
            prop_assert_eq!(Population::new(seed, 1_000_000).read_id("User", &text), None);
        }
    }
}
