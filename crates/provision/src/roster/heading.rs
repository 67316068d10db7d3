//! Where the heading of a table is, and which rows below it are not about users.

use super::columns::is_known;
use crate::config::SyncConfig;

/// How many rows may come before the heading.
pub(super) const MOST_TITLES: usize = 20;

/// Where the heading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heading {
    /// The position of its row.
    pub(super) at: usize,
    /// Whether the next row repeats it in the words of users, as exports of SAP `SuccessFactors` do.
    pub(super) is_double: bool,
    /// How many of its cells are known.
    pub(super) known: usize,
}

/// The heading among the first rows: the one of which most cells are known, and the first row if none are.
pub(super) fn find(rows: &[Vec<String>], config: &SyncConfig) -> Heading {
    let known: Vec<usize> = rows.iter().take(MOST_TITLES).map(|row| score(row, config)).collect();
    let most = known.iter().copied().max().unwrap_or_default();
    let at = known.iter().position(|own| *own == most).unwrap_or_default();
    // A row of values has at most one word that is a heading as well.
    let below = known.get(at + 1).copied().unwrap_or_default();
    Heading { at, is_double: below >= 2 && below * 2 >= most, known: most }
}

fn score(row: &[String], config: &SyncConfig) -> usize {
    row.iter().filter(|cell| is_known(cell, config)).count()
}

/// Whether a row counts others instead of being one: few cells, of which the first says so.
pub(super) fn is_footer(row: &[String]) -> bool {
    const WORDS: [&str; 12] = [
        "total",
        "sum",
        "summe",
        "gesamt",
        "anzahl",
        "count",
        "number of",
        "records",
        "row count",
        "end of",
        "generated",
        "exported",
    ];
    let mut cells = row.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let Some(first) = cells.next().map(str::to_lowercase) else { return false };
    cells.count() <= 1 && WORDS.iter().any(|word| first.starts_with(word)) && !first.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn a_heading_is_found_below_titles_and_above_its_labels() {
        let config = SyncConfig::new();
        let found = |given: &[&[&str]]| {
            let heading = find(&rows(given), &config);
            (heading.at, heading.is_double)
        };
        assert_eq!(found(&[&["email", "firstName"], &["a@example.com", "Active"]]), (0, false));
        assert_eq!(
            found(&[&["All Workers"], &["Run on 2026-11-22"], &["Employee ID", "Primary Work Email"]]),
            (2, false)
        );
        let technical = ["STATUS", "USERID", "FIRSTNAME", "EMAIL"];
        let labels = ["Status", "User ID", "First Name", "Email Address"];
        assert_eq!(found(&[&technical, &labels, &["active", "1", "Ada", "ada@example.com"]]), (0, true));
        assert_eq!(found(&[&["x", "y"], &["1", "2"]]), (0, false));
    }

    #[test]
    fn a_row_that_counts_is_not_a_user() {
        let is = |row: &[&str]| is_footer(&rows(&[row])[0]);
        assert!(is(&["Total: 184", "", ""]) && is(&["", "Gesamt", "184"]) && is(&["Records exported 12"]));
        assert!(!is(&["total@example.com", "Ada"]) && !is(&["Total", "Ada", "Byron"]) && !is(&["", ""]));
    }
}
