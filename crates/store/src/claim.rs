//! One process for the work of a store.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::{StoreError, make_private};

/// The claim of the process that works with a store. It ends when it is dropped, or with the process.
#[derive(Debug)]
pub struct Claim {
    /// Unlocked when it is closed. It is never removed: a process could lock a file that another one has just removed.
    _file: File,
}

impl Claim {
    /// Claims the store in a file. If it is claimed already, the error is `advice`, such as "another gateway uses this store; stop
    /// that one first".
    ///
    /// ```
    /// use thought_industries_store::Claim;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("store.sqlite");
    /// let claim = Claim::of(&path, "stop the other process")?;
    /// assert!(Claim::of(&path, "stop the other process").is_err());
    /// drop(claim);
    /// assert!(Claim::of(&path, "stop the other process").is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If another process has claimed it, or the file beside the store cannot be used.
    pub fn of(path: &Path, advice: &str) -> Result<Self, StoreError> {
        let mut beside = path.to_owned().into_os_string();
        beside.push(".lock");
        let beside = PathBuf::from(beside);
        let about = |text: String| StoreError::new(format!("{}: {text}", beside.display()));
        let opened = make_private(&beside).and_then(|()| File::open(&beside));
        let file = opened.map_err(|error| about(format!("cannot be opened: {error}")))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::new(format!("{}: {advice}", path.display()))),
            Err(TryLockError::Error(error)) => Err(about(format!("cannot be locked: {error}"))),
        }
    }
}
