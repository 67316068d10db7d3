//! What is known of whether a mutation was carried out.

/// What is known of whether a mutation was carried out.
///
/// A query changes nothing, so that it counts as [`DidNotRun`](Self::DidNotRun) whatever came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Execution {
    /// It was not carried out: the request was not sent, or the tenant refused it.
    #[default]
    DidNotRun,
    /// It was carried out.
    Ran,
    /// It was sent, and no response proves whether it was carried out. Read what was to change before you try again.
    Unknown,
}

impl Execution {
    /// Whether it may have been carried out.
    pub fn may_have_run(self) -> bool {
        self != Self::DidNotRun
    }

    /// Whether no response proves either.
    pub fn is_unknown(self) -> bool {
        self == Self::Unknown
    }

    /// What is known of two attempts together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Ran, _) | (_, Self::Ran) => Self::Ran,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            _ => Self::DidNotRun,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Execution::{DidNotRun, Ran, Unknown};

    #[test]
    fn two_attempts_are_known_as_well_as_the_better_known_one() {
        for (first, second, both) in [
            (DidNotRun, DidNotRun, DidNotRun),
            (DidNotRun, Unknown, Unknown),
            (Unknown, Ran, Ran),
            (Ran, DidNotRun, Ran),
        ] {
            assert_eq!((first.and(second), second.and(first)), (both, both));
        }
    }
}
