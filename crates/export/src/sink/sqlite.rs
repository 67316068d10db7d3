//! A database of `SQLite`: a table for each stream. Rows and the checkpoint are written in one transaction.

mod tables;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params, params_from_iter};
use serde_json::Value;

use super::place::{FULL, private};
use super::{Finished, Lengths, Place, Reject, Sink};
use crate::checkpoint::Checkpoint;
use crate::column::{Column, ColumnKind, text_of};
use crate::error::{Error, ErrorKind};
use crate::manifest::{Manifest, Report};
use crate::selection::Output;

pub(crate) use tables::quoted;

/// A database with the rows of all outputs.
pub(crate) struct SqliteSink {
    place: Place,
    path: PathBuf,
    connection: Connection,
    inserts: Vec<String>,
    is_open: bool,
    rejects: Vec<u8>,
    rejects_file: Option<Lengths>,
    rejects_before: u64,
    _lock: File,
}

impl SqliteSink {
    /// The file that a place is written to until it is whole, or the whole file after an interruption.
    fn path_of(place: &Place) -> PathBuf {
        let part = Place::part(place.path());
        if !part.exists() && place.path().exists() { place.path().to_owned() } else { part }
    }

    /// The checkpoint and the hashes that are kept at a place.
    pub(crate) fn load(place: &Place) -> Result<(Checkpoint, Vec<u64>), Error> {
        let path = Self::path_of(place);
        let connection = open_read_only(&path)?;
        let kept = || -> Result<Option<String>, rusqlite::Error> {
            connection.query_row("SELECT checkpoint FROM export_checkpoint", [], |row| row.get(0)).optional()
        };
        let Ok(Some(text)) = kept() else {
            let help = "remove it, and begin again without --resume";
            let message = "the file has no checkpoint of an export";
            return Err(Error::of_file(ErrorKind::Checkpoint, &path, message).with_help(help));
        };
        let checkpoint = Checkpoint::parse(&text)?;
        if checkpoint.report.is_some() {
            return Ok((checkpoint, Vec::new()));
        }
        let mut query = connection.prepare("SELECT hash FROM export_seen")?;
        let hashes = query.query_map([], |row| row.get::<_, i64>(0).map(i64::cast_unsigned))?;
        Ok((checkpoint, hashes.collect::<Result<_, _>>()?))
    }

    /// A sink that continues after a checkpoint, or begins with it.
    pub(crate) fn new(place: Place, lock: File, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let path = Self::path_of(&place);
        let cannot = |error| Error::of_io(&path, "write", error);
        // SQLite would make a file that others can read.
        private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path).map_err(cannot)?;
        let connection = Connection::open(&path)?;
        // After a power failure, transactions at the end may be missing, each as a whole with its checkpoint.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // A user may refer to a client that joined after the clients were read.
        connection.pragma_update(None, "foreign_keys", "OFF")?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS export_checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), checkpoint TEXT NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS export_seen (hash INTEGER NOT NULL) STRICT;",
        )?;
        Ok(Self {
            place,
            path,
            connection,
            inserts: Vec::new(),
            is_open: false,
            rejects: Vec::new(),
            rejects_file: None,
            rejects_before: checkpoint.lengths.first().copied().unwrap_or(0),
            _lock: lock,
        })
    }

    fn open(&mut self) -> Result<(), Error> {
        if !self.is_open {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            self.is_open = true;
        }
        Ok(())
    }

    /// Makes one file of the database, with indexes, views and the report.
    pub(crate) fn finish(self, report: &Report, outputs: &[Output]) -> Result<Manifest, Error> {
        let failed = |error: rusqlite::Error| self.failed(&error);
        self.connection.execute_batch(&tables::ends(outputs)).map_err(failed)?;
        let text = serde_json::to_string(report)?;
        let insert = "INSERT OR REPLACE INTO export_run (run_id, report) VALUES (?1, ?2)";
        self.connection.execute(insert, params![report.run_id, text]).map_err(failed)?;
        // The checkpoint stays until the file has its name: an interruption before that can be continued.
        self.connection
            .execute_batch("DELETE FROM export_seen; VACUUM; PRAGMA journal_mode = DELETE")
            .map_err(failed)?;
        let rows = report.rows;
        let Self { place, path, connection, .. } = self;
        connection.close().map_err(|(_, error)| error)?;
        let target = place.path().to_owned();
        let file = File::open(&path).and_then(|file| file.sync_all());
        file.map_err(|error| Error::of_io(&path, "write", error))?;
        place.finish(report, &[Finished { target, rows }])
    }

    fn failed(&self, error: &rusqlite::Error) -> Error {
        let message = format!("cannot write {}: {error}", self.path.display());
        Error::new(ErrorKind::Io, message).with_help(FULL)
    }
}

