//! Events from files, such as those that a tenant puts on an SFTP server each night.

mod table;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::{Deserializer, Value};
use thought_industries::EventKind;
use thought_industries_store::StoreError;

use crate::event::{Arrival, Source, event_of};
use crate::inbox::{Added, Inbox};

/// How many events are kept at once.
const AT_ONCE: usize = 500;
/// How many problems are kept.
const MOST_PROBLEMS: usize = 20;

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// How many events it has.
    pub read: u64,
    /// How many of them the inbox did not know.
    pub new: u64,
    /// How many entries are no events.
    pub refused: u64,
    /// The first of these, and why the rest of the file could not be read.
    pub problems: Vec<String>,
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Io(#[from] std::io::Error),
    /// It is neither JSON nor CSV with events.
    #[error("{0}")]
    Form(String),
    /// The inbox failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds the events of a file to an inbox: a JSON array of objects, an object on each line, or CSV with headings such as
/// `userDetail.id`. `kind` is that of events which do not name theirs; without it, the name of the file gives it, as
/// `courseCompletion-….json` does. Reading a file again changes nothing. What is before a place that cannot be read is kept.
///
/// ```
/// use thought_industries_events::{Inbox, import_events};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("login-2026.json");
/// std::fs::write(&file, r#"[{"id":"e-1","timestamp":"2026-01-01T00:00:00Z","user":"ada@example.com"}]"#)?;
/// let inbox = Inbox::open(&folder.path().join("inbox.sqlite"))?;
/// let imported = import_events(&file, None, &inbox, 0)?;
/// assert_eq!((imported.read, imported.new), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be read, is no list of events, or the inbox fails.
pub fn import_events(path: &Path, kind: Option<&EventKind>, inbox: &Inbox, now: i64) -> Result<Imported, ImportError> {
    let of_name = kind_of(path);
    let kind = kind.or(of_name.as_ref()).map(EventKind::as_str);
    let mut file = BufReader::new(File::open(path)?);
    let first = first_character(&mut file)?;
    let mut batch = Batch { inbox, kind, now, events: Vec::new(), imported: Imported::default(), failure: None };
    match first {
        None => return Err(ImportError::Form("the file is empty".to_owned())),
        Some(b'[') => array(file, &mut batch),
        Some(b'{') => objects(file, &mut batch),
        Some(_) => table::read(file, &mut batch)?,
    }
    batch.keep();
    match batch.failure {
        Some(error) => Err(error.into()),
        None => Ok(batch.imported),
    }
}

/// The kind in the name of a file, if it begins with one that is known.
fn kind_of(path: &Path) -> Option<EventKind> {
    let name = path.file_name()?.to_str()?;
    let kind = EventKind::from(name.split(['-', '_', '.']).next()?);
    (!matches!(kind, EventKind::Other(_))).then_some(kind)
}

/// The first byte that is neither blank nor a mark of UTF-8; that is not read yet.
fn first_character(file: &mut impl BufRead) -> Result<Option<u8>, std::io::Error> {
    loop {
        let Some(first) = file.fill_buf()?.first().copied() else { return Ok(None) };
        if !first.is_ascii_whitespace() && !matches!(first, 0xef | 0xbb | 0xbf) {
            return Ok(Some(first));
        }
        file.consume(1);
    }
}

/// Events on their way into the inbox.
struct Batch<'b> {
    inbox: &'b Inbox,
    kind: Option<&'b str>,
    now: i64,
    events: Vec<Arrival>,
    imported: Imported,
    failure: Option<StoreError>,
}

impl Batch<'_> {
    /// Takes an entry; false if no more is to be read.
    fn take(&mut self, raw: Value) -> bool {
        let number = self.imported.read + self.imported.refused + 1;
        match event_of(raw, self.kind) {
            Ok(event) => {
                self.imported.read += 1;
                self.events.push(Arrival::new(event, Source::File));
                if self.events.len() >= AT_ONCE {
                    self.keep();
                }
            }
            Err(error) => {
                self.imported.refused += 1;
                self.add_problem(format!("entry {number}: {error}"));
            }
        }
        self.failure.is_none()
    }

    fn add_problem(&mut self, problem: String) {
        if self.imported.problems.len() < MOST_PROBLEMS {
            self.imported.problems.push(problem);
        }
    }

    fn keep(&mut self) {
        match self.inbox.add(&std::mem::take(&mut self.events), self.now) {
            Ok(added) => self.imported.new += added.iter().filter(|added| **added == Added::New).count() as u64,
            Err(error) => self.failure = Some(error),
        }
    }

    fn end_early(&mut self, error: &dyn std::fmt::Display) {
        self.imported.refused += 1;
        self.add_problem(format!("the rest of the file cannot be read: {error}"));
    }
}

/// An object on each line, or one after the other.
fn objects(file: impl Read, batch: &mut Batch<'_>) {
    for entry in Deserializer::from_reader(file).into_iter() {
        match entry {
            Ok(raw) => {
                if !batch.take(raw) {
                    return;
                }
            }
            Err(error) => return batch.end_early(&error),
        }
    }
}

/// A list, of which one entry at a time is in memory.
fn array(file: impl Read, batch: &mut Batch<'_>) {
    let mut json = Deserializer::from_reader(file);
    let read = json.deserialize_seq(Entries(batch));
    if let Err(error) = read.and_then(|()| json.end()) {
        // A failure of the inbox ends the list as well, and is reported instead.
        if batch.failure.is_none() {
            batch.end_early(&error);
        }
    }
}

struct Entries<'e, 'b>(&'e mut Batch<'b>);

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element()? {
            if !self.0.take(raw) {
                return Err(serde::de::Error::custom("the inbox failed"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
