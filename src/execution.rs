//! What is known about whether a mutation was carried out.

/// What is known about whether a mutation was carried out.
///
/// A query changes nothing, so it always counts as [`DidNotRun`](Self::DidNotRun).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Execution {
    /// It was not carried out: the request was not sent, or the tenant refused it.
    #[default]
    DidNotRun,
    /// It was carried out.
    Ran,
    /// It was sent, but no response proves whether it was carried out. Read the record before you retry.
    Unknown,
}

impl Execution {
    /// Whether it may have been carried out.
    pub fn may_have_run(self) -> bool {
        self != Self::DidNotRun
    }

    /// Whether it is unknown if it was carried out.
    pub fn is_unknown(self) -> bool {
        self == Self::Unknown
    }

    /// Combines what is known about two attempts.
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
