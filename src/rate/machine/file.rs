//! A small file that processes change in turn, each for some microseconds.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// The file, open.
#[derive(Debug)]
pub(super) struct SharedFile {
    folder: PathBuf,
    name: String,
    file: Mutex<File>,
}

/// The beginning of the file.
pub(super) const PRODUCT: &str = "thought-industries limits";

/// The version of the file: another one is replaced.
const VERSION: &str = "1";

/// How often the lock is tried before the caller has to wait.
const TRIES: u32 = 50;

impl SharedFile {
    /// Opens or creates the file in a folder, which is created if it does not exist. Only this user may have access to
    /// both.
    pub(super) fn open(folder: &Path, name: &str) -> io::Result<Self> {
        let file = Mutex::new(open(folder, name)?);
        Ok(Self { folder: folder.to_owned(), name: name.to_owned(), file })
    }

    /// Changes what is in the file. Returns `None` if another process has it.
    pub(super) fn change<S: Serialize + DeserializeOwned + Default, T>(
        &self,
        change: impl FnOnce(&mut S) -> T,
    ) -> io::Result<Option<T>> {
        let Some(mut file) = self.lock()? else { return Ok(None) };
        let changed = read(&mut file).and_then(|mut state| {
            let result = change(&mut state);
            write(&mut file, &state)?;
            Ok(result)
        });
        file.unlock()?;
        changed.map(Some)
    }

    /// The locked file that has the path now. One that was removed is opened or created again.
    fn lock(&self) -> io::Result<Option<MutexGuard<'_, File>>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..TRIES {
            if !lock(&file)? {
                return Ok(None);
            }
            if has_path(&file.metadata()?) {
                return Ok(Some(file));
            }
            *file = open(&self.folder, &self.name)?;
        }
        Ok(None)
    }
}

fn open(folder: &Path, name: &str) -> io::Result<File> {
    create(folder)?;
    let user = user(folder)?;
    check(&fs::symlink_metadata(folder)?, user, true)?;
    let path = folder.join(name);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Checked before it is opened, since opening a pipe would wait, and afterwards, since only then it exists.
    if let Ok(found) = fs::symlink_metadata(&path) {
        check(&found, user, false)?;
    }
    let file = options.open(&path)?;
    check(&file.metadata()?, user, false)?;
    // The file may have been removed meanwhile; that shows once it is locked.
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        found => check(&found?, user, false)?,
    }
    Ok(file)
}

/// Whether an open file still has a path. Only on Unix can a file be removed that a process uses.
pub(super) fn has_path(found: &Metadata) -> bool {
    #[cfg(unix)]
    {
        std::os::unix::fs::MetadataExt::nlink(found) > 0
    }
    #[cfg(not(unix))]
    {
        _ = found;
        true
    }
}

fn lock(file: &File) -> io::Result<bool> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// What is in the file. A file that was cut or is of another version is begun anew.
fn read<S: DeserializeOwned + Default>(file: &mut File) -> io::Result<S> {
    let mut text = String::new();
    file.rewind()?;
    if let Err(error) = file.read_to_string(&mut text) {
        return if error.kind() == io::ErrorKind::InvalidData { Ok(S::default()) } else { Err(error) };
    }
    let state = text.split_once('\n').and_then(|(heading, body)| {
        let is_whole = heading == self::heading(body);
        is_whole.then(|| serde_json::from_str(body).ok()).flatten()
    });
    Ok(state.unwrap_or_default())
}

fn write<S: Serialize>(file: &mut File, state: &S) -> io::Result<()> {
    let body = serde_json::to_string(state)?;
    let text = format!("{}\n{body}", heading(&body));
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.set_len(u64::try_from(text.len()).unwrap_or(u64::MAX))
}

fn heading(body: &str) -> String {
    format!("{PRODUCT} {VERSION} {}", digest(&[body]))
}

/// The first 128 bits of a digest, in hexadecimal digits.
pub(super) fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let digest = digest.finalize();
    format!("{:032x}", u128::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()))
}

fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// The number of this user, which is that of a new file.
fn user(folder: &Path) -> io::Result<Option<u32>> {
    #[cfg(unix)]
    {
        use std::hash::{BuildHasher as _, Hasher as _, RandomState};
        use std::os::unix::fs::MetadataExt as _;
        let probe = folder.join(format!(".{:x}", RandomState::new().build_hasher().finish()));
        let user = OpenOptions::new().write(true).create_new(true).open(&probe)?.metadata()?.uid();
        fs::remove_file(&probe)?;
        Ok(Some(user))
    }
    #[cfg(not(unix))]
    {
        _ = folder;
        Ok(None)
    }
}

/// Refuses what another user could change.
fn check(found: &Metadata, user: Option<u32>, is_folder: bool) -> io::Result<()> {
    let refuse = |reason: &str| Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    if (is_folder && !found.is_dir()) || (!is_folder && !found.is_file()) {
        return refuse("it is a link, or not what it should be");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if user.is_some_and(|user| found.uid() != user) {
            return refuse("it belongs to another user");
        }
        if found.mode() & 0o077 != 0 {
            return refuse("other users have access to it");
        }
    }
    #[cfg(not(unix))]
    {
        _ = user;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(file: &SharedFile) -> u32 {
        let next = file.change(|number: &mut u32| {
            *number += 1;
            *number
        });
        next.expect("no error").expect("not locked")
    }

    #[test]
    fn what_one_opening_writes_another_reads() {
        let folder = tempfile::tempdir().expect("a folder").path().join("limits");
        std::fs::create_dir_all(folder.parent().expect("a parent")).expect("a folder");
        let [first, second] = [(), ()].map(|()| SharedFile::open(&folder, "a").expect("a file"));
        assert_eq!([count(&first), count(&second), count(&first)], [1, 2, 3]);
        let locked = second.change(|_: &mut u32| first.change(|number: &mut u32| *number).expect("no error"));
        assert_eq!(locked.expect("no error"), Some(None), "it is locked meanwhile");
        std::fs::remove_dir_all(folder.parent().expect("a parent")).expect("removed");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_removed_is_shared_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("limits");
        let [first, second] = [(), ()].map(|()| SharedFile::open(&folder, "a").expect("a file"));
        assert_eq!([count(&first), count(&second)], [1, 2]);
        for remove in [|path: &Path| fs::remove_file(path.join("a")), |path: &Path| fs::remove_dir_all(path)] {
            remove(&folder).expect("removed");
            assert_eq!([count(&first), count(&second), count(&first)], [1, 2, 3]);
        }
    }

    #[test]
    fn a_damaged_file_is_begun_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("limits/a");
        let file = SharedFile::open(&folder.path().join("limits"), "a").expect("a file");
        for damage in ["", "7", "thought-industries limits 1 00\n7", "thought-industries limits 2\n7\n", "\u{0}\u{0}"] {
            std::fs::write(&path, damage).expect("written");
            assert_eq!([count(&file), count(&file)], [1, 2], "{damage:?}");
        }
        std::fs::write(&path, [0xff, 0xfe]).expect("written");
        assert_eq!(count(&file), 1);
        // Every byte counts.
        let whole = std::fs::read(&path).expect("read");
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            std::fs::write(&path, damaged).expect("written");
            assert_eq!(count(&file), 1, "byte {place}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_change_is_refused() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join("limits");
        drop(SharedFile::open(&own, "a").expect("a file"));
        let mode = |path: &Path| std::fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
        assert_eq!((mode(&own), mode(&own.join("a"))), (0o700, 0o600));
        symlink(own.join("a"), own.join("link")).expect("a link");
        assert!(SharedFile::open(&own, "link").is_err());
        symlink(&own, folder.path().join("linked")).expect("a link");
        assert!(SharedFile::open(&folder.path().join("linked"), "a").is_err());
        std::fs::set_permissions(own.join("a"), std::fs::Permissions::from_mode(0o644)).expect("set");
        assert!(SharedFile::open(&own, "a").is_err());
        std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o755)).expect("set");
        assert!(SharedFile::open(&own, "b").is_err());
    }
}
