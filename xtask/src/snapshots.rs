//! Snapshots that no test refers to any more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use xshell::{Shell, cmd};

use crate::outcome::{Done, Failure};

/// Where insta writes the snapshots that tests refer to, if it is told to: the way cargo-insta finds the others.
const REFERENCES: &str = "INSTA_SNAPSHOT_REFERENCES_FILE";

/// Makes the tests that follow write down which snapshots they refer to.
pub(crate) fn watch(shell: &Shell, references: &Path) {
    shell.set_var(REFERENCES, references);
}

/// Fails if git holds a snapshot that was not referred to.
pub(crate) fn check(shell: &Shell, references: &Path) -> Done {
    let text = std::fs::read_to_string(references)
        .map_err(|error| Failure::CouldNotRun(format!("no test wrote which snapshots it uses: {error}")))?;
    let used: BTreeSet<PathBuf> = text.lines().filter_map(|line| Path::new(line).canonicalize().ok()).collect();
    let files = cmd!(shell, "git ls-files *.snap").quiet().read().map_err(|error| Failure::could_not_run(&error))?;
    let orphans: Vec<String> = files
        .lines()
        .filter(|file| shell.current_dir().join(file).canonicalize().is_ok_and(|path| !used.contains(&path)))
        .map(|file| format!("{file}: no test refers to this snapshot\n  help: `git rm {file}`"))
        .collect();
    if orphans.is_empty() { Ok(()) } else { Err(Failure::Found(orphans)) }
}
