//! What was done of a plan, line by line: before each write and after its answer, each on the disk before anything
//! else happens. A run that was killed goes on from here.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thought_industries::Date;

use crate::apply::Ended;
use crate::audit;
use crate::failure::Failure;
use crate::plan::{Entry, Plan};

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Line {
    /// The first: which plan this is of.
    #[serde(rename_all = "camelCase")]
    Plan { digest: String, tenant: String, by: String, at: Date },
    /// An entry is about to be carried out.
    #[serde(rename_all = "camelCase")]
    Begun { entry: usize, at: Date, what: Entry },
    /// It has ended.
    #[serde(rename_all = "camelCase")]
    Ended {
        entry: usize,
        at: Date,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        id: Option<String>,
        end: End,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
        /// Where somebody stands who was created.
        #[serde(skip_serializing_if = "Map::is_empty", default)]
        seen: Map<String, Value>,
    },
}

/// How an entry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum End {
    /// It is carried out.
    Done,
    /// There was nothing to do: what it takes back is as it was before.
    Nothing,
    /// It was not carried out, since it does not fit any more what is there.
    Refused,
    /// The tenant refused it, or could not be reached.
    Failed,
    /// A part of it was carried out.
    Partial,
    /// It may have been carried out.
    Unknown,
}

impl End {
    /// For people to read.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Nothing => "nothing to do",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Partial => "done in part",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Known {
    /// When the first attempt was begun that may have done something.
    pub(crate) begun: Date,
    /// How it ended; `None` if nobody knows.
    pub(crate) end: Option<End>,
}

impl Known {
    /// Whether an attempt may have done something and is to be made again.
    pub(crate) fn is_open(self) -> bool {
        matches!(self.end, None | Some(End::Unknown | End::Partial))
    }

    /// Whether nothing is left to be done.
    fn is_settled(self) -> bool {
        matches!(self.end, Some(End::Done | End::Nothing))
    }
}

/// A journal that is written to.
pub(crate) struct Journal {
    file: File,
    /// How many bytes are whole lines.
    whole: u64,
    known: BTreeMap<usize, Known>,
}

impl Journal {
    /// Opens the journal of a plan, or a new one. That of another plan, or of another run that goes on, is refused.
    /// Nothing is written before [`start`](Self::start).
    pub(crate) fn open(path: &Path, plan: &Plan) -> Result<Self, Failure> {
        let wrong = |reason: String| refusal(path, &reason);
        let file = private(OpenOptions::new().create(true).read(true).append(true)).open(path);
        let file = file.map_err(|error| wrong(error.to_string()))?;
        file.try_lock().map_err(|_| in_use(path))?;
        let (mut digest, mut known) = (None, BTreeMap::new());
        let whole = read(path, BufReader::new(&file), |line| {
            match line {
                Line::Plan { digest: own, .. } => digest = Some(own),
                Line::Begun { entry, at, .. } => begin(&mut known, entry, at),
                Line::Ended { entry, end, .. } => finish(&mut known, entry, end),
            }
            Ok(())
        })?;
        if digest.is_some_and(|digest| digest != plan.digest) {
            return Err(wrong("this is the journal of another plan".to_owned()));
        }
        Ok(Self { file, whole, known })
    }

    /// Begins to write: what was torn off in the middle of a line never counted, and a new journal says what it is of.
    pub(crate) fn start(&mut self, plan: &Plan) -> Result<(), Failure> {
        self.file.set_len(self.whole)?;
        if self.whole == 0 {
            let (digest, tenant) = (plan.digest.clone(), plan.tenant.clone());
            self.push(&Line::Plan { digest, tenant, by: audit::user(), at: Date::now() })?;
        }
        Ok(())
    }

