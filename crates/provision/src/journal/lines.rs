//! The lines of a journal, and their checksums.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use thought_industries::Date;

use crate::error::{Error, ErrorKind};
use crate::files::read_line;
use crate::outcome::OutcomeKind;
use crate::plan::Entry;

/// The version of the format of journals (`docs/formats.md`).
pub(super) const VERSION: u32 = 3;

/// The oldest version that is read: its entries have neither names nor reasons.
const OLDEST: u32 = 2;

/// A line of a journal.
#[expect(clippy::large_enum_variant, reason = "lines are read and written one by one")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Line {
    /// The first line: which plan was carried out.
    Plan { version: u32, digest: String, tenant: String, by: String, at: Date },
    /// An entry is about to be carried out.
    Begun { entry: usize, at: Date, what: Entry },
    /// What came of it.
    Ended {
        entry: usize,
        at: Date,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        id: Option<String>,
        outcome: OutcomeKind,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
        #[serde(skip_serializing_if = "Map::is_empty", default)]
        seen: Map<String, Value>,
    },
}

/// The checksums of lines: each covers its line and the checksum of the line before, so that no line can be changed,
/// removed or moved unnoticed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chain {
    last: String,
}

impl Chain {
    /// How many hexadecimal digits a checksum has.
    const DIGITS: usize = 32;

    fn next(&mut self, json: &str) -> String {
        let sum = Sha256::new().chain_update(&self.last).chain_update(json).finalize();
        let digits = sum.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(Self::DIGITS);
        self.last = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        self.last.clone()
    }

    /// A line of a file: an object with its checksum as the last field.
    pub(super) fn seal(&mut self, json: &str) -> String {
        let sum = self.next(json);
        format!("{},\"sum\":\"{sum}\"}}\n", json.strip_suffix('}').unwrap_or(json))
    }

    /// The object of a line, if its checksum matches.
    fn open(&mut self, line: &str) -> Option<String> {
        // The text is split, not parsed: the checksum covers the bytes as they were written.
        let (json, sum) = line.strip_suffix("\"}")?.rsplit_once(",\"sum\":\"")?;
        let json = format!("{json}}}");
        (self.next(&json) == sum).then_some(json)
    }
}

/// How every journal begins.
const FIRST: &[u8] = b"{\"line\":\"plan\"";

/// Reads a journal line by line. The first line names the plan, and an entry ends after it was begun. Returns how many bytes are complete lines: a last line without an end was being written when the run was killed.
pub(crate) fn read(
    path: &Path,
    mut source: impl BufRead,
    mut each: impl FnMut(Line) -> Result<(), Error>,
) -> Result<(u64, Chain), Error> {
    let (mut complete, mut chain, mut begun) = (0, Chain::default(), BTreeSet::new());
    let mut bytes = Vec::new();
    for number in 1.. {
        let wrong = |reason: &str| refusal(path, &format!("line {number}: {reason}"));
        let not_a_journal = || wrong("this is not a journal of `ti apply`");
        bytes.clear();
        read_line(&mut source, &mut bytes).map_err(|error| wrong(&error.to_string()))?;
        let Some(text) = bytes.strip_suffix(b"\n") else {
            // A torn first line may be shorter than `FIRST`, and an empty file is a journal that was never started.
            let is_torn = number > 1 || FIRST.starts_with(bytes.get(..FIRST.len()).unwrap_or(&bytes));
            return if is_torn { Ok((complete, chain)) } else { Err(not_a_journal()) };
        };
        complete += bytes.len() as u64;
        // A file of another kind is reported as such, not as a journal that was changed.
        let begins_as_journal = number > 1 || text.starts_with(FIRST);
        let text = std::str::from_utf8(text).map_err(|_| wrong("it is not UTF-8"))?;
        let Some(json) = chain.open(text) else {
            return Err(match begins_as_journal {
                false => not_a_journal(),
                true if is_of_version_1(text) => old(path),
                true => wrong(CHANGED),
            });
        };
        let line: Line = serde_json::from_str(&json).map_err(|error| wrong(&error.to_string()))?;
        match &line {
            Line::Plan { version, .. } if !(OLDEST..=VERSION).contains(version) => return Err(old(path)),
            Line::Plan { .. } if number > 1 => return Err(wrong("a second plan begins here")),
            Line::Plan { .. } => {}
            _ if number == 1 => return Err(not_a_journal()),
            Line::Begun { entry, .. } => _ = begun.insert(*entry),
            Line::Ended { entry, .. } if !begun.remove(entry) => return Err(wrong("this entry was not begun")),
            Line::Ended { .. } => {}
        }
        each(line)?;
    }
    Ok((complete, chain))
}

const CHANGED: &str = "the checksum does not match: this line, or one before it, was changed";
/// The journal was written by another version.
fn old(path: &Path) -> Error {
    let message =
        format!("this journal was written by another version; this program reads versions {OLDEST} to {VERSION}");
    let help =
        "nothing was written to the tenant; finish the run or roll it back with the version that wrote the journal";
    Error::of_file(ErrorKind::Version, path, message).with_help(help)
}

