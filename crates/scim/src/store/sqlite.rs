//! The store in one `SQLite` file.

mod groups;
mod jobs;
mod migrations;
mod tables;
mod users;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{Store, StoreError, Tables};
use crate::error::ScimError;

/// How long a change waits for one of another process.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A store in one file. Other processes may read it and change settings meanwhile, such as `ti scim connection add`.
///
/// ```
/// use thought_industries_scim::{SqliteStore, Store as _};
///
/// let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(&folder.path().join("scim.db"))?;
/// store.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SqliteStore {
    path: PathBuf,
    writer: Mutex<Connection>,
    /// Connections for reads that are not in use.
    readers: Mutex<Vec<Connection>>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SqliteStore {
    /// Opens the store in a file, or makes a new one that only its owner can read.
    ///
    /// # Errors
    /// If the file cannot be used, is no store, or was made by a newer version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let about = |error: StoreError| error.about(&path.display().to_string());
        private(path).map_err(|error| about(StoreError::new(format!("cannot be opened: {error}"))))?;
        let writer = connect(path, false).and_then(migrated).map_err(about)?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::default() })
    }

    /// Claims the store for a process that carries out its writes, until the claim is dropped or the process ends: two of them
    /// would each send what the other one is sending.
    ///
    /// # Errors
    /// If another process has claimed it, or the file beside the store cannot be used.
    pub fn claim(&self) -> Result<StoreClaim, StoreError> {
        let mut path = self.path.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let about = |text: String| StoreError::new(format!("{}: {text}", path.display()));
        private(&path).map_err(|error| about(format!("cannot be opened: {error}")))?;
        let file = File::open(&path).map_err(|error| about(format!("cannot be opened: {error}")))?;
        match file.try_lock() {
            Ok(()) => Ok(StoreClaim { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let text = "another gateway uses this store; stop that one first, or name another store";
                Err(StoreError::new(format!("{}: {text}", self.path.display())))
            }
            Err(TryLockError::Error(error)) => Err(about(format!("cannot be locked: {error}"))),
        }
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        match locked(&self.readers).pop() {
            Some(reader) => Ok(reader),
            None => connect(&self.path, true),
        }
    }
}

/// The claim of the process that carries out the writes of a store.
#[derive(Debug)]
pub struct StoreClaim {
    /// Unlocked when it is closed, also by the end of the process. It is never removed: a process could lock a file that
    /// another one has just removed.
    _file: File,
}

/// Makes the file, readable by its owner alone, before `SQLite` does. The files beside it get its mode.
fn private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn connect(path: &Path, is_reader: bool) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mode = if is_reader { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    let connection = Connection::open_with_flags(path, flags | mode)?;
    connection.busy_timeout(LONGEST_WAIT)?;
    if !is_reader {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit is on the disk when it returns: a write that is begun must not be forgotten.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrated(mut connection: Connection) -> Result<Connection, StoreError> {
    migrations::run(&mut connection)?;
    Ok(connection)
}

impl Store for SqliteStore {
    fn read(&self, act: &mut dyn FnMut(&dyn Tables) -> Result<(), ScimError>) -> Result<(), ScimError> {
        let mut reader = self.reader()?;
        let done = {
            let transaction = reader.transaction().map_err(StoreError::from)?;
            act(&tables::SqliteTables(&transaction))
        };
        locked(&self.readers).push(reader);
        done
    }

    fn write(&self, act: &mut dyn FnMut(&dyn Tables) -> Result<(), ScimError>) -> Result<(), ScimError> {
        let mut writer = locked(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
        act(&tables::SqliteTables(&transaction))?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(())
    }

    fn backup(&self, path: &Path) -> Result<(), StoreError> {
        if path.exists() {
            return Err(StoreError::new(format!("{} exists; name a new file", path.display())));
        }
        private(path).map_err(|error| StoreError::new(format!("{} cannot be written: {error}", path.display())))?;
        let target = path.to_str().ok_or_else(|| StoreError::new("the name of the file is not UTF-8"))?;
        self.reader()?.execute("VACUUM INTO ?1", [target])?;
        Ok(())
    }

    fn check(&self) -> Result<(), StoreError> {
        let answer: String = self.reader()?.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if answer == "ok" {
            Ok(())
        } else {
            Err(StoreError::new(format!("the store is damaged: {answer}; restore a backup")))
        }
    }
}

#[cfg(test)]
mod tests;
