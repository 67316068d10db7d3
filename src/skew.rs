//! How far the tenant's clock is ahead of the client's, learned from the `Date` of responses.

use std::time::Duration;

use crate::transport::HttpResponse;

/// What is known about the difference of the clocks. A date has whole seconds and is made at some time between the sending
/// of a request and its response, so that each response gives an interval. Together they become precise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Skew {
    known: Option<Interval>,
    /// What the last response gave, if it contradicts the others. If the next one agrees with it, a clock was set.
    other: Option<Interval>,
}

/// Milliseconds that the tenant's clock is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Interval {
    lowest: i64,
    highest: i64,
}

impl Interval {
    fn both(self, other: Self) -> Option<Self> {
        let (lowest, highest) = (self.lowest.max(other.lowest), self.highest.min(other.highest));
        (lowest <= highest).then_some(Self { lowest, highest })
    }
}

/// A date further away is a mistake: a year, in milliseconds.
const YEAR: i64 = 366 * 86_400_000;

impl Skew {
    /// Learns from a response to a request that was sent and received at these times of the client's clock. A response of a
    /// cache has an `Age`, and the date of another time.
    pub(crate) fn learn(&mut self, response: &HttpResponse, sent: Duration, received: Duration) {
        if response.header("age").is_some() {
            return;
        }
        if let Some(date) = response.header("date").and_then(parse_date) {
            self.observe(date, sent, received);
        }
    }

    fn observe(&mut self, date: Duration, sent: Duration, received: Duration) {
        let date = millis(date);
        let seen = Interval {
            lowest: date.saturating_sub(millis(received)),
            highest: date.saturating_add(1_000).saturating_sub(millis(sent)),
        };
        if seen.lowest > seen.highest || seen.lowest.abs() > YEAR || seen.highest.abs() > YEAR {
            return;
        }
        let agrees = |with: Option<Interval>| with.and_then(|with| with.both(seen));
        match (agrees(self.known), agrees(self.other)) {
            (Some(known), _) | (None, Some(known)) => *self = Self { known: Some(known), other: None },
            (None, None) if self.known.is_none() => self.known = Some(seen),
            // One date may be wrong.
            (None, None) => self.other = Some(seen),
        }
    }

    /// The tenant's time at a time of the client; the same time, if nothing is known.
    pub(crate) fn of_tenant(&self, time: Duration) -> Duration {
        self.known.map_or(time, |known| shifted(time, known.lowest.midpoint(known.highest)))
    }

    /// The latest time of the client at a time of the tenant; the same time, if nothing is known.
    pub(crate) fn of_client(&self, time: Duration) -> Duration {
        self.known.map_or(time, |known| shifted(time, known.lowest.saturating_neg()))
    }
}

/// An HTTP date, as the time since the Unix epoch.
pub(crate) fn parse_date(text: &str) -> Option<Duration> {
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    u64::try_from(date.timestamp().as_second()).ok().map(Duration::from_secs)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn shifted(time: Duration, milliseconds: i64) -> Duration {
    let by = Duration::from_millis(milliseconds.unsigned_abs());
    if milliseconds < 0 { time.saturating_sub(by) } else { time.saturating_add(by) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    /// Responses after 100 milliseconds, sent at these times of the client (in milliseconds since `NOW`), from a tenant whose
    /// clock is ahead by so many milliseconds.
    fn learned(skew: &mut Skew, at: &[u64], ahead: i64) {
        for at in at {
            let sent = NOW + Duration::from_millis(*at);
            let date = shifted(sent + Duration::from_millis(50), ahead).as_secs();
            skew.observe(Duration::from_secs(date), sent, sent + Duration::from_millis(100));
        }
    }

    fn off(skew: Skew, ahead: i64) -> u64 {
        millis(skew.of_tenant(NOW)).abs_diff(millis(shifted(NOW, ahead)))
    }

    #[test]
    fn responses_together_give_the_difference_more_precisely_than_a_second() {
        for ahead in [0, 400, 30_000, -30_000, 50_000, -50_000, 600_000, -600_000, 86_400_000, -86_400_000] {
            let mut skew = Skew::default();
            learned(&mut skew, &[0], ahead);
            assert!(off(skew, ahead) <= 600, "{ahead}: {skew:?}");
            learned(&mut skew, &[1_130, 2_270, 3_410, 4_530, 5_670, 6_790, 7_910], ahead);
            assert!(off(skew, ahead) <= 150, "{ahead}: {skew:?}");
            assert!(millis(skew.of_client(shifted(NOW, ahead))).abs_diff(millis(NOW)) <= 300, "{ahead}: {skew:?}");
        }
    }

    #[test]
    fn a_wrong_date_in_one_response_changes_nothing() {
        let mut skew = Skew::default();
        learned(&mut skew, &[0, 1_300], 30_000);
        let before = skew.of_tenant(NOW);
        learned(&mut skew, &[2_500], -3_600_000);
        assert_eq!(skew.of_tenant(NOW), before);
        learned(&mut skew, &[3_700], 30_000);
        learned(&mut skew, &[4_500], -3_600_000);
        assert!(off(skew, 30_000) <= 600, "{skew:?}");
    }

    #[test]
    fn a_clock_that_is_set_is_noticed_with_the_second_response() {
        let mut skew = Skew::default();
        learned(&mut skew, &[0, 1_300, 2_500], 30_000);
        learned(&mut skew, &[3_700, 4_500], -600_000);
        assert!(off(skew, -600_000) <= 600, "{skew:?}");
    }

    #[test]
    fn what_cannot_be_is_ignored() {
        let mut skew = Skew::default();
        let learn =
            |skew: &mut Skew, response: HttpResponse| skew.learn(&response, NOW, NOW + Duration::from_millis(9));
        let fine = "Fri, 15 Jan 2027 08:00:00 GMT";
        for date in ["", "soon", "Fri, 15 Jan 2077 08:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "1800000000"] {
            learn(&mut skew, HttpResponse::new(200, "", "").with_header("Date", date));
        }
        learn(&mut skew, HttpResponse::new(200, "", "").with_header("Date", fine).with_header("Age", "7"));
        learn(&mut skew, HttpResponse::new(200, "", ""));
        assert_eq!((skew, skew.of_tenant(NOW), skew.of_client(NOW)), (Skew::default(), NOW, NOW));
        learn(&mut skew, HttpResponse::new(200, "", "").with_header("Date", fine));
        assert!(off(skew, 0) <= 600, "{skew:?}");
    }
}
