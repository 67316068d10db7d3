//! Rust types for the API's scalars.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::text::PageText;

/// Any JSON value: the scalar `JSON`, and every scalar that is unknown to the client.
pub type Json = serde_json::Value;

/// A point in time: the scalar `Date`, ISO 8601 in UTC with milliseconds, such as `2024-01-01T00:00:00.000Z`.
///
/// ```
/// use thought_industries::Date;
///
/// let date: Date = "2024-01-01T01:00:00+01:00".parse()?;
/// assert_eq!(date.to_string(), "2024-01-01T00:00:00.000Z");
/// assert_eq!(date.as_millisecond(), 1_704_067_200_000);
/// # Ok::<(), thought_industries::InvalidDate>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::Timestamp);

impl Date {
    /// The current time.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now())
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn as_millisecond(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The time that many milliseconds after 1970-01-01T00:00:00Z; `None` outside the years -9999 to 9999.
    pub fn from_millisecond(milliseconds: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(milliseconds).ok().map(Self)
    }
}

/// The error for a text that is not a valid date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 8601 date with time and offset")]
pub struct InvalidDate(());

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        text.parse().map(Self).map_err(|_: jiff::Error| InvalidDate(()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DateVisitor)
    }
}

struct DateVisitor;

impl Visitor<'_> for DateVisitor {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an ISO 8601 date with time and offset")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Date, E> {
        text.parse().map_err(E::custom)
    }
}
