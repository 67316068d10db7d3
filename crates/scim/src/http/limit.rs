//! How many requests a second each connection may make.

use std::collections::HashMap;
use std::time::Duration;

/// A second, in thousandths of a request and in milliseconds.
const SECOND: i64 = 1_000;

/// The requests that connections may make now.
pub(super) struct RequestLimits {
    per_second: i64,
    longest: Duration,
    /// For each connection, when it was last counted, and how many thousandths of a request it may make. Less than none are
    /// those of requests that wait.
    buckets: HashMap<String, (i64, i64)>,
}

impl RequestLimits {
    /// Twice as many requests as in a second may come at once. What comes faster waits, but not longer than `longest`.
    pub(super) fn new(per_second: u32, longest: Duration) -> Self {
        Self { per_second: i64::from(per_second), longest, buckets: HashMap::new() }
    }

    /// Counts a request, and returns how long it waits for its turn. Directories take a refusal for a failure, so that a
    /// request is refused only if its turn is too far away; the error is then how long that is, and nothing is counted.
    pub(super) fn take(&mut self, connection: &str, now: i64) -> Result<Duration, Duration> {
        let most = 2 * self.per_second * SECOND;
        let (at, rest) = self.buckets.get(connection).copied().unwrap_or((now, most));
        // The clock may go back.
        let rest = (rest + (now - at).max(0).saturating_mul(self.per_second)).min(most);
        let after = rest - SECOND;
        let missing = u64::try_from(-after).unwrap_or_default();
        let wait = Duration::from_millis(missing.div_ceil(self.per_second.max(1).unsigned_abs()));
        let is_counted = wait <= self.longest;
        self.buckets.insert(connection.to_owned(), (now.max(at), if is_counted { after } else { rest }));
        if is_counted { Ok(wait) } else { Err(wait) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_its_own_rate_and_what_comes_faster_waits() {
        let mut limits = RequestLimits::new(2, Duration::from_secs(1));
        let ms = Duration::from_millis;
        let taken: Vec<_> = (0..7).map(|_| limits.take("a", 1_000)).collect();
        let too_far = Err(ms(1_500));
        assert_eq!(taken, [Ok(ms(0)), Ok(ms(0)), Ok(ms(0)), Ok(ms(0)), Ok(ms(500)), Ok(ms(1_000)), too_far]);
        assert_eq!(limits.take("b", 1_000), Ok(ms(0)));
        assert_eq!([limits.take("a", 1_400), limits.take("a", 1_500)], [Err(ms(1_100)), Ok(ms(1_000))]);
        assert_eq!(limits.take("a", 0), too_far, "the clock went back");
        assert_eq!(limits.take("a", 60_000), Ok(ms(0)));
    }
}
