//! Texts as cells of CSV for spreadsheets, and back again.
//!
//! A spreadsheet runs a cell that looks like a formula ([CSV injection, OWASP]), and a terminal obeys control
//! characters. The two functions here are each other's inverse, so that a file that was exported, opened and saved can be
//! read as a roster.
//!
//! - A `'` is put before a formula: a text that begins with `=`, `+`, `-` or `@`, or one of their full-width forms, behind
//!   white space or further `'` as well. So it is after each `;`, where a spreadsheet of a country with decimal commas begins
//!   a cell. A negative number is none, and neither is one of these characters alone.
//! - Control characters, line ends among them, and invisible marks that change the direction of a line are written as in
//!   Rust: `\u{1b}`. A backslash before `u{` is written as `\u{5c}`.
//!
//! [CSV injection, OWASP]: https://owasp.org/www-community/attacks/CSV_Injection

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text as a cell that neither a spreadsheet nor a terminal obeys.
///
/// ```
/// use thought_industries_provision::sheet;
///
/// assert_eq!(sheet::escape("=cmd()"), "'=cmd()");
/// assert_eq!(sheet::escape("+49 30 1234"), "'+49 30 1234");
/// assert_eq!(sheet::escape("bell\u{7}"), "bell\\u{7}");
/// assert_eq!(sheet::escape("-12.5"), "-12.5");
/// ```
pub fn escape(text: &str) -> Cow<'_, str> {
    if is_harmless(text) {
        return Cow::Borrowed(text);
    }
    let mut cell = String::with_capacity(text.len() + 8);
    for (place, part) in text.split(SEPARATOR).enumerate() {
        if place > 0 {
            cell.push(SEPARATOR);
        }
        if is_formula(part) {
            cell.push(MARK);
        }
        for (at, c) in part.char_indices() {
            let is_escape = c == '\\' && part.get(at..).is_some_and(|rest| rest.starts_with(OPENING));
            if is_obeyed(c) || is_escape {
                // Writing to a string cannot fail.
                _ = write!(cell, "{}", c.escape_unicode());
            } else {
                cell.push(c);
            }
        }
    }
    Cow::Owned(cell)
}

/// The text of a cell: exactly what [`escape`] added is removed. A cell of another program stays as it is, unless it has
/// such a mark itself.
///
/// ```
/// use thought_industries_provision::sheet;
///
/// assert_eq!(sheet::unescape("'=cmd()"), "=cmd()");
/// assert_eq!(sheet::unescape("'t Hooft"), "'t Hooft");
/// ```
pub fn unescape(cell: &str) -> Cow<'_, str> {
    if !cell.contains(MARK) && !cell.contains(OPENING) {
        return Cow::Borrowed(cell);
    }
    let mut text = String::with_capacity(cell.len());
    for (place, part) in cell.split(SEPARATOR).enumerate() {
        if place > 0 {
            text.push(SEPARATOR);
        }
        let part = without_escapes(part);
        let own = part.strip_prefix(MARK).filter(|rest| is_formula(rest));
        text.push_str(own.unwrap_or(&part));
    }
    Cow::Owned(text)
}

/// What keeps a cell from being a formula.
const MARK: char = '\'';

/// Where a spreadsheet may begin another cell, even between quotes. A comma never is: it separates the cells of the file.
const SEPARATOR: char = ';';

/// How an escape begins.
const OPENING: &str = "\\u{";

/// Whether a text is its own cell, as nearly all are.
fn is_harmless(text: &str) -> bool {
    !text.contains(is_obeyed) && !text.contains(OPENING) && !text.split(SEPARATOR).any(is_formula)
}

/// Whether a spreadsheet would run a cell, or would do so without the marks before it.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches(MARK).trim_start();
    let begins = |first: char| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    text.starts_with(begins) && text.chars().nth(1).is_some() && !is_negative_number(text)
}

/// Whether a text is a negative number, which a spreadsheet reads as that.
fn is_negative_number(text: &str) -> bool {
    let is_of_a_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    // `inf` and `nan` are numbers for Rust alone.
    text.starts_with('-') && text.chars().all(is_of_a_number) && text.parse::<f64>().is_ok()
}

