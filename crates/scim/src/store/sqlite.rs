//! The store in one `SQLite` file.

mod groups;
mod jobs;
mod migrations;
mod tables;
mod users;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use thought_industries_store::{Access, Claim};

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
    pub fn claim(&self) -> Result<Claim, StoreError> {
        Claim::of(&self.path, "another gateway uses this store; stop that one first, or name another store")
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        match locked(&self.readers).pop() {
            Some(reader) => Ok(reader),
            None => thought_industries_store::connect(&self.path, Access::Read),
        }
    }
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
