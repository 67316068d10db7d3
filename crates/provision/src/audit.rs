//! An audit record for each write: who ran it, when, which operation, on which user, which fields, and what came of it.
//! Values are left out, so that neither a password nor personal data is among them.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind as IoErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use thought_industries::Date;

use crate::error::{Error, ErrorKind};
use crate::files::private;

/// Where audit records go.
pub trait AuditSink: Sync {
    /// Keeps a record.
    ///
    /// # Errors
    /// If the record cannot be kept: the write was made, and the run stops.
    fn record(&self, record: &AuditRecord<'_>) -> Result<(), Error>;
}

/// A record of a write.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AuditRecord<'r> {
    /// When it ended.
    pub at: Date,
    /// Who ran it.
    pub by: &'r str,
    /// The operation, such as `users.update`, or the action of an entry.
    pub operation: &'r str,
    /// The user, by id or by the key that was given.
    pub target: &'r str,
    /// The names of the fields.
    pub fields: &'r [String],
    /// What came of it, such as `done`.
    pub result: &'r str,
}

impl<'r> AuditRecord<'r> {
    /// A record of a write that has just ended.
    pub fn new(by: &'r str, operation: &'r str, target: &'r str, fields: &'r [String], result: &'r str) -> Self {
        Self { at: Date::now(), by, operation, target, fields, result }
    }
}

/// Audit records in a file: a JSON object on each line, on the disk before the run goes on.
#[derive(Debug)]
pub struct FileAudit {
    path: PathBuf,
    file: Mutex<File>,
}

impl FileAudit {
    /// Appends to a file. A new one is readable by its owner only.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = private(OpenOptions::new().create(true).append(true)).open(path);
        let file = file.map_err(|error| {
            let error = Error::new(ErrorKind::Io, format!("cannot write the audit file {}: {error}", path.display()));
            error.with_help("nothing was written to the tenant")
        })?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }
}

impl AuditSink for FileAudit {
    fn record(&self, record: &AuditRecord<'_>) -> Result<(), Error> {
        let line = serde_json::to_string(record)?;
        append(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner), &line).map_err(|error| {
            let error =
                Error::new(ErrorKind::Io, format!("cannot write the audit file {}: {error}", self.path.display()));
            error.with_help("the last write was made and has no record; see to the audit file, and continue")
        })
    }
}

fn append(file: &mut File, line: &str) -> std::io::Result<()> {
    writeln!(file, "{line}")?;
    match file.sync_data() {
        // A pipe, for one, is not a file on a disk and cannot be synced.
        Err(error) if error.kind() == IoErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}
