//! The roster of another system: the users that are to be in the tenant, and how.
//!
//! Rows are checked as they are read and kept in a temporary file. A million of them take as much memory as their
//! positions in it and the hashes by which they are found.

mod attributes;
mod cells;
pub(crate) mod clean;
mod columns;
mod csv;
mod heading;
mod json;
mod learn;
mod lines;
mod names;
mod objects;
mod source;
mod systems;
mod table;
mod text;
#[cfg(feature = "xlsx")]
mod workbook;

use std::fmt::Display;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use thought_industries::Date;

pub use cells::parse_cell;
pub use learn::{Learned, LearnedColumn, Proof};

use crate::config::SyncConfig;
use crate::desired::{DesiredUser, MatchBy, MatchKeys};
use crate::error::{Error, ErrorKind};
use crate::files::Hasher;
use crate::renames::Traits;
use crate::spool::Spool;
use cells::Cells;
use table::Around;

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
    match_by: MatchKeys,
    rows: Spool<DesiredUser>,
    names_licenses: bool,
    hash_keys: RandomState,
    /// Hashes of every address and external id, one for each row that has it; sorted once all rows are read.
    named: Vec<u64>,
    /// Rows by the hash of each of their keys; sorted once all rows are read.
    index: Vec<(u64, u32)>,
    /// By what users may be recognized whose keys changed, as hashes; sorted once all rows are read.
    traits: Vec<u64>,
    notes: Vec<String>,
    unread_status: Option<String>,
}

/// How many bad rows are reported before the rest is left unread.
const MOST_PROBLEMS: usize = 20;

/// What is called with each row that was read and its number, or with what is wrong with it; `Break` ends the reading.
pub type EachRow<'k> = dyn FnMut(u64, Result<DesiredUser, String>) -> ControlFlow<()> + 'k;

/// What a file has besides its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RosterFile {
    /// SHA-256 of the file.
    pub digest: String,
    /// What was detected, and what was left out, in sentences about the file.
    pub notes: Vec<String>,
    /// A column that looks like a status and is not read.
    pub unread_status: Option<String>,
    /// What a row is called: `line`, `row` or `item`.
    pub unit: &'static str,
}

/// Reads the rows of a file of any kind.
fn rows(source: impl Read, config: &SyncConfig, now: Date, each: &mut EachRow<'_>) -> Result<RosterFile, String> {
    let today = config.day_of(now)?;
    let (content, digest) = text::open(source, config.encoding.as_deref())?;
    let encoding = content.encoding();
    let (around, unread_status) = source::users(content, Cells::new(config, today), each)?;
    Ok(RosterFile { digest, notes: notes(encoding, &around), unread_status, unit: around.unit })
}

impl Roster {
    fn empty(name: String, match_by: MatchKeys) -> Self {
        Self {
            name,
            digest: String::new(),
            match_by,
            rows: Spool::default(),
            names_licenses: false,
            hash_keys: RandomState::new(),
            named: Vec::new(),
            index: Vec::new(),
            traits: Vec::new(),
            notes: Vec::new(),
            unread_status: None,
        }
    }

    /// Reads a file: CSV with a heading, a workbook of Excel (with the feature `xlsx`), a JSON array, or a JSON object on each
    /// line. `now` decides who has started and who has left.
    ///
    /// The encoding, the separator of cells and the row of the heading are detected: UTF-8 and UTF-16 with or without a byte
    /// order mark, and Windows-1252; up to 20 lines of titles above the heading; lines below the last user that only count.
    /// What was detected is in [`notes`](Self::notes).
    ///
    /// # Errors
    /// If the file cannot be read, or rows are wrong: [`Error::problems`] has up to 20 of them.
    pub fn read(path: &Path, config: &SyncConfig, now: Date) -> Result<Self, Error> {
        let file = File::open(path).map_err(|error| wrong(&path.display(), &format!("cannot be read: {error}")))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::read_from(file, &path.display(), name, config, now)
    }

