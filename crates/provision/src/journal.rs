//! What was done of a plan, line by line: before each entry and after it, each line on the disk before anything else
//! happens. A run that was interrupted goes on from its journal, and a rollback is made of it.

mod lines;
mod storage;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, ErrorKind as IoErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use thought_industries::Date;

use crate::error::{Error, ErrorKind};
use crate::files::{make_private, private, read_line};
use crate::outcome::{EntryOutcome, EntryState, OutcomeKind};
use crate::plan::{Entry, Plan};
use lines::{Chain, VERSION};

pub(crate) use lines::{Line, read, refusal};
pub use storage::JournalStorage;

/// Where a run keeps what it did.
pub trait Journal: Sync {
    /// What is known of an entry of the plan, by its position; `None` if it was never begun.
    fn state(&self, entry: usize) -> Option<EntryState>;

    /// Records that an entry is about to be carried out, and when, by the tenant's time. Returns when that is on disk.
    ///
    /// # Errors
    /// If it cannot be kept: the entry is not carried out then.
    fn begin(&self, entry: usize, what: &Entry, at: Date) -> Result<(), Error>;

    /// Records what came of an entry, and when.
    ///
    /// # Errors
    /// If it cannot be kept.
    fn end(&self, entry: usize, outcome: &EntryOutcome, at: Date) -> Result<(), Error>;
}

/// A journal in a file. While it is open, no other process can open it.
///
/// ```no_run
/// use thought_industries::Date;
/// use thought_industries_provision::{FileJournal, Plan};
///
/// let plan = Plan::read("plan.json".as_ref())?;
/// let journal = FileJournal::open("run.jsonl".as_ref(), &plan)?;
/// journal.start(&plan, "ada", Date::now())?;
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
    storage: Box<dyn JournalStorage>,
    /// How many bytes are complete lines.
    complete: u64,
    /// Whether bytes after the complete lines could not be removed: a line after them could not be read again.
    is_torn: bool,
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
        make_private(&file);
        Self::over(file, path, plan)
    }

    /// A journal that keeps its lines elsewhere than in a file of this computer, for a test of disks that fail. `name` is
    /// what errors call it. Nothing keeps a second journal from using the same storage.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn over(storage: impl JournalStorage + 'static, name: &Path, plan: &Plan) -> Result<Self, Error> {
        let mut storage = Box::new(storage);
        let (mut digest, mut states) = (None, BTreeMap::new());
        let source = storage.reader().map_err(|error| refusal(name, &error))?;
        let (complete, chain) = read(name, source, |line| {
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
            return Err(refusal(name, &"this is the journal of another plan"));
        }
        let inner = Inner { storage, complete, is_torn: false, chain, states };
        Ok(Self { path: name.to_owned(), inner: Mutex::new(inner) })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to write. An incomplete last line is removed, and a new journal gets its first line. `by` is who runs it, and
    /// `at` is when.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn start(&self, plan: &Plan, by: &str, at: Date) -> Result<(), Error> {
        let mut inner = self.inner();
        let complete = inner.complete;
        // A line that is appended to a torn one could not be read again.
        inner.storage.truncate(complete).map_err(|error| cannot_write(&self.path, &error))?;
        if complete > 0 {
            return Ok(());
        }
        let (digest, tenant) = (plan.digest.clone(), plan.tenant.clone());
        inner.push(&self.path, &Line::Plan { version: VERSION, digest, tenant, by: by.to_owned(), at })
    }

    /// Removes the file if nothing was ever written to it.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn discard_if_empty(self) -> Result<(), Error> {
        if self.inner().storage.length()? == 0 {
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
            Ok(file) => {
                let read = read_line(&mut BufReader::new(file), &mut first);
                read.map_err(|error| refusal(path, &format!("line 1: {error}")))?;
            }
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
    /// Writes a line, and waits until the disk has it. A line that cannot be written leaves nothing behind.
    fn push(&mut self, path: &Path, line: &Line) -> Result<(), Error> {
        if self.is_torn {
            return Err(cannot_write(path, &std::io::Error::other("a part of a line could not be removed")));
        }
        let mut chain = self.chain.clone();
        let text = chain.seal(&serde_json::to_string(line)?);
        if let Err(error) = self.storage.append(text.as_bytes()) {
            self.is_torn = self.storage.truncate(self.complete).is_err();
            return Err(cannot_write(path, &error));
        }
        self.chain = chain;
        self.complete += text.len() as u64;
        Ok(())
    }
}

impl Journal for FileJournal {
    fn state(&self, entry: usize) -> Option<EntryState> {
        self.inner().states.get(&entry).copied()
    }

    fn begin(&self, entry: usize, what: &Entry, at: Date) -> Result<(), Error> {
        let mut inner = self.inner();
        inner.push(&self.path, &Line::Begun { entry, at, what: what.clone() })?;
        let state = EntryState::begun(inner.states.get(&entry).copied(), at);
        inner.states.insert(entry, state);
        Ok(())
    }

    fn end(&self, entry: usize, outcome: &EntryOutcome, at: Date) -> Result<(), Error> {
        let EntryOutcome { kind, id, reason, seen, .. } = outcome.clone();
        let mut inner = self.inner();
        inner.push(&self.path, &Line::Ended { entry, at, id, outcome: kind, reason, seen })?;
        finish(&mut inner.states, entry, kind);
        Ok(())
    }
}

fn finish(states: &mut BTreeMap<usize, EntryState>, entry: usize, kind: OutcomeKind) {
    if let Some(state) = states.get_mut(&entry) {
        state.kind = Some(kind);
    }
}

/// Opens a whole journal to read it, of an interrupted run as well.
pub(crate) fn read_file<T>(path: &Path, read: impl FnOnce(BufReader<&File>) -> Result<T, Error>) -> Result<T, Error> {
    let file = File::open(path).map_err(|error| refusal(path, &format!("cannot be read: {error}")))?;
    // A rollback of a run that is still in progress would miss the rest of it.
    file.try_lock_shared().map_err(|_| in_use(path))?;
    read(BufReader::new(&file))
}

fn in_use(path: &Path) -> Error {
    let help = "nothing was written to the tenant; wait until the other run has ended";
    Error::of_file(ErrorKind::Journal, path, "another process is writing it").with_help(help)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Error {
    let help = "the run stopped; run the same command again once the file can be written";
    Error::of_file(ErrorKind::Io, path, format!("cannot be written: {error}")).with_help(help)
}
