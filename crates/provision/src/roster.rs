//! The roster of another system: the users that are to be in the tenant, and how.
//!
//! Rows are checked as they are read and kept in a temporary file. A million of them take as much memory as their
//! positions in it and the hashes by which they are found.

mod columns;
mod csv;
mod json;
mod lines;

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::{Map, Value};

pub use columns::{Mapping, parse_cell};

use crate::desired::{DesiredUser, MatchBy};
use crate::error::{Error, ErrorKind};
use crate::files::{Hasher, ShortLines};
use crate::plan::STATUS;
use crate::spool::Spool;

/// A roster, read and checked.
///
/// ```
/// use thought_industries_provision::{DesiredUser, MatchBy, Roster};
///
/// let ada = DesiredUser::new().with("email", "ada@example.com").with("firstName", "Ada");
/// let roster = Roster::of([ada], MatchBy::Email)?;
/// assert_eq!(roster.len(), 1);
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug)]
pub struct Roster {
    name: String,
    digest: String,
    match_by: MatchBy,
    rows: Spool<DesiredUser>,
    names_licenses: bool,
    hash_keys: RandomState,
    /// Hashes of every address and external id, one for each row that has it; sorted once all rows are read.
    named: Vec<u64>,
    /// Rows by the hash of their key; sorted once all rows are read.
    index: Vec<(u64, u32)>,
}

/// How many bad rows are reported before the rest is left unread.
const MOST_PROBLEMS: usize = 20;

/// What is called with each row that was read, or with what is wrong with it.
type Keep<'k> = dyn FnMut(u64, Result<DesiredUser, String>) -> ControlFlow<()> + 'k;

impl Roster {
    fn empty(name: String, match_by: MatchBy) -> Self {
        Self {
            name,
            digest: String::new(),
            match_by,
            rows: Spool::default(),
            names_licenses: false,
            hash_keys: RandomState::new(),
            named: Vec::new(),
            index: Vec::new(),
        }
    }