    /// As [`read`](Self::read), from standard input or whatever can be read.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_reader(source: impl Read, name: &str, config: &SyncConfig, now: Date) -> Result<Self, Error> {
        Self::read_from(source, &name, name.to_owned(), config, now)
    }

    fn read_from(
        source: impl Read,
        shown: &dyn Display,
        name: String,
        config: &SyncConfig,
        now: Date,
    ) -> Result<Self, Error> {
        let wrong = |reason: String| wrong(shown, &reason);
        let mut roster = Self::empty(name, config.match_by.clone());
        let mut problems = Problems::default();
        let read = rows(source, config, now, &mut |number, row| {
            let kept = row.and_then(|row| roster.push(&row));
            problems.add(number, kept)
        });
        let unit = read.as_ref().map_or("line", |read| read.unit);
        if let Some((last, others)) = problems.listed(unit).split_last() {
            let others = others.iter().map(|problem| format!("{shown}: {problem}")).collect();
            return Err(wrong(last.clone()).with_problems(others));
        }
        let RosterFile { digest, notes, unread_status, .. } = read.map_err(wrong)?;
        Ok(Self { digest, notes, unread_status, ..roster.sorted() })
    }

    /// Reads a file row by row, and hands each row over as it is, or what is wrong with it: for uses that go on without a
    /// row that cannot be read, or whose rows need no key. Columns of [`SyncConfig::keep`] are in
    /// [`DesiredUser::kept`](crate::DesiredUser::kept).
    ///
    /// ```no_run
    /// use std::ops::ControlFlow;
    /// use thought_industries_provision::{Roster, SyncConfig};
    ///
    /// let config = SyncConfig::new().keep(["proxyAddresses"]);
    /// let now = "2026-11-22T12:00:00Z".parse()?;
    /// let read = Roster::each_row("users.json".as_ref(), &config, now, &mut |_, row| {
    ///     println!("{:?}", row.map(|row| row.kept));
    ///     ControlFlow::Continue(())
    /// })?;
    /// println!("SHA-256 {}", read.digest);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read, or its heading cannot be understood.
    pub fn each_row(path: &Path, config: &SyncConfig, now: Date, each: &mut EachRow<'_>) -> Result<RosterFile, Error> {
        let wrong = |reason: String| wrong(&path.display(), &reason);
        let file = File::open(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        rows(file, config, now, each).map_err(wrong)
    }

    /// A roster of users that come from elsewhere than a file.
    ///
    /// # Errors
    /// If a user has no key, or an address that is not one.
    pub fn of(users: impl IntoIterator<Item = DesiredUser>, match_by: impl Into<MatchKeys>) -> Result<Self, Error> {
        let mut roster = Self::empty(String::new(), match_by.into());
        let mut hasher = Hasher::default();
        for user in users {
            serde_json::to_writer(&mut hasher, &user)?;
            roster.push(&user).map_err(|reason| Error::new(ErrorKind::Roster, reason))?;
        }
        roster.digest = hasher.finish();
        Ok(roster.sorted())
    }

    /// Says where the users come from, for plans and their pages. The name of a file is known already.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    fn sorted(mut self) -> Self {
        self.index.sort_unstable();
        self.named.sort_unstable();
        self.traits.sort_unstable();
        self
    }

    /// The name of the file, or what [`named`](Self::named) has set; empty otherwise.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What was detected, and what was left out, in sentences about the file.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// A column that looks like a status and is not read.
    pub fn unread_status(&self) -> Option<&str> {
        self.unread_status.as_deref()
    }

    /// The fields that identify users, in the order in which they are tried.
    pub fn match_by(&self) -> &MatchKeys {
        &self.match_by
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

    /// All users, in the order of the file.
    pub fn users(&self) -> impl Iterator<Item = std::io::Result<DesiredUser>> {
        self.rows.iter()
    }

    /// All rows, each with its position.
    pub(crate) fn rows(&self) -> impl Iterator<Item = std::io::Result<(u32, DesiredUser)>> {
        (0..).zip(self.rows.iter()).map(|(position, row)| Ok((position, row?)))
    }

    /// The row at a position.
    pub(crate) fn row(&self, position: u32) -> std::io::Result<Option<DesiredUser>> {
        self.rows.get(position as usize)
    }

    /// The rows that have a key of a kind, each with its position. Only kinds that users are matched by are found.
    pub(crate) fn find(&self, kind: MatchBy, key: &str) -> std::io::Result<Vec<(u32, DesiredUser)>> {
        let normal = kind.normalize(key);
        let hash = self.hash(kind, key);
        let first = self.index.partition_point(|(own, _)| *own < hash);
        let mut found = Vec::new();
        for (_, position) in self.index.iter().skip(first).take_while(|(own, _)| *own == hash) {
            let Some(row) = self.row(*position)? else { continue };
            if row.text(kind.field()).is_some_and(|own| kind.normalize(own) == normal) {
                found.push((*position, row));
            }
        }
        Ok(found)
    }

    /// Whether any row has one of these traits, or if all are needed, rows have each of them.
    pub(crate) fn has_traits(&self, traits: &Traits, needs_all: bool) -> bool {
        let mut own = traits.hashes(&self.hash_keys).map(|hash| self.traits.binary_search(&hash).is_ok());
        if needs_all { own.next().is_some_and(|first| first && own.next() == Some(true)) } else { own.any(|has| has) }
    }

    /// What the hashes of this roster are made with.
    pub(crate) fn hash_keys(&self) -> &RandomState {
        &self.hash_keys
    }

    /// A number that stands for an address or an external id, so that a million of them take little memory.
    pub(crate) fn hash(&self, kind: MatchBy, key: &str) -> u64 {
        self.hash_keys.hash_one((kind, kind.normalize(key)))
    }

    /// Checks a row, and appends it.
    fn push(&mut self, row: &DesiredUser) -> Result<(), String> {
        let keys = self.match_by.iter();
        let keys = keys.filter_map(|kind| Some((kind, row.text(kind.field()).filter(|key| !key.trim().is_empty())?)));
        let keys: Vec<(MatchBy, &str)> = keys.collect();
        if keys.is_empty() {
            let fields: Vec<String> = self.match_by.iter().map(|kind| format!("`{kind}`")).collect();
            return Err(format!("{} is empty, and users are matched by it", fields.join(" and ")));
        }
        if let Some(email) = row.text("email").filter(|email| !is_email(email)) {
            return Err(format!("`{email}` is not an e-mail address"));
        }
        let position = u32::try_from(self.rows.len()).map_err(|_| "the roster has too many rows".to_owned())?;
        let hashes: Vec<(u64, u32)> = keys.into_iter().map(|(kind, key)| (self.hash(kind, key), position)).collect();
        self.index.extend(hashes);
        self.traits.extend(Traits::of_row(row).hashes(&self.hash_keys));
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

/// What was detected of a file, in sentences about it.
fn notes(encoding: Option<&str>, around: &Around) -> Vec<String> {
    let unit = around.unit;
    let encoding = encoding.filter(|name| *name != "UTF-8").map(|name| format!("it is read as {name}"));
    let heading = (around.heading > 1).then(|| format!("the heading is {unit} {}", around.heading));
    let footers = around.footers.iter().map(|number| format!("{unit} {number} only counts, and is left out"));
    encoding.into_iter().chain(heading).chain(footers).collect()
}

fn wrong(shown: &dyn Display, reason: &str) -> Error {
    let help = "nothing was written to the tenant; correct the roster, or say in --config how it is read \
                (`ti roster learn` proposes that)";
    Error::new(ErrorKind::Roster, format!("{shown}: {reason}")).with_help(help)
}

/// What is wrong with rows. The same reason is listed once, however many rows have it.
#[derive(Debug, Default)]
struct Problems {
    /// The reasons, each with its first row and how many others have it.
    reasons: Vec<(String, u64, usize)>,
}

impl Problems {
    fn add(&mut self, number: u64, row: Result<(), String>) -> ControlFlow<()> {
        if let Err(reason) = row {
            match self.reasons.iter_mut().find(|(known, ..)| *known == reason) {
                Some((_, _, others)) => *others += 1,
                None => self.reasons.push((reason, number, 0)),
            }
        }
        if self.reasons.len() < MOST_PROBLEMS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn listed(&self, unit: &str) -> Vec<String> {
        let line = |(reason, number, others): &(String, u64, usize)| match others {
            0 => format!("{unit} {number}: {reason}"),
            _ => format!("{unit} {number} and {others} more: {reason}"),
        };
        self.reasons.iter().map(line).collect()
    }
}
