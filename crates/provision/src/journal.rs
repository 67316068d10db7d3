//! What was done of a plan, line by line: before each entry and after it, each line on the disk before anything else
//! happens. A run that was interrupted goes on from its journal, and a rollback is made of it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind as IoErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use thought_industries::Date;

use crate::error::{Error, ErrorKind};
use crate::files::private;
use crate::outcome::{EntryOutcome, EntryState, OutcomeKind};
use crate::plan::{Entry, Plan};

/// The version of the format of journals (`docs/formats.md`).
const VERSION: u32 = 2;

/// Where a run keeps what it did.
pub trait Journal: Sync {
    /// What is known of an entry of the plan, by its position; `None` if it was never begun.
    fn state(&self, entry: usize) -> Option<EntryState>;

    /// Records that an entry is about to be carried out. Returns when that is on disk.
    ///
    /// # Errors
    /// If it cannot be kept: the entry is not carried out then.
    fn begin(&self, entry: usize, what: &Entry) -> Result<(), Error>;

    /// Records what came of an entry.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn end(&self, entry: usize, outcome: &EntryOutcome) -> Result<(), Error>;
}

/// A line of a journal.
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

/// A journal in a file. While it is open, no other process can open it.
///
/// ```no_run
/// use thought_industries_provision::{FileJournal, Plan};
///
/// let plan = Plan::read("plan.json".as_ref())?;
/// let journal = FileJournal::open("run.jsonl".as_ref(), &plan)?;
/// journal.start(&plan, "ada")?;
/// println!("{} entries were begun and not ended", journal.unfinished().len());
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    file: File,
    /// How many bytes are complete lines.
    complete: u64,
    chain: Chain,
    states: BTreeMap<usize, EntryState>,
}

impl FileJournal {
    /// Opens the journal of a plan, or a new one. Nothing is written before [`start`](Self::start).
    ///
    /// # Errors
    /// If the file is the journal of another plan, was changed, or is in use.
    pub fn open(path: &Path, plan: &Plan) -> Result<Self, Error> {
        // Opening does not truncate, since the file may turn out not to be a journal.
        let file = private(OpenOptions::new().create(true).read(true).append(true)).open(path);
        let file = file.map_err(|error| refusal(path, &error))?;
        // Two runs with one journal would carry out the same entries twice.
        file.try_lock().map_err(|_| in_use(path))?;
        let (mut digest, mut states) = (None, BTreeMap::new());
        let (complete, chain) = read(path, BufReader::new(&file), |line| {
            match line {
                Line::Plan { digest: own, .. } => digest = Some(own),
                Line::Begun { entry, at, .. } => {
                    let state = EntryState::begun(states.get(&entry).copied(), at);
                    states.insert(entry, state);
                }
                Line::Ended { entry, outcome, .. } => finish(&mut states, entry, outcome),
            }
            Ok(())
        })?;
        if digest.is_some_and(|digest| digest != plan.digest) {
            return Err(refusal(path, &"this is the journal of another plan"));
        }
        Ok(Self { path: path.to_owned(), inner: Mutex::new(Inner { file, complete, chain, states }) })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to write. An incomplete last line is removed, and a new journal gets its first line. `by` is who runs it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn start(&self, plan: &Plan, by: &str) -> Result<(), Error> {
        let mut inner = self.inner();
        let complete = inner.complete;
        // A line that is appended to a torn one could not be read again.
        inner.file.set_len(complete).map_err(|error| cannot_write(&self.path, &error))?;
        if complete > 0 {
            return Ok(());
        }
        let (digest, tenant) = (plan.digest.clone(), plan.tenant.clone());
        inner.push(&self.path, &Line::Plan { version: VERSION, digest, tenant, by: by.to_owned(), at: Date::now() })
    }

    /// Removes the file if nothing was ever written to it.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn discard_if_empty(self) -> Result<(), Error> {
        if self.inner().file.metadata()?.len() == 0 {
            std::fs::remove_file(&self.path)?;
        }
        Ok(())
    }

    /// The entries that were begun and are not done, by their position in the plan.
    pub fn unfinished(&self) -> Vec<usize> {
        let inner = self.inner();
        inner.states.iter().filter(|(_, state)| !state.is_settled()).map(|(entry, _)| *entry).collect()
    }

    /// The digest of the plan that a journal belongs to; `None` if there is no such file, or it was never started.
    ///
    /// # Errors
    /// If the file is not a journal.
    pub fn plan_of(path: &Path) -> Result<Option<String>, Error> {
        // The first line never changes, so that it can be read without a lock while another process appends.
        let mut first = Vec::new();
        match File::open(path) {
            Ok(file) => _ = BufReader::new(file).read_until(b'\n', &mut first)?,
            Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refusal(path, &error)),
        }
        let mut digest = None;
        read(path, first.as_slice(), |line| {
            if let Line::Plan { digest: own, .. } = line {
                digest = Some(own);
            }
            Ok(())
        })?;
        Ok(digest)
    }
}

