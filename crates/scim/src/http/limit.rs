//! How many requests a second each connection may make.

use std::collections::HashMap;
use std::time::Duration;

use crate::pace::Pace;

/// The requests that connections may make now.
pub(super) struct RequestLimits {
    per_second: u32,
    longest: Duration,
    /// The pace of each connection. Turns that are owed are those of requests that wait.
    paces: HashMap<String, Pace>,
}

impl RequestLimits {
    /// Twice as many requests as in a second may come at once. What comes faster waits, but not longer than `longest`.
    pub(super) fn new(per_second: u32, longest: Duration) -> Self {
        Self { per_second, longest, paces: HashMap::new() }
    }

    /// Counts a request, and returns how long it waits for its turn. Directories take a refusal for a failure, so that a
    /// request is refused only if its turn is too far away; the error is then how long that is, and nothing is counted.
    pub(super) fn take(&mut self, connection: &str, now: i64) -> Result<Duration, Duration> {
        let per_second = self.per_second;
        let new = || Pace::new(per_second.saturating_mul(60), per_second.saturating_mul(2));
        let pace = self.paces.entry(connection.to_owned()).or_insert_with(new);
        let wait = pace.wait(now);
        if wait > self.longest {
            return Err(wait);
        }
        pace.take(now, 1);
        Ok(wait)
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
