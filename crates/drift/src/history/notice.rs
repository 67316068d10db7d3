//! The sentences on how long parts were deprecated before they were removed.

use crate::report::counted;
use crate::timeline::{Life, Moment, Notice};

/// How much notice removed parts had.
pub(super) fn summary(notice: &Notice) -> String {
    let Notice { removed, without, days } = notice;
    let removed_parts = counted(*removed, "removed part");
    if *removed == 0 {
        return removed_parts;
    }
    let with = match (removed - without, days) {
        (0, _) => String::new(),
        (some, None) => format!("{some} deprecated before, "),
        (1, Some([days, ..])) => format!("1 deprecated before, for {}, ", counted_days(*days)),
        (some, Some([least, median, most])) => {
            format!("{some} deprecated before, for {least} to {} with a median of {median}, ", counted_days(*most))
        }
    };
    format!("{removed_parts}: {with}{without} without notice")
}

/// When a part was added, deprecated and removed.
pub(super) fn line(life: &Life) -> String {
    let Life { coordinate, added, deprecated, removed, .. } = life;
    let at = |moment: &Moment| moment.date.map_or_else(|| moment.version.clone(), |date| date.to_string());
    let added = added.as_ref().map(|moment| format!("added {}, ", at(moment))).unwrap_or_default();
    match (deprecated, removed) {
        (None, Some(removed)) if life.can_be_deprecated => {
            format!("`{coordinate}`: {added}removed {} without notice", at(removed))
        }
        (None, Some(removed)) => format!("`{coordinate}`: {added}removed {}", at(removed)),
        (Some(deprecated), Some(removed)) => {
            let days = life.days_of_notice().map(|days| format!(" after {}", counted_days(days))).unwrap_or_default();
            format!("`{coordinate}`: {added}deprecated {}, removed {}{days}", at(deprecated), at(removed))
        }
        (Some(deprecated), None) => format!("`{coordinate}`: {added}deprecated {}, still there", at(deprecated)),
        (None, None) => format!("`{coordinate}`: {added}still there"),
    }
}

fn counted_days(days: i32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
