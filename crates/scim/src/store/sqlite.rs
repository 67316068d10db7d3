//! The store in one `SQLite` file.

mod groups;
mod jobs;
mod migrations;
mod tables;
mod users;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use thought_industries_store::Access;

use super::{Store, StoreError, Tables};
use crate::error::ScimError;

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
        let writer = thought_industries_store::open(path, migrations::MIGRATIONS)?;
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
        thought_industries_store::make_private(&path).map_err(|error| about(format!("cannot be opened: {error}")))?;
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
            None => thought_industries_store::connect(&self.path, Access::Read),
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
        thought_industries_store::backup(&self.reader()?, path)
    }

    fn check(&self) -> Result<(), StoreError> {
        thought_industries_store::check(&self.reader()?)
    }
}

#[cfg(test)]
mod tests;
