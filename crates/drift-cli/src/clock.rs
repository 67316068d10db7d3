//! The day.

use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The day in UTC, so that an entry expires at the same moment on every machine.
pub(crate) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}
