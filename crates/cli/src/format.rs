//! Values as text, for tables and pages.

use thought_industries::Date;

/// The day of a date.
pub(crate) fn day(date: Date) -> String {
    date.to_string().chars().take(10).collect()
}

/// The day and the minute of a date.
pub(crate) fn minute(date: Date) -> String {
    let text: String = date.to_string().chars().take(16).collect();
    format!("{} UTC", text.replace('T', " "))
}

/// The status of a user or a client.
pub(crate) fn status(disabled: Option<bool>) -> &'static str {
    match disabled {
        Some(true) => "disabled",
        Some(false) => "active",
        None => "–",
    }
}

/// A seat limit: both none and 0 mean unlimited.
pub(crate) fn seats(limit: Option<i64>) -> String {
    match limit {
        None | Some(0) => "unlimited".to_owned(),
        Some(limit) => limit.to_string(),
    }
}

/// A cell for a value that may be missing.
pub(crate) fn cell(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}