    /// Reads a file: CSV with a heading, a JSON array, or a JSON object on each line.
    ///
    /// # Errors
    /// If the file cannot be read, or rows are wrong: [`Error::problems`] has up to 20 of them.
    pub fn read(path: &Path, mapping: &Mapping, match_by: MatchBy) -> Result<Self, Error> {
        let wrong = |reason: String| {
            let help = "nothing was written to the tenant; correct the roster and try again";
            Error::of_file(ErrorKind::Roster, path, reason).with_help(help)
        };
        let file = File::open(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let mut source = BufReader::new(HashingReader { inner: file, hasher: Hasher::default() });
        skip_byte_order_mark(&mut source).map_err(|error| wrong(error.to_string()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut roster = Self::empty(name, match_by);
        let mut problems = Vec::new();
        let (first, skipped) = first_byte(&mut source).map_err(|error| wrong(error.to_string()))?;
        // The objects of an array have positions instead of lines.
        let unit = if first == Some(b'[') { "item" } else { "line" };
        let mut keep = |number: u64, row: Result<DesiredUser, String>| {
            let kept = row.and_then(|row| roster.push(&row));
            problems.extend(kept.err().map(|reason| format!("{unit} {number}: {reason}")));
            if problems.len() < MOST_PROBLEMS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        match first {
            None => {}
            Some(b'[') => json::array(&mut source, mapping, &mut keep).map_err(wrong)?,
            Some(b'{') => json::objects(&mut source, skipped, mapping, &mut keep).map_err(wrong)?,
            Some(_) => csv::rows(BufReader::new(ShortLines::new(&mut source)), mapping, &mut keep).map_err(wrong)?,
        }
        if let Some(last) = problems.pop() {
            let others = problems.iter().map(|problem| format!("{}: {problem}", path.display())).collect();
            return Err(wrong(last).with_problems(others));
        }
        // What is left unread belongs to the digest.
        std::io::copy(&mut source, &mut std::io::sink())?;
        roster.digest = source.into_inner().hasher.finish();
        Ok(roster.sorted())
    }

    /// A roster of users that come from elsewhere than a file.
    ///
    /// # Errors
    /// If a user has no key, or an address that is not one.
    pub fn of(users: impl IntoIterator<Item = DesiredUser>, match_by: MatchBy) -> Result<Self, Error> {
        let mut roster = Self::empty(String::new(), match_by);
        let mut hasher = Hasher::default();
        for user in users {
            serde_json::to_writer(&mut hasher, &user)?;
            roster.push(&user).map_err(|reason| Error::new(ErrorKind::Roster, reason))?;
        }
        roster.digest = hasher.finish();
        Ok(roster.sorted())
    }

    fn sorted(mut self) -> Self {
        self.index.sort_unstable();
        self.named.sort_unstable();
        self
    }

    /// The name of the file; empty if there was none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The field that identifies users.
    pub fn match_by(&self) -> MatchBy {
        self.match_by
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether any row has licenses, so that the tenant's licenses are needed to plan it.
    pub fn names_licenses(&self) -> bool {
        self.names_licenses
    }

    /// In how many rows an address or an external id occurs, whatever users are matched by.
    pub(crate) fn count(&self, kind: MatchBy, key: &str) -> usize {
        let hash = self.hash(kind, key);
        let first = self.named.partition_point(|own| *own < hash);
        self.named.iter().skip(first).take_while(|own| **own == hash).count()
    }

    /// All rows, each with its position.
    pub(crate) fn rows(&self) -> impl Iterator<Item = std::io::Result<(u32, DesiredUser)>> {
        (0..).zip(self.rows.iter()).map(|(position, row)| Ok((position, row?)))
    }

    /// The rows that have a key, each with its position.
    pub(crate) fn find(&self, key: &str) -> std::io::Result<Vec<(u32, DesiredUser)>> {
        let normal = self.match_by.normalize(key);
        let hash = self.hash(self.match_by, key);
        let first = self.index.partition_point(|(own, _)| *own < hash);
        let mut found = Vec::new();
        for (_, position) in self.index.iter().skip(first).take_while(|(own, _)| *own == hash) {
            let Some(row) = self.rows.get(*position as usize)? else { continue };
            if row.text(self.match_by.field()).is_some_and(|own| self.match_by.normalize(own) == normal) {
                found.push((*position, row));
            }
        }
        Ok(found)
    }

    /// A number that stands for an address or an external id, so that a million of them take little memory.
    pub(crate) fn hash(&self, kind: MatchBy, key: &str) -> u64 {
        self.hash_keys.hash_one((kind, kind.normalize(key)))
    }

    /// Checks a row, and appends it.
    fn push(&mut self, row: &DesiredUser) -> Result<(), String> {
        let field = self.match_by.field();
        let key = row.text(field).filter(|key| !key.trim().is_empty());
        let key = key.ok_or_else(|| format!("`{field}` is empty, and users are matched by it"))?;
        if let Some(email) = row.text("email").filter(|email| !is_email(email)) {
            return Err(format!("`{email}` is not an e-mail address"));
        }
        let position = u32::try_from(self.rows.len()).map_err(|_| "the roster has too many rows".to_owned())?;
        self.index.push((self.hash(self.match_by, key), position));
        for kind in MatchBy::ALL {
            self.named.extend(row.text(kind.field()).map(|key| self.hash(kind, key)));
        }
        self.names_licenses |= row.fields.keys().any(|name| name.contains("License"));
        self.rows.push(row).map_err(|error| error.to_string())
    }
}

/// Whether a text has the form of an e-mail address: a name, one `@`, and a domain with a dot.
pub fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let is_clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    is_clean
        && !name.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && !domain.split('.').any(str::is_empty)
}

/// A row of these fields; the status is kept apart.
fn row(line: u64, mut fields: Map<String, Value>) -> DesiredUser {
    let disabled = fields.remove(STATUS).map(|status| status == "disabled");
    DesiredUser { line, fields, disabled }
}

/// A reader that computes the digest of what it reads.
struct HashingReader {
    inner: File,
    hasher: Hasher,
}

impl std::io::Read for HashingReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

/// Skips the byte order mark that some programs write before UTF-8.
fn skip_byte_order_mark(source: &mut BufReader<HashingReader>) -> std::io::Result<()> {
    if source.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        source.consume(3);
    }
    Ok(())
}

/// The first byte that is not white space, left unread, and how many lines were skipped before it.
fn first_byte(source: &mut BufReader<HashingReader>) -> std::io::Result<(Option<u8>, u64)> {
    let mut skipped = 0;
    loop {
        let buffer = source.fill_buf()?;
        let spaces = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if buffer.is_empty() {
            return Ok((None, skipped));
        }
        let found = buffer.get(spaces).copied();
        if found.is_some_and(|byte| !matches!(byte, b'[' | b'{')) {
            // Lines of CSV count from the first.
            return Ok((found, skipped));
        }
        skipped += buffer.iter().take(spaces).map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        source.consume(spaces);
        if found.is_some() {
            return Ok((found, skipped));
        }
    }
}