    /// Takes the file away again, if nothing was ever written to it.
    pub(crate) fn discard(self, path: &Path) -> Result<(), Failure> {
        if self.file.metadata()?.len() == 0 {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }

    /// What is known of an entry that was begun.
    pub(crate) fn known(&self, entry: usize) -> Option<Known> {
        self.known.get(&entry).copied()
    }

    /// Entries that were begun, and are not done.
    pub(crate) fn left(&self) -> impl Iterator<Item = usize> {
        self.known.iter().filter(|(_, known)| !known.is_settled()).map(|(entry, _)| *entry)
    }

    pub(crate) fn begin(&mut self, entry: usize, what: &Entry) -> Result<(), Failure> {
        let at = Date::now();
        self.push(&Line::Begun { entry, at, what: what.clone() })?;
        begin(&mut self.known, entry, at);
        Ok(())
    }

    pub(crate) fn end(&mut self, entry: usize, ended: &Ended) -> Result<(), Failure> {
        let Ended { end, id, reason, seen, .. } = ended.clone();
        self.push(&Line::Ended { entry, at: Date::now(), id, end, reason, seen })?;
        finish(&mut self.known, entry, end);
        Ok(())
    }

    /// Writes a line, and waits until the disk has it.
    fn push(&mut self, line: &Line) -> Result<(), Failure> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()?;
        Ok(())
    }
}

/// Files with what people are called are for nobody else to read.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// The digest of the plan that a journal is of; `None` if there is none, or it was never begun.
pub(crate) fn digest_of(path: &Path) -> Result<Option<String>, Failure> {
    let mut first = String::new();
    match File::open(path) {
        Ok(file) => _ = BufReader::new(file).read_line(&mut first)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refusal(path, &error.to_string())),
    }
    match serde_json::from_str(&first) {
        Ok(Line::Plan { digest, .. }) => Ok(Some(digest)),
        // A first line that is torn was being written when the run was killed.
        _ if first.ends_with('\n') => Err(refusal(path, "this is no journal of `ti apply`")),
        _ => Ok(None),
    }
}

/// The doubt about an earlier attempt lasts from when that was begun.
fn begin(known: &mut BTreeMap<usize, Known>, entry: usize, at: Date) {
    let earlier = known.get(&entry).filter(|known| known.is_open());
    let begun = earlier.map_or(at, |known| known.begun);
    known.insert(entry, Known { begun, end: None });
}

fn finish(known: &mut BTreeMap<usize, Known>, entry: usize, end: End) {
    if let Some(known) = known.get_mut(&entry) {
        known.end = Some(end);
    }
}

/// What cannot be the journal that is asked for.
pub(crate) fn refusal(path: &Path, reason: &str) -> Failure {
    Failure::CouldNotRun {
        reason: format!("{}: {reason}", path.display()),
        help: Some("nothing was written; give the journal that `ti apply` wrote, or another name for a new one"),
    }
}

/// Another run has it.
pub(crate) fn in_use(path: &Path) -> Failure {
    Failure::CouldNotRun {
        reason: format!("{}: another `ti` is writing it", path.display()),
        help: Some("nothing was written; wait until that one has ended"),
    }
}

/// Reads a journal line by line: the first says which plan it is of, and an entry ends right after it was begun. Gives
/// how many bytes are whole lines: a last one without an end was being written when the run was killed.
pub(crate) fn read(
    path: &Path,
    mut source: impl BufRead,
    mut each: impl FnMut(Line) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let (mut whole, mut begun) = (0, None);
    let mut bytes = Vec::new();
    for number in 1.. {
        let wrong = |reason: &str| refusal(path, &format!("line {number}: {reason}"));
        let no_journal = || wrong("this is no journal of `ti apply`");
        bytes.clear();
        source.read_until(b'\n', &mut bytes).map_err(|error| refusal(path, &error.to_string()))?;
        let Some(text) = bytes.strip_suffix(b"\n") else {
            let is_torn = number > 1 || FIRST.starts_with(bytes.get(..FIRST.len()).unwrap_or(&bytes));
            return if is_torn { Ok(whole) } else { Err(no_journal()) };
        };
        whole += bytes.len() as u64;
        let line: Line = serde_json::from_slice(text).map_err(|error| wrong(&error.to_string()))?;
        match &line {
            Line::Plan { .. } if number > 1 => return Err(wrong("a second plan begins here")),
            Line::Plan { .. } => {}
            _ if number == 1 => return Err(no_journal()),
            Line::Begun { entry, .. } => begun = Some(*entry),
            Line::Ended { entry, .. } if begun.take() != Some(*entry) => {
                return Err(wrong("this entry was not begun"));
            }
            Line::Ended { .. } => {}
        }
        each(line)?;
    }
    Ok(whole)
}

/// How every journal begins.
const FIRST: &[u8] = b"{\"line\":\"plan\"";