impl Inner {
    /// Writes a line, and waits until the disk has it.
    fn push(&mut self, path: &Path, line: &Line) -> Result<(), Error> {
        let mut write = || -> std::io::Result<()> {
            let text = self.chain.seal(&serde_json::to_string(line)?);
            self.file.write_all(text.as_bytes())?;
            self.file.sync_data()
        };
        write().map_err(|error| cannot_write(path, &error))
    }
}

impl Journal for FileJournal {
    fn state(&self, entry: usize) -> Option<EntryState> {
        self.inner().states.get(&entry).copied()
    }

    fn begin(&self, entry: usize, what: &Entry) -> Result<(), Error> {
        let mut inner = self.inner();
        let at = Date::now();
        inner.push(&self.path, &Line::Begun { entry, at, what: what.clone() })?;
        let state = EntryState::begun(inner.states.get(&entry).copied(), at);
        inner.states.insert(entry, state);
        Ok(())
    }

    fn end(&self, entry: usize, outcome: &EntryOutcome) -> Result<(), Error> {
        let EntryOutcome { kind, id, reason, seen, .. } = outcome.clone();
        let mut inner = self.inner();
        inner.push(&self.path, &Line::Ended { entry, at: Date::now(), id, outcome: kind, reason, seen })?;
        finish(&mut inner.states, entry, kind);
        Ok(())
    }
}

fn finish(states: &mut BTreeMap<usize, EntryState>, entry: usize, kind: OutcomeKind) {
    if let Some(state) = states.get_mut(&entry) {
        state.kind = Some(kind);
    }
}

/// The checksums of lines: each covers its line and the checksum of the line before, so that no line can be changed,
/// removed or moved unnoticed.
#[derive(Debug, Clone, Default)]
struct Chain {
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
    fn seal(&mut self, json: &str) -> String {
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

/// Reads a journal line by line. The first line names the plan, and an entry ends right after it was begun. Returns how many
/// bytes are complete lines: a last line without an end was being written when the run was killed.
fn read(
    path: &Path,
    mut source: impl BufRead,
    mut each: impl FnMut(Line) -> Result<(), Error>,
) -> Result<(u64, Chain), Error> {
    let (mut complete, mut chain, mut begun) = (0, Chain::default(), None);
    let mut bytes = Vec::new();
    for number in 1.. {
        let wrong = |reason: &str| refusal(path, &format!("line {number}: {reason}"));
        let not_a_journal = || wrong("this is not a journal of `ti apply`");
        bytes.clear();
        source.read_until(b'\n', &mut bytes).map_err(|error| refusal(path, &error))?;
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
            Line::Plan { version, .. } if *version != VERSION => return Err(old(path)),
            Line::Plan { .. } if number > 1 => return Err(wrong("a second plan begins here")),
            Line::Plan { .. } => {}
            _ if number == 1 => return Err(not_a_journal()),
            Line::Begun { entry, .. } => begun = Some(*entry),
            Line::Ended { entry, .. } if begun.take() != Some(*entry) => {
                return Err(wrong("this entry was not begun"));
            }
            Line::Ended { .. } => {}
        }
        each(line)?;
    }
    Ok((complete, chain))
}

const CHANGED: &str = "the checksum does not match: this line, or one before it, was changed";
/// The journal was written by another version.
fn old(path: &Path) -> Error {
    let message = format!("this journal was written by another version; this program reads version {VERSION}");
    let help =
        "nothing was written to the tenant; finish the run or roll it back with the version that wrote the journal";
    Error::of_file(ErrorKind::Version, path, message).with_help(help)
}

/// Whether a first line is that of a journal without checksums.
fn is_of_version_1(text: &str) -> bool {
    text.as_bytes().starts_with(FIRST) && !text.contains("\"version\"") && !text.contains("\"sum\"")
}

/// Reads a whole journal, of an interrupted run as well.
pub(crate) fn read_file(path: &Path, each: impl FnMut(Line) -> Result<(), Error>) -> Result<(), Error> {
    let file = File::open(path).map_err(|error| refusal(path, &format!("cannot be read: {error}")))?;
    // A rollback of a run that is still in progress would miss the rest of it.
    file.try_lock_shared().map_err(|_| in_use(path))?;
    read(path, BufReader::new(file), each).map(drop)
}

/// The file is not the journal that is needed.
pub(crate) fn refusal(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    let help =
        "nothing was written to the tenant; give the journal that `ti apply` wrote, or a new name for a new journal";
    Error::of_file(ErrorKind::Journal, path, reason).with_help(help)
}

fn in_use(path: &Path) -> Error {
    let help = "nothing was written to the tenant; wait until the other run has ended";
    Error::of_file(ErrorKind::Journal, path, "another process is writing it").with_help(help)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    let help = "the run stopped; run the same command again once the file can be written";
    Error::of_file(ErrorKind::Io, path, format!("cannot be written: {error}")).with_help(help)
}

#[cfg(test)]
mod tests {
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
