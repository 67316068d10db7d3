//! The users that a command is about: one, or those of a file.

use std::collections::HashSet;

use graphql_drift::printable;
use thought_industries::Error as ClientError;
use thought_industries_provision::SyncConfig;

use super::plan;
use crate::arguments::Targets;
use crate::failure::Failure;

/// The keys of the users: the one that was given, or those of the rows of a file, each once. Rows of users who are disabled
/// are left out.
pub(super) fn read(targets: &Targets) -> Result<Vec<String>, Failure> {
    let Some(file) = &targets.file else { return Ok(targets.key.iter().cloned().collect()) };
    let config = targets.config.as_deref().map(SyncConfig::read).transpose()?.unwrap_or_default();
    let roster = plan::read(file, &config)?;
    for note in roster.notes() {
        eprintln!("{}: {}", file.display(), printable(note));
    }
    let (mut keys, mut known) = (Vec::new(), HashSet::new());
    for user in roster.users() {
        let user = user?;
        let key = config.match_by.iter().find_map(|kind| user.text(kind.field()));
        if let Some(key) = key.filter(|key| user.disabled != Some(true) && known.insert(key.to_lowercase())) {
            keys.push(key.to_owned());
        }
    }
    if keys.is_empty() {
        return Err(Failure::new(format!("{}: no user to write to", file.display()), "nothing was written"));
    }
    Ok(keys)
}

/// What was not found of several users.
#[derive(Debug, Default)]
pub(super) struct Absent {
    users: usize,
    has_found: bool,
}

/// After so many users that are not found, and none that is, what they are to get is not found.
const MOST_AT_FIRST: usize = 3;

impl Absent {
    /// Reports a user who is not found; the others follow.
    pub(super) fn add(&mut self, key: &str, error: ClientError) -> Result<(), Failure> {
        self.users += 1;
        if !self.has_found && self.users >= MOST_AT_FIRST {
            return Err(error.into());
        }
        eprintln!("{}: {}", printable(key), printable(&error.to_string()));
        Ok(())
    }

    pub(super) fn has_found(&mut self) {
        self.has_found = true;
    }

    /// Exit code 1 if any user was not found.
    pub(super) fn finish(self) -> Result<(), Failure> {
        if self.users > 0 { Err(Failure::Found) } else { Ok(()) }
    }
}
