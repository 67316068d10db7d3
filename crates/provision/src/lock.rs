//! One writer for each tenant: two runs at once could each undo what the other does.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::error::{Error, ErrorKind};
use crate::files::{Hasher, private};

/// The right to write to a tenant, until it is dropped or the process ends. Programs that use the same folder exclude each
/// other; it binds neither other machines nor programs that do not take it. Reading needs no lock.
///
/// ```
/// use thought_industries::Date;
/// use thought_industries_provision::{ErrorKind, TenantLock};
///
/// let folder = tempfile::tempdir()?;
/// let tenant = "https://acme.thoughtindustries.com/";
/// let run = TenantLock::exclusive(folder.path(), tenant, "nightly sync", Date::now())?;
/// let refused = TenantLock::shared(folder.path(), tenant).unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::Locked);
/// drop(run);
/// TenantLock::shared(folder.path(), tenant)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TenantLock {
    /// Unlocked when it is closed.
    file: File,
}

/// Who holds a lock, as its file says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holder {
    pid: u32,
    command: String,
    since: Date,
}

impl TenantLock {
    /// The lock of a run, which no other writer shares. `folder` is created if it does not exist, `tenant` is the
    /// [address](thought_industries::Client::url) of the tenant, and `command` and `since` are shown to those who are refused.
    ///
    /// # Errors
    /// Of the kind [`Locked`](ErrorKind::Locked) if another process writes to the tenant: the error names it. Of the kind
    /// [`Io`](ErrorKind::Io) if the folder cannot be used.
    pub fn exclusive(folder: &Path, tenant: &str, command: &str, since: Date) -> Result<Self, Error> {
        let (mut file, path) = open(folder, tenant)?;
        locked(file.try_lock(), &mut file, &path, tenant)?;
        let holder = Holder { pid: std::process::id(), command: command.to_owned(), since };
        let text = serde_json::to_string(&holder)?;
        let written = file.set_len(0).and_then(|()| writeln!(file, "{text}"));
        written.map_err(|error| cannot_lock(&path, &error))?;
        Ok(Self { file })
    }

    /// The lock of a single write, which others of its kind share. No run holds the tenant meanwhile.
    ///
    /// # Errors
    /// As [`exclusive`](Self::exclusive).
    pub fn shared(folder: &Path, tenant: &str) -> Result<Self, Error> {
        let (mut file, path) = open(folder, tenant)?;
        locked(file.try_lock_shared(), &mut file, &path, tenant)?;
        // A run that was killed has left its name behind.
        file.set_len(0).map_err(|error| cannot_lock(&path, &error))?;
        Ok(Self { file })
    }
}

impl Drop for TenantLock {
    fn drop(&mut self) {
        // The name of a run that has ended helps no user; the lock itself ends with the file.
        _ = self.file.set_len(0);
    }
}

/// The file of a tenant. It is never removed: a process could lock a file that another one has just removed.
fn open(folder: &Path, tenant: &str) -> Result<(File, PathBuf), Error> {
    let mut hasher = Hasher::default();
    hasher.update(tenant.as_bytes());
    let name: String = hasher.finish().chars().take(32).collect();
    let path = folder.join(format!("{name}.lock"));
    let opened = make(folder).and_then(|()| {
        // What is there is kept until the lock is held: it is the name of another process.
        private(OpenOptions::new().create(true).truncate(false).read(true).write(true)).open(&path)
    });
    Ok((opened.map_err(|error| cannot_lock(&path, &error))?, path))
}

fn make(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn locked(result: Result<(), TryLockError>, file: &mut File, path: &Path, tenant: &str) -> Result<(), Error> {
    match result {
        Ok(()) => Ok(()),
        Err(TryLockError::Error(error)) => Err(cannot_lock(path, &error)),
        Err(TryLockError::WouldBlock) => {
            let help = "nothing was written; wait until it has ended, or end it with Ctrl-C, and try again";
            Err(Error::new(ErrorKind::Locked, format!("{} writes to {tenant}", holder(file, path))).with_help(help))
        }
    }
}

/// Who holds the lock, as far as that can be read: single writes leave no name, and some systems do not let others read a
/// locked file.
fn holder(file: &mut File, path: &Path) -> String {
    let mut text = String::new();
    // A file of this size was written by no program of this crate.
    let read = file.rewind().and_then(|()| file.take(4_096).read_to_string(&mut text));
    match read.map_err(Error::from).and_then(|_| Ok(serde_json::from_str::<Holder>(&text)?)) {
        Ok(Holder { pid, command, since }) => format!("`{command}` (process {pid}, since {since})"),
        Err(_) => format!("another process (it holds {})", path.display()),
    }
}

fn cannot_lock(path: &Path, error: &std::io::Error) -> Error {
    let help = "nothing was written; use a folder on a disk of this machine that the user can write to";
    Error::of_file(ErrorKind::Io, path, format!("the lock of the tenant cannot be taken: {error}")).with_help(help)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TENANT: &str = "https://acme.example/";

    fn run(folder: &Path, tenant: &str) -> Result<TenantLock, Error> {
        TenantLock::exclusive(folder, tenant, "ti apply", "2026-01-02T03:04:05Z".parse().expect("a date"))
    }

    #[test]
    fn a_run_excludes_every_writer_and_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("new/folder");
        let held = run(&folder, TENANT).expect("the first");
        for refused in [run(&folder, TENANT), TenantLock::shared(&folder, TENANT)] {
            let error = refused.expect_err("a second one");
            assert_eq!(error.kind(), ErrorKind::Locked);
            let pid = std::process::id();
            let message = format!("`ti apply` (process {pid}, since 2026-01-02T03:04:05.000Z) writes to {TENANT}");
            assert_eq!(error.to_string(), message);
        }
        run(&folder, "https://other.example/").expect("another tenant");
        drop(held);
        run(&folder, TENANT).expect("the first has ended");
    }

    #[test]
    fn single_writes_share_and_are_not_taken_for_a_run_that_was_killed() {
        let folder = tempfile::tempdir().expect("a folder");
        let run_file = {
            drop(run(folder.path(), TENANT).expect("a run"));
            fs::read_dir(folder.path()).expect("a folder").next().expect("a file").expect("an entry").path()
        };
        fs::write(&run_file, r#"{"pid":1,"command":"ti apply","since":"2026-01-02T03:04:05Z"}"#).expect("written");
        let _one = TenantLock::shared(folder.path(), TENANT).expect("one");
        let _two = TenantLock::shared(folder.path(), TENANT).expect("two");
        let error = run(folder.path(), TENANT).expect_err("a run").to_string();
        assert!(error.starts_with("another process (it holds ") && error.ends_with("writes to https://acme.example/"));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_that_of_its_owner_and_does_not_name_the_tenant() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("locks");
        let _held = run(&inner, TENANT).expect("held");
        let file = fs::read_dir(&inner).expect("a folder").next().expect("a file").expect("an entry");
        let mode = |metadata: fs::Metadata| metadata.permissions().mode() & 0o777;
        assert_eq!(
            (mode(file.metadata().expect("a file")), mode(fs::metadata(&inner).expect("a folder"))),
            (0o600, 0o700)
        );
        assert!(!file.file_name().to_string_lossy().contains("acme"));
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_an_error_with_its_name() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let error = run(file.path(), TENANT).expect_err("no folder");
        let is_named = error.to_string().starts_with(&file.path().display().to_string());
        assert_eq!((error.kind(), is_named), (ErrorKind::Io, true), "{error}");
    }
}
