//! Snapshots that are no longer used by any test.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

use crate::outcome::{Done, Failure};

/// The file where insta lists the snapshots that tests use, if this is set: cargo-insta finds orphans the same way.
const REFERENCES: &str = "INSTA_SNAPSHOT_REFERENCES_FILE";

/// Makes the following tests record which snapshots they use.
pub(crate) fn watch(shell: &Shell, references: &Path) {
    shell.set_var(REFERENCES, references);
}

/// Fails if git contains a snapshot that no test used.
pub(crate) fn check(shell: &Shell, references: &Path) -> Done {
    let text = std::fs::read_to_string(references)
        .map_err(|error| Failure::CouldNotRun(format!("no test recorded which snapshots it uses: {error}")))?;
    let used: BTreeSet<PathBuf> = text.lines().filter_map(|line| Path::new(line).canonicalize().ok()).collect();
    let files = cmd!(shell, "git ls-files *.snap").quiet().read().map_err(|error| Failure::could_not_run(&error))?;
    let orphans: Vec<String> = files
        .lines()
        .filter(|file| shell.current_dir().join(file).canonicalize().is_ok_and(|path| !used.contains(&path)))
        .map(|file| format!("{file}: no test uses this snapshot\n  help: `git rm {file}`"))
        .collect();
    if orphans.is_empty() { Ok(()) } else { Err(Failure::Found(orphans)) }
}
