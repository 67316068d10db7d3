//! Until when a plan may be carried out.

use std::fmt;
use std::str::FromStr;

use jiff::{Span, SpanRelativeTo};
use thought_industries::Date;

use crate::error::{Error, ErrorKind};
use crate::plan::Plan;

/// How long a plan may be carried out; 7 days by default. What was approved is about the users as they were then.
///
/// ```
/// use thought_industries_provision::Lifetime;
///
/// assert_eq!("7d".parse::<Lifetime>()?, Lifetime::default());
/// assert_eq!("1d 12h".parse::<Lifetime>()?, "36h".parse()?);
/// assert!("0d".parse::<Lifetime>().is_err());
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    milliseconds: i64,
}

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

impl Default for Lifetime {
    fn default() -> Self {
        Self { milliseconds: 7 * DAY }
    }
}

impl Lifetime {
    /// When a plan expires that was made at this time.
    pub(crate) fn after(self, made: Date) -> Date {
        Date::from_millisecond(made.as_millisecond().saturating_add(self.milliseconds)).unwrap_or(made)
    }
}

impl FromStr for Lifetime {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            let error = Error::new(ErrorKind::Plan, format!("`{text}` is not a time for which a plan can hold"));
            error.with_help("use a form such as 36h or 7d, from 1m to 365d")
        };
        let span: Span = text.parse().map_err(|_| wrong())?;
        // The day on which the clocks change has 24 hours here, too.
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        let milliseconds = i64::try_from(duration.as_millis()).map_err(|_| wrong())?;
        let is_possible = (MINUTE..=365 * DAY).contains(&milliseconds);
        if is_possible { Ok(Self { milliseconds }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, minutes) = (self.milliseconds / DAY, self.milliseconds % DAY / MINUTE);
        match (days, minutes) {
            (days, 0) => write!(f, "{days}d"),
            (0, minutes) => write!(f, "{minutes}m"),
            (days, minutes) => write!(f, "{days}d {minutes}m"),
        }
    }
}

impl Plan {
    /// Checks that the plan may still be carried out. A rollback has no such limit.
    ///
    /// # Errors
    /// Of the kind [`Plan`](ErrorKind::Plan) if it has expired by this time, or does not say when it expires.
    pub fn check_expiry(&self, now: Date) -> Result<(), Error> {
        match self.expires {
            Some(expires) if expires.as_millisecond() <= now.as_millisecond() => {
                let error = Error::new(ErrorKind::Plan, format!("the plan expired at {expires}, and it is {now}"));
                Err(error.with_help(
                    "nothing was written to the tenant; make the plan again with `ti plan`, which leaves out what is done",
                ))
            }
            // A plan without a time was edited: it would hold forever.
            None if !self.is_rollback() => {
                let error = Error::new(ErrorKind::Plan, "the plan does not say until when it may be carried out");
                Err(error.with_help("nothing was written to the tenant; make the plan again with `ti plan`"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_an_end() {
        for (text, shown) in
            [("7d", "7d"), ("36h", "1d 720m"), ("90m", "90m"), ("2w", "14d"), ("365 days", "365d"), ("1m", "1m")]
        {
            assert_eq!(text.parse::<Lifetime>().expect(text).to_string(), shown);
        }
        for wrong in ["", "7", "0d", "-1d", "366d", "1 month", "1y", "59s", "soon", "9999999999999999999d"] {
            let error = wrong.parse::<Lifetime>().expect_err(wrong);
            assert!(error.help().is_some_and(|help| help.contains("7d")), "{wrong}");
        }
    }
}
