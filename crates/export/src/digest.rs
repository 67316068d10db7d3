//! Digests: of ids in any order, and of texts.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// The digest of a set of ids that does not depend on their order: the sum of their SHA-256 digests, modulo 2^256. Two
/// runs over the same records have the same digest, and a digest can be continued.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IdDigest([u64; 4]);

impl IdDigest {
    /// Adds an id.
    pub fn add(&mut self, id: &str) {
        self.add_hash(&Sha256::digest(id.as_bytes()).into());
    }

    /// Adds all ids of another set.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.add_limbs(other.0);
    }

    fn add_hash(&mut self, hash: &[u8; 32]) {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(hash.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        self.add_limbs(limbs);
    }

    fn add_limbs(&mut self, limbs: [u64; 4]) {
        let mut carry = false;
        for (limb, added) in self.0.iter_mut().zip(limbs) {
            let (sum, first) = limb.overflowing_add(added);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, first || second);
        }
    }
}

impl std::fmt::Display for IdDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|limb| write!(f, "{limb:016x}"))
    }
}

impl std::str::FromStr for IdDigest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a digest of 64 hexadecimal digits");
        let mut limbs = [0; 4];
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        for (limb, digits) in limbs.iter_mut().zip(text.as_bytes().chunks(16)) {
            let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
            *limb = u64::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(limbs))
    }
}

impl Serialize for IdDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IdDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The first 64 bits of the SHA-256 of an id within a list: a million ids collide with a probability below 10^-7.
pub(crate) fn short(list: &str, id: &str) -> u64 {
    let hash: [u8; 32] = Sha256::new().chain_update(list).chain_update([0]).chain_update(id).finalize().into();
    hash.as_chunks::<8>().0.first().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The SHA-256 of bytes in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        _ = std::fmt::Write::write_fmt(&mut text, format_args!("{byte:02x}"));
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digest<'a>(ids: impl IntoIterator<Item = &'a String>) -> IdDigest {
        let mut digest = IdDigest::default();
        ids.into_iter().for_each(|id| digest.add(id));
        digest
    }

    proptest! {
        #[test]
        fn order_does_not_count_and_each_id_does(ids in proptest::collection::hash_set(".{0,20}", 1..20)) {
            let ids: Vec<String> = ids.into_iter().collect();
            let whole = digest(&ids);
            prop_assert_eq!(digest(ids.iter().rev()), whole);
            prop_assert_ne!(digest(ids.iter().skip(1)), whole);
            prop_assert_eq!(whole.to_string().parse::<IdDigest>(), Ok(whole));
        }

        #[test]
        fn any_text_is_a_digest_or_an_error(text in ".{0,70}") {
            _ = text.parse::<IdDigest>();
        }
    }

    #[test]
    fn an_id_that_is_there_twice_changes_the_digest() {
        let id = "a".to_owned();
        assert_ne!(digest([&id, &id]), digest([]), "unlike with XOR");
        assert_ne!(digest([&id, &id]), digest([&id]));
    }

    #[test]
    fn sums_carry_over() {
        let mut digest = IdDigest([u64::MAX, u64::MAX, 0, 0]);
        let mut one = [0; 32];
        one[0] = 1;
        digest.add_hash(&one);
        assert_eq!(digest, IdDigest([0, 0, 1, 0]));
    }
}
