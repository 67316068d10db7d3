//! What changed between two exports, field by field.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::reader::{Exported, ExportedRow};
use crate::selection::OutputRecord;
use crate::walk::Completeness;

/// A row that is in one of two exports only, or differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The stream.
    pub stream: String,
    /// What happened to the row.
    pub change: ChangeKind,
    /// What identifies the row.
    pub key: String,
    /// The fields that differ; of a row that was added or is absent, those that have a value.
    pub fields: Vec<FieldChange>,
}

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is in the later export only.
    Added,
    /// It is in both, with other values.
    Changed,
    /// It is in the earlier export only. The tenant reports no deletions: it may have been deleted, merged or hidden.
    Absent,
}

/// A field with its values before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldChange {
    /// The API's name.
    pub name: String,
    /// The value in the earlier export.
    pub before: Value,
    /// The value in the later export.
    pub after: Value,
}

/// How many rows of a stream changed in which way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangeCounts {
    /// The stream.
    pub stream: String,
    /// Rows that were added.
    pub added: u64,
    /// Rows with other values.
    pub changed: u64,
    /// Rows that are absent.
    pub absent: u64,
    /// Rows without a difference.
    pub same: u64,
}

impl ChangeKind {
    /// Its name: `added`, `changed` or `absent`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Absent => "absent",
        }
    }
}

/// Compares two exports of one tenant, and hands over each change: first what was added or changed, in the order of the
/// later export, then what is absent. Streams and columns count that both have, except those to ignore.
///
/// ```no_run
/// use thought_industries_export::{Exported, changes};
///
/// let (before, after) = (Exported::open("monday.ndjson".as_ref())?, Exported::open("tuesday.ndjson".as_ref())?);
/// let counts = changes(&before, &after, &["lastActiveAt"], &mut |change| {
///     println!("{} {}", change.change.name(), change.key);
///     Ok(())
/// })?;
/// println!("{} users were added", counts[0].added);
/// # Ok::<(), thought_industries_export::Error>(())
/// ```
///
/// # Errors
/// If the exports cannot be compared: they are of different tenants or roles, one is not known to be complete, they have no
/// stream in common, or only one of them is CSV, which has no types.
pub fn changes(
    before: &Exported,
    after: &Exported,
    ignored: &[&str],
    on_change: &mut dyn FnMut(Change) -> Result<(), Error>,
) -> Result<Vec<ChangeCounts>, Error> {
    check(before, after)?;
    let mut counts = Vec::new();
    for output in after.outputs() {
        let Some(earlier) = before.outputs().iter().find(|own| own.stream == output.stream) else { continue };
        counts.push(Comparison::new(earlier, output, ignored)?.run(before, after, on_change)?);
    }
    if counts.is_empty() {
        return Err(refused("the exports have no stream in common".to_owned()));
    }
    Ok(counts)
}

/// Compares two exports as [`changes`] does, and writes the changes to a new file: a JSON object on each line. The file is
/// there once it is whole.
///
/// # Errors
/// As [`changes`]; if the file exists, or cannot be written.
pub fn write_changes(
    before: &Exported,
    after: &Exported,
    ignored: &[&str],
    path: &Path,
) -> Result<Vec<ChangeCounts>, Error> {
    let cannot = |error| Error::of_io(path, "write", error);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = BufWriter::new(NamedTempFile::new_in(folder).map_err(cannot)?);
    let counts = changes(before, after, ignored, &mut |change| {
        serde_json::to_writer(&mut file, &change)?;
        file.write_all(b"\n").map_err(cannot)
    })?;
    let file = file.into_inner().map_err(|error| cannot(error.into_error()))?;
    file.as_file().sync_all().map_err(cannot)?;
    file.persist_noclobber(path).map_err(|error| cannot(error.error))?;
    Ok(counts)
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Argument, message).with_help("compare two complete exports of the same selection")
}

fn check(before: &Exported, after: &Exported) -> Result<(), Error> {
    let (earlier, later) = (&before.manifest().report, &after.manifest().report);
    if earlier.tenant != later.tenant {
        return Err(refused(format!("the exports are of two tenants: {} and {}", earlier.tenant, later.tenant)));
    }
    for (exported, report) in [(before, earlier), (after, later)] {
        if report.complete == Completeness::Unproven {
            let path = exported.path().display();
            let message =
                format!("{path} may be incomplete ({}): what it lacks would look absent", report.reasons.join("; "));
            return Err(refused(message));
        }
    }
    if earlier.selection.role != later.selection.role {
        return Err(refused("the exports are of different roles".to_owned()));
    }
    let pseudonyms = |report: &crate::manifest::Report| {
        (report.selection.pseudonyms.clone(), report.selection.pseudonym_key.clone())
    };
    if pseudonyms(earlier) != pseudonyms(later) {
        return Err(refused("the exports have different pseudonyms".to_owned()));
    }
    if (before.format() == Format::Csv) != (after.format() == Format::Csv) {
        return Err(refused(
            "only one of the exports is CSV, which has no types: its values would all differ".to_owned(),
        ));
    }
    Ok(())
}

