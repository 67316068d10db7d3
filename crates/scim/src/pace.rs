//! An even pace: so many turns a minute, some of which may come at once.

use std::time::Duration;

/// A turn, in parts of which a pace of one turn a minute gains one in each millisecond.
const TURN: i64 = 60_000;

/// The turns that may be taken. Times are milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    per_minute: i64,
    /// How many parts are saved up at most.
    most: i64,
    /// When it was last looked at, and how many parts there were. Less than none are owed.
    seen: Option<(i64, i64)>,
}

impl Pace {
    /// A pace of so many turns a minute, of which `at_once` may come at once after a pause.
    pub(crate) fn new(per_minute: u32, at_once: u32) -> Self {
        Self { per_minute: i64::from(per_minute.max(1)), most: i64::from(at_once) * TURN, seen: None }
    }

    fn rest(&self, now: i64) -> i64 {
        let (at, rest) = self.seen.unwrap_or((now, self.most));
        // The clock may go back.
        (rest + (now - at).max(0).saturating_mul(self.per_minute)).min(self.most)
    }

    /// How long it takes until there is another turn.
    pub(crate) fn wait(&self, now: i64) -> Duration {
        let missing = u64::try_from(TURN - self.rest(now)).unwrap_or_default();
        Duration::from_millis(missing.div_ceil(self.per_minute.unsigned_abs()))
    }

    /// Takes turns, also those that are still to come.
    pub(crate) fn take(&mut self, now: i64, turns: u32) {
        let at = self.seen.map_or(now, |(at, _)| at.max(now));
        self.seen = Some((at, self.rest(now) - i64::from(turns) * TURN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_spread_over_the_minute_behind_those_that_were_saved_up() {
        let mut pace = Pace::new(60, 3);
        let mut now = 0;
        let mut taken = Vec::new();
        while taken.len() < 200 {
            now += i64::try_from(pace.wait(now).as_millis()).expect("a time");
            pace.take(now, 1);
            taken.push(now);
        }
        assert_eq!(taken[..6], [0, 0, 0, 1_000, 2_000, 3_000]);
        // No minute has more turns than its own and those that were saved up.
        assert!(
            taken.iter().all(|start| taken.iter().filter(|at| (*start..start + 60_000).contains(*at)).count() <= 63)
        );
        pace.take(now, 2);
        assert_eq!(pace.wait(now), Duration::from_secs(3));
        assert_eq!(pace.wait(now - 500), Duration::from_secs(3), "the clock went back");
        assert_eq!(pace.wait(now + 600_000), Duration::ZERO);
    }
}
