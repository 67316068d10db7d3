//! Files of tenants and keys that are no longer used.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::file::{PRODUCT, has_path};

/// A file that no process has changed for so long is removed: no window of a tenant is longer.
const UNUSED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Removes the files in a folder that were not changed for 7 days, except the one with this name. A file that a process has
/// locked stays. A process that has it open without a lock notices at its next request, and makes a new one. What cannot be
/// removed stays as well, since nothing depends on it.
pub(super) fn remove(folder: &Path, except: &str, now: Duration) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(|name| name != except && is_name(name)) {
            _ = remove_one(&entry.path(), now);
        }
    }
}

fn remove_one(path: &Path, now: Duration) -> io::Result<()> {
    let is_unused = |found: &fs::Metadata| {
        let changed = found.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(now);
        Ok::<_, io::Error>(found.is_file() && now.saturating_sub(changed) >= UNUSED)
    };
    if !is_unused(&fs::symlink_metadata(path)?)? {
        return Ok(());
    }
    let mut file = File::open(path)?;
    if file.try_lock().is_err() {
        return Ok(());
    }
    // Until it was locked, another process could change it, or remove it and make a new one.
    let found = file.metadata()?;
    let mut start = Vec::new();
    file.by_ref().take(u64::try_from(PRODUCT.len()).unwrap_or(u64::MAX)).read_to_end(&mut start)?;
    if is_unused(&found)? && has_path(&found) && (start.is_empty() || start == PRODUCT.as_bytes()) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Whether a name is a digest of tenant and key.
fn is_name(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    #[test]
    fn only_files_of_limits_that_are_old_and_free_are_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str, days: u64| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("written");
            let changed = SystemTime::UNIX_EPOCH + NOW - Duration::from_secs(days * 24 * 60 * 60);
            let file = File::options().write(true).open(&path).expect("a file");
            file.set_modified(changed).expect("set");
            file
        };
        let name = |digit: char| digit.to_string().repeat(32);
        let text = "thought-industries limits 1 00\n7";
        file(&name('a'), text, 7);
        file(&name('b'), text, 6);
        file(&name('c'), text, 9);
        file(&name('d'), "", 9);
        file(&name('e'), "of another program", 9);
        file(&"E".repeat(32), text, 9);
        file("short", text, 9);
        let locked = file(&name('f'), text, 9);
        locked.lock().expect("a lock");
        std::os::unix::fs::symlink(folder.path().join("short"), folder.path().join(name('0'))).expect("a link");
        let left = || {
            let files = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("a file").file_name());
            let mut first: Vec<_> = files.map(|name| name.to_string_lossy()[..1].to_owned()).collect();
            first.sort();
            first.concat()
        };
        remove(folder.path(), &name('c'), NOW);
        assert_eq!(left(), "0Ebcefs");
        locked.unlock().expect("unlocked");
        remove(folder.path(), "", NOW);
        assert_eq!(left(), "0Ebes");
        // The clock was set back.
        remove(folder.path(), "", Duration::ZERO);
        assert_eq!(left(), "0Ebes");
    }
}
