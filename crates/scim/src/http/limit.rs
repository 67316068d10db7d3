//! How many requests a second each connection may make.

use std::collections::HashMap;

/// A second, in thousandths of a request and in milliseconds.
const SECOND: i64 = 1_000;

/// The requests that connections may make now.
pub(super) struct RequestLimits {
    per_second: i64,
    /// For each connection, when it was last counted, and how many thousandths of a request it may make.
    buckets: HashMap<String, (i64, i64)>,
}

impl RequestLimits {
    /// Twice as many requests as in a second may come at once.
    pub(super) fn new(per_second: u32) -> Self {
        Self { per_second: i64::from(per_second), buckets: HashMap::new() }
    }

    /// Counts a request; the seconds to wait if there are too many.
    pub(super) fn take(&mut self, connection: &str, now: i64) -> Option<u64> {
        let most = 2 * self.per_second * SECOND;
        let (at, rest) = self.buckets.get(connection).copied().unwrap_or((now, most));
        // The clock may go back.
        let rest = (rest + (now - at).max(0).saturating_mul(self.per_second)).min(most);
        let (rest, wait) = if rest >= SECOND { (rest - SECOND, None) } else { (rest, Some(1)) };
        self.buckets.insert(connection.to_owned(), (now.max(at), rest));
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_its_own_rate() {
        let mut limits = RequestLimits::new(2);
        let taken: Vec<_> = (0..6).map(|_| limits.take("a", 1_000)).collect();
        assert_eq!(taken, [None, None, None, None, Some(1), Some(1)]);
        assert_eq!(limits.take("b", 1_000), None);
        assert_eq!(
            [limits.take("a", 1_400), limits.take("a", 1_500), limits.take("a", 1_500)],
            [Some(1), None, Some(1)]
        );
        assert_eq!(limits.take("a", 0), Some(1));
    }
}