/// Whether a first line is that of a journal without checksums.
fn is_of_version_1(text: &str) -> bool {
    text.as_bytes().starts_with(FIRST) && !text.contains("\"version\"") && !text.contains("\"sum\"")
}

/// The file is not the journal that is needed.
pub(crate) fn refusal(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    let help =
        "nothing was written to the tenant; give the journal that `ti apply` wrote, or a new name for a new journal";
    Error::of_file(ErrorKind::Journal, path, reason).with_help(help)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn lines(count: usize) -> (String, usize) {
        let mut chain = Chain::default();
        let at: Date = "2026-01-01T00:00:00Z".parse().expect("a date");
        let plan = Line::Plan {
            version: VERSION,
            digest: "d".to_owned(),
            tenant: "https://acme.example/".to_owned(),
            by: "ada".to_owned(),
            at,
        };
        let mut text = chain.seal(&serde_json::to_string(&plan).expect("JSON"));
        for entry in 0..count {
            let what = Entry { email: Some("ada@example.com".to_owned()), ..Entry::of(crate::plan::Action::Update) };
            let ended = Line::Ended {
                entry,
                at,
                id: Some("id".to_owned()),
                outcome: OutcomeKind::Done,
                reason: None,
                seen: Map::new(),
            };
            for line in [Line::Begun { entry, at, what }, ended] {
                text.push_str(&chain.seal(&serde_json::to_string(&line).expect("JSON")));
            }
        }
        (text, 1 + 2 * count)
    }

    /// How many lines are read, or what is wrong.
    fn check(bytes: &[u8]) -> Result<usize, String> {
        let mut count = 0;
        let read = read(Path::new("run.jsonl"), bytes, |_| {
            count += 1;
            Ok(())
        });
        read.map(|_| count).map_err(|error| error.to_string())
    }

    #[test]
    fn every_changed_bit_is_noticed_or_costs_the_last_line_only() {
        let (text, count) = lines(2);
        assert_eq!(check(text.as_bytes()), Ok(count));
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            match check(&bytes) {
                // The line end of the last line is the one byte that makes it look torn.
                Ok(read) => assert!(bit / 8 == text.len() - 1 && read == count - 1, "bit {bit} was accepted"),
                Err(reason) => assert!(reason.starts_with("run.jsonl: line "), "{reason}"),
            }
        }
    }

    #[test]
    fn lines_that_are_missing_or_moved_are_noticed() {
        let (text, _) = lines(2);
        let all: Vec<&str> = text.split_inclusive('\n').collect();
        for (name, kept) in
            [("removed", vec![0, 3, 4]), ("moved", vec![0, 3, 4, 1, 2]), ("repeated", vec![0, 1, 2, 1, 2])]
        {
            let changed: String = kept.iter().map(|place| all[*place]).collect();
            assert!(check(changed.as_bytes()).expect_err(name).contains(CHANGED), "{name}");
        }
    }

    #[test]
    fn entries_may_be_under_way_at_once_and_end_once() {
        let (text, _) = lines(3);
        let lines: Vec<&str> = text.lines().filter_map(|line| line.split(",\"sum\"").next()).collect();
        let in_order = |order: &[usize]| -> String {
            let mut chain = Chain::default();
            order.iter().map(|place| chain.seal(&format!("{}}}", lines[*place]))).collect()
        };
        // Two are begun before the first of them ends.
        assert_eq!(check(in_order(&[0, 1, 3, 2, 5, 6, 4]).as_bytes()), Ok(7));
        for order in [&[0, 2][..], &[0, 1, 4], &[0, 1, 3, 2, 2]] {
            assert!(check(in_order(order).as_bytes()).expect_err("not begun").ends_with("this entry was not begun"));
        }
    }

    #[test]
    fn a_line_without_an_end_is_not_read_into_memory() {
        let (text, _) = lines(1);
        let endless = std::io::BufReader::new(text.as_bytes().chain(std::io::repeat(0)));
        let read = read(Path::new("run.jsonl"), endless, |_| Ok(())).expect_err("a device");
        assert_eq!(read.to_string(), "run.jsonl: line 4: the line is longer than 16 MiB");
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_an_old_journal_refused() {
        let (text, count) = lines(1);
        for end in 1..text.len() {
            let cut = check(&text.as_bytes()[..end]);
            assert!(cut.as_ref().is_ok_and(|read| *read < count), "{end}: {cut:?}");
        }
        let old =
            "{\"line\":\"plan\",\"digest\":\"d\",\"tenant\":\"t\",\"by\":\"b\",\"at\":\"2026-01-01T00:00:00Z\"}\n";
        assert!(check(old.as_bytes()).expect_err("no checksums").contains("another version"));
        assert!(check(b"{\"a\":1}\n").expect_err("JSON").contains("not a journal"));
    }
}
