//! Why an entry is in a plan.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why an entry is in a plan.
///
/// ```
/// use thought_industries_provision::Reason;
///
/// assert_eq!(Reason::Ends("2026-11-30".to_owned()).to_string(), "ends 2026-11-30");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Reason {
    /// No user has the key of the row.
    New,
    /// The row has other values than the user.
    Differs,
    /// No row has the key of the user.
    NotInRoster,
    /// The user is in the roster again, which has all users who are to be active.
    InRoster,
    /// The status of the row is active.
    Active,
    /// The status of the row is disabled.
    Disabled,
    /// The last day of the user, as `YYYY-MM-DD`, has passed.
    Ends(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new in the roster"),
            Self::Differs => f.write_str("the roster has other values"),
            Self::NotInRoster => f.write_str("not in the roster"),
            Self::InRoster => f.write_str("in the roster again"),
            Self::Active => f.write_str("active in the roster"),
            Self::Disabled => f.write_str("disabled in the roster"),
            Self::Ends(day) => write!(f, "ends {day}"),
        }
    }
}