/// A column in both exports.
struct Common {
    name: String,
    before: usize,
    after: usize,
}

/// The comparison of a stream. The earlier rows are kept on the disk, so that memory does not grow with them.
struct Comparison<'c> {
    earlier: &'c OutputRecord,
    later: &'c OutputRecord,
    columns: Vec<Common>,
    database: Connection,
    _file: NamedTempFile,
}

impl<'c> Comparison<'c> {
    fn new(earlier: &'c OutputRecord, later: &'c OutputRecord, ignored: &[&str]) -> Result<Self, Error> {
        let common = |(after, column): (usize, &crate::column::Column)| {
            let before = earlier.columns.iter().position(|own| own == column)?;
            let is_compared = !later.key.contains(&column.name) && !ignored.contains(&column.name.as_str());
            is_compared.then(|| Common { name: column.name.clone(), before, after })
        };
        let columns = later.columns.iter().enumerate().filter_map(common).collect();
        // A temporary file is readable by its owner only.
        let file = NamedTempFile::new()?;
        let database = Connection::open(file.path())?;
        database.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
             CREATE TABLE earlier (key TEXT NOT NULL, number INTEGER NOT NULL, cells TEXT NOT NULL, is_found INTEGER NOT NULL,
             PRIMARY KEY (key, number)) STRICT, WITHOUT ROWID;
             BEGIN",
        )?;
        Ok(Self { earlier, later, columns, database, _file: file })
    }

    fn run(
        &self,
        before: &Exported,
        after: &Exported,
        on_change: &mut dyn FnMut(Change) -> Result<(), Error>,
    ) -> Result<ChangeCounts, Error> {
        let stream = self.later.stream.clone();
        let mut counts = ChangeCounts { stream, added: 0, changed: 0, absent: 0, same: 0 };
        before.each_row(self.earlier, &mut |row| self.keep(&row))?;
        after.each_row(self.later, &mut |row| match self.take(&row.key)? {
            None => {
                counts.added += 1;
                let fields = self.columns.iter().map(|column| (column, Value::Null, cell(&row.cells, column.after)));
                on_change(self.change(ChangeKind::Added, row.key.clone(), fields))
            }
            Some(earlier) => {
                let fields = self.columns.iter();
                let fields = fields.map(|own| (own, cell(&earlier, own.before), cell(&row.cells, own.after)));
                let change = self.change(ChangeKind::Changed, row.key.clone(), fields);
                if change.fields.is_empty() {
                    counts.same += 1;
                    return Ok(());
                }
                counts.changed += 1;
                on_change(change)
            }
        })?;
        let mut query =
            self.database.prepare("SELECT key, cells FROM earlier WHERE is_found = 0 ORDER BY key, number")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (key, cells) = (row.get(0)?, row.get::<_, String>(1)?);
            let cells: Vec<Value> = serde_json::from_str(&cells)?;
            counts.absent += 1;
            let fields = self.columns.iter().map(|column| (column, cell(&cells, column.before), Value::Null));
            on_change(self.change(ChangeKind::Absent, key, fields))?;
        }
        Ok(counts)
    }

    fn change<'r>(
        &self,
        change: ChangeKind,
        key: String,
        fields: impl Iterator<Item = (&'r Common, Value, Value)>,
    ) -> Change {
        let fields = fields.filter(|(_, before, after)| before != after);
        let fields = fields.map(|(column, before, after)| FieldChange { name: column.name.clone(), before, after });
        Change { stream: self.later.stream.clone(), change, key, fields: fields.collect() }
    }

    /// Keeps a row of the earlier export. A key may come more than once: a course can be held twice.
    fn keep(&self, row: &ExportedRow) -> Result<(), Error> {
        let insert = "INSERT INTO earlier SELECT ?1, coalesce(max(number), 0) + 1, ?2, 0 FROM earlier WHERE key = ?1";
        let cells = serde_json::to_string(&row.cells)?;
        self.database.prepare_cached(insert)?.execute(params![row.key, cells])?;
        Ok(())
    }

    /// The earlier row with a key that was not found yet; those with the same key are found in their order.
    fn take(&self, key: &str) -> Result<Option<Vec<Value>>, Error> {
        let find = "SELECT number, cells FROM earlier WHERE key = ?1 AND is_found = 0 ORDER BY number LIMIT 1";
        let mut find = self.database.prepare_cached(find)?;
        let found = find.query_row([key], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))).optional()?;
        let Some((number, cells)) = found else { return Ok(None) };
        let mark = "UPDATE earlier SET is_found = 1 WHERE key = ?1 AND number = ?2";
        self.database.prepare_cached(mark)?.execute(params![key, number])?;
        Ok(Some(serde_json::from_str(&cells)?))
    }
}

fn cell(cells: &[Value], place: usize) -> Value {
    cells.get(place).cloned().unwrap_or_default()
}
