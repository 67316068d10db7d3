//! Reproducible chance: a hash of the place in the tenant for which it is drawn.

/// A point in the tenant from which values are drawn. Values drawn at different points are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(scramble(seed ^ 0x5EED_0F7E_4A47))
    }

    /// The child point with this number.
    pub(crate) fn at(self, number: u64) -> Self {
        Self(scramble(self.0.rotate_left(17) ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// The child point with this name.
    pub(crate) fn named(self, name: &str) -> Self {
        // FNV-1a is stable across releases; the standard hasher does not guarantee that.
        let hash = name
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        self.at(hash)
    }

    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// A number below `bound`, or 0 if that is 0.
    pub(crate) fn below(self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0 % bound }
    }

    /// True with a probability of 1 in `of`.
    pub(crate) fn one_in(self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// One of several values.
    pub(crate) fn pick<T>(self, from: &[T]) -> Option<&T> {
        usize::try_from(self.below(from.len() as u64)).ok().and_then(|index| from.get(index))
    }
}

/// The finalizer of `SplitMix64`.
fn scramble(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
