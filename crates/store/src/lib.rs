//! One `SQLite` file that only its owner can read, whose commits survive a power failure, and whose tables have a version.
//!
//! *Invariant*: nothing here knows what the tables are for.

mod claim;
mod error;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

pub use claim::Claim;
pub use error::StoreError;

/// How long a change waits for one of another process.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads only.
    Read,
    /// Reads and writes.
    Write,
}

/// Opens the store in a file for writing, or makes a new one that only its owner can read, and brings its tables to the last
/// of these versions. Each migration is a batch of SQL that leads from one version to the next.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let store = folder.path().join("own.db");
/// let connection = thought_industries_store::open(&store, &["CREATE TABLE note (text TEXT NOT NULL) STRICT;"])?;
/// connection.execute("INSERT INTO note VALUES ('kept')", [])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be used, is a database of another program, or was made by a newer version. The message begins with its
/// name.
pub fn open(path: &Path, migrations: &[&str]) -> Result<Connection, StoreError> {
    let about = |error: StoreError| error.about(&path.display().to_string());
    make_private(path).map_err(|error| about(StoreError::new(format!("cannot be opened: {error}"))))?;
    let opened = connect(path, Access::Write).and_then(|mut connection| {
        migrate(&mut connection, migrations)?;
        Ok(connection)
    });
    opened.map_err(about)
}

/// Opens another connection to a store that exists.
///
/// # Errors
/// If the file is missing or no database.
pub fn connect(path: &Path, access: Access) -> Result<Connection, StoreError> {
    let mode = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_NO_MUTEX | mode)?;
    connection.busy_timeout(LONGEST_WAIT)?;
    if access == Access::Write {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit is on the disk when it returns: what was promised afterwards must not be forgotten.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Makes a file that only its owner can read, before `SQLite` or another writer does. Nothing changes if it exists. The files
/// that `SQLite` puts beside it get its mode.
///
/// # Errors
/// If the file can be neither made nor opened.
pub fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Brings a file to the last version.
fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done > migrations.len() {
        return Err(StoreError::new(format!(
            "was made by a newer version of this program (format {version}); use that one"
        )));
    }
    if done == 0 && tables > 0 {
        return Err(StoreError::new("is a database of another program; name another file"));
    }
    for migration in migrations.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap_or_default())?;
    transaction.commit()?;
    Ok(())
}

/// Copies a store to a new private file, while it is in use.
///
/// # Errors
/// If the file exists or cannot be written.
pub fn backup(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Err(StoreError::new(format!("{} exists; name a new file", path.display())));
    }
    make_private(path).map_err(|error| StoreError::new(format!("{} cannot be written: {error}", path.display())))?;
    let target = path.to_str().ok_or_else(|| StoreError::new("the name of the file is not UTF-8"))?;
    connection.execute("VACUUM INTO ?1", [target])?;
    Ok(())
}

/// Looks for damage.
///
/// # Errors
/// What is damaged.
pub fn check(connection: &Connection) -> Result<(), StoreError> {
    let answer: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if answer == "ok" {
        Ok(())
    } else {
        Err(StoreError::new(format!("the store is damaged: {answer}; restore a backup")))
    }
}

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &[&str] = &["CREATE TABLE a (b TEXT) STRICT;", "ALTER TABLE a ADD COLUMN c TEXT;"];

    #[test]
    fn a_file_grows_by_versions_and_is_refused_where_it_is_not_ours() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("own.db");
        open(&path, &TABLES[..1]).expect("new").execute("INSERT INTO a VALUES ('kept')", []).expect("written");
        let grown = open(&path, TABLES).expect("the next version");
        let kept: (String, Option<String>) =
            grown.query_row("SELECT b, c FROM a", [], |row| Ok((row.get(0)?, row.get(1)?))).expect("a row");
        assert_eq!(kept, ("kept".to_owned(), None));
        check(&grown).expect("sound");
        let newer = open(&path, &TABLES[..1]).expect_err("newer").to_string();
        assert!(newer.starts_with(&path.display().to_string()) && newer.contains("newer version"), "{newer}");

        let foreign = folder.path().join("foreign.db");
        Connection::open(&foreign).expect("a file").execute_batch("CREATE TABLE x (y)").expect("a table");
        assert!(open(&foreign, TABLES).expect_err("foreign").to_string().contains("another program"));
        std::fs::write(&foreign, "a text that is no database, and long enough to have a header").expect("written");
        assert!(open(&foreign, TABLES).is_err());
        assert!(open(&folder.path().join("no/folder.db"), TABLES).is_err());
        assert!(backup(&grown, &path).expect_err("exists").to_string().contains("name a new file"));
        backup(&grown, &folder.path().join("copy.db")).expect("copied");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_file_and_those_beside_it() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let connection = open(&folder.path().join("own.db"), TABLES).expect("new");
        connection.execute("INSERT INTO a (b) VALUES ('x')", []).expect("written");
        for entry in std::fs::read_dir(folder.path()).expect("a folder") {
            let entry = entry.expect("an entry");
            assert_eq!(entry.metadata().expect("a file").permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        }
    }
}