/// Whether a terminal or an editor obeys a character instead of showing it.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A text with the characters that are escaped in it.
fn without_escapes(part: &str) -> Cow<'_, str> {
    if !part.contains(OPENING) {
        return Cow::Borrowed(part);
    }
    let mut text = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, after)) = rest.split_once(OPENING) {
        text.push_str(before);
        rest = match escaped(after) {
            Some((c, behind)) => {
                text.push(c);
                behind
            }
            None => {
                text.push_str(OPENING);
                after
            }
        };
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character of an escape, and what follows it; `None` if [`escape`] does not write that.
fn escaped(after: &str) -> Option<(char, &str)> {
    let (digits, behind) = after.split_once('}')?;
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    let is_own =
        (is_obeyed(c) || c == '\\') && c.escape_unicode().eq(OPENING.chars().chain(digits.chars()).chain(['}']));
    is_own.then_some((c, behind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::roster::clean::{self, is_mangled, is_placeholder};
    use crate::{Roster, SyncConfig};

    #[test]
    fn what_a_spreadsheet_or_a_terminal_obeys_is_marked() {
        for (text, cell) in [
            ("Ada Byron", "Ada Byron"),
            ("Zoë 山田 🎓", "Zoë 山田 🎓"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("@SUM(1+1)*cmd", "'@SUM(1+1)*cmd"),
            ("+49 30 1234", "'+49 30 1234"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("-inf", "'-inf"),
            ("＝HYPERLINK(A1)", "'＝HYPERLINK(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\\u{9}=1"),
            ("\r\nx", "\\u{d}\\u{a}x"),
            ("a;=1; -b", "a;'=1;' -b"),
            ("-5", "-5"),
            ("-5.25e-3", "-5.25e-3"),
            ("-", "-"),
            ("'t Hooft", "'t Hooft"),
            ("'=1", "''=1"),
            ("\u{1b}]8;;https://x\u{7}", "\\u{1b}]8;;https://x\\u{7}"),
            ("\u{9b}2J\u{202e}b", "\\u{9b}2J\\u{202e}b"),
            ("\\u{1b}", "\\u{5c}u{1b}"),
            ("C:\\users", "C:\\users"),
        ] {
            assert_eq!((escape(text).as_ref(), unescape(cell).as_ref()), (cell, text), "{text:?}");
        }
    }

    #[test]
    fn cells_of_other_programs_stay_as_they_are() {
        for cell in [
            "'t Hooft; 's-Gravenhage",
            "'-5",
            "'-",
            "\\u{41}",
            "\\u{001b}",
            "\\u{1B}",
            "\\u{zz}",
            "\\u{",
            "=1",
            "O'Hara",
        ] {
            assert_eq!(unescape(cell), cell);
        }
    }

    /// Texts of what the rules are about, and any others.
    fn texts() -> impl Strategy<Value = String> {
        let pieces = "['=+@; \t\r\n\\\\-]|\\\\u\\{|1b|5c|\\}|[\u{0}-\u{1f}\u{7f}-\u{9f}\u{202a}-\u{202e}]|[0-9.e]|.";
        prop_oneof![any::<String>(), prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())]
    }

    proptest! {
        #[test]
        fn every_text_is_read_as_it_was_written(text in texts()) {
            let cell = escape(&text);
            prop_assert_eq!(unescape(&cell), text.as_str());
            prop_assert!(!cell.contains(char::is_control) && !cell.contains(is_obeyed), "{:?}", cell);
            for part in cell.split([SEPARATOR, '\n', '\r', '\t']) {
                let first = part.trim_start().chars().next().unwrap_or('x');
                let is_plain = part.trim_start().chars().count() == 1 || is_negative_number(part.trim_start());
                prop_assert!(is_plain || !"=+-@＝＋－＠".contains(first), "{:?} of {:?}", part, cell);
            }
        }

        /// What was exported is read as a roster of the same values; white space around a value says nothing there, and
        /// neither do invisible characters.
        #[test]
        fn a_roster_has_the_texts_that_were_exported(names in prop::collection::vec(texts(), 1..6)) {
            prop_assume!(names.iter().all(|name| !is_placeholder(name.trim()) && !is_mangled(name.trim())));
            let mut file = tempfile::NamedTempFile::new().expect("a file");
            let mut out = csv::Writer::from_writer(&mut file);
            out.write_record(["email", "lastName"]).expect("written");
            for (place, name) in names.iter().enumerate() {
                out.write_record([format!("p{place}@example.com").as_str(), &escape(name)]).expect("written");
            }
            drop(out);
            let roster = Roster::read(file.path(), &SyncConfig::new(), thought_industries::Date::now()).expect("a roster");
            let read: Vec<String> = roster
                .rows()
                .map(|row| row.expect("a row").1.text("lastName").unwrap_or_default().to_owned())
                .collect();
            let cleaned = |name: &String| unescape(&clean::text(&escape(name)).expect("escaped")).trim().to_owned();
            prop_assert_eq!(read, names.iter().map(cleaned).collect::<Vec<_>>());
        }
    }
}