impl Sink for SqliteSink {
    fn begin(&mut self, outputs: &[Output]) -> Result<(), Error> {
        let all: Vec<&str> = outputs.iter().map(|output| output.stream.name).collect();
        for output in outputs {
            self.connection.execute_batch(&tables::create(output, &all))?;
            self.inserts.push(tables::insert(output));
        }
        if self.rejects_before > 0 {
            self.rejects_file = Some(Lengths::open(&self.place.rejects(), self.rejects_before)?);
        }
        Ok(())
    }

    fn write(&mut self, place: usize, output: &Output, row: &[Value]) -> Result<(), Error> {
        self.open()?;
        let Some(insert) = self.inserts.get(place) else { return Ok(()) };
        let values = output.columns.iter().zip(row).map(|(column, value)| sql(column, value));
        let mut insert = self.connection.prepare_cached(insert)?;
        insert.execute(params_from_iter(values)).map_err(|error| self.failed(&error))?;
        Ok(())
    }

    fn reject(&mut self, reject: &Reject) -> Result<(), Error> {
        serde_json::to_writer(&mut self.rejects, reject)?;
        self.rejects.push(b'\n');
        Ok(())
    }

    fn commit(&mut self, checkpoint: &mut Checkpoint, seen: &[u64]) -> Result<(), Error> {
        if self.rejects_file.is_none() && !self.rejects.is_empty() {
            self.rejects_file = Some(Lengths::open(&self.place.rejects(), 0)?);
        }
        if let Some(file) = &mut self.rejects_file {
            file.write(&self.rejects)?;
            self.rejects.clear();
            checkpoint.lengths = vec![file.sync()?];
        }
        self.open()?;
        let write = || -> Result<(), rusqlite::Error> {
            let mut insert = self.connection.prepare_cached("INSERT INTO export_seen (hash) VALUES (?1)")?;
            for hash in seen {
                insert.execute([hash.cast_signed()])?;
            }
            let text = serde_json::to_string(checkpoint)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            let mut insert = self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO export_checkpoint (id, checkpoint) VALUES (1, ?1)")?;
            insert.execute([text])?;
            self.connection.execute_batch("COMMIT")
        };
        write().map_err(|error| self.failed(&error))?;
        self.is_open = false;
        Ok(())
    }

    fn requests_per_commit(&self) -> u64 {
        1
    }
}

fn sql(column: &Column, value: &Value) -> SqlValue {
    match (column.kind, value) {
        (_, Value::Null) => SqlValue::Null,
        (ColumnKind::Flag, Value::Bool(flag)) => SqlValue::Integer(i64::from(*flag)),
        (ColumnKind::Integer, Value::Number(number)) => number.as_i64().map_or(SqlValue::Null, SqlValue::Integer),
        (ColumnKind::Number, Value::Number(number)) => number.as_f64().map_or(SqlValue::Null, SqlValue::Real),
        _ => text_of(value).map_or(SqlValue::Null, SqlValue::Text),
    }
}

/// Opens a database that is read only.
pub(crate) fn open_read_only(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // A database that was interrupted has to be recovered, which writes.
    let opened = Connection::open_with_flags(path, flags).or_else(|_| Connection::open_with_flags(path, read_only));
    opened.map_err(|error| Error::of_file(ErrorKind::Io, path, format!("cannot open the database: {error}")))
}
