//! An audit line for each write: who ran it, when, which operation, on whom, which fields, and what came of it. Values are
//! left out, so that neither a password nor a key is among them.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde::Serialize;
use thought_industries::Date;

use crate::failure::Failure;
use crate::journal::private;

/// Where audit lines go.
pub(crate) struct Audit(Option<File>);

#[derive(Serialize)]
struct Line<'l> {
    at: Date,
    by: String,
    operation: &'l str,
    target: &'l str,
    fields: &'l [String],
    result: &'l str,
}

impl Audit {
    /// Appends to a file; without one, lines go to standard error.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self(None)) };
        let file = private(OpenOptions::new().create(true).append(true)).open(path);
        let file = file.map_err(|error| Failure::CouldNotRun {
            reason: format!("cannot write the audit file {}: {error}", path.display()),
            help: Some("nothing was written to the tenant"),
        })?;
        Ok(Self(Some(file)))
    }

    /// Notes a write. `result` is `done`, or why it was not.
    pub(crate) fn note(
        &mut self,
        operation: &str,
        target: &str,
        fields: &[String],
        result: &str,
    ) -> Result<(), Failure> {
        let line = Line { at: Date::now(), by: user(), operation, target, fields, result };
        let text = serde_json::to_string(&line)?;
        match &mut self.0 {
            Some(file) => append(file, &text).map_err(|error| Failure::CouldNotRun {
                reason: format!("cannot write the audit: {error}"),
                help: Some("the last write was made and is not noted; see to the audit file, and go on"),
            }),
            None => {
                // Nobody need be reading.
                _ = writeln!(std::io::stderr(), "audit: {text}");
                Ok(())
            }
        }
    }

    /// Notes how a write of one's own ended, and hands its result on.
    pub(crate) fn noted<T>(
        &mut self,
        operation: &str,
        target: &str,
        fields: &[String],
        done: Result<T, thought_industries::Error>,
    ) -> Result<T, Failure> {
        // What the tenant says may repeat values.
        let result = match &done {
            Ok(_) => "done".to_owned(),
            Err(error) if error.outcome_unknown() => "unknown".to_owned(),
            Err(error) if !error.fields_not_applied().is_empty() => "done in part".to_owned(),
            Err(error) => error.status().map_or_else(|| "failed".to_owned(), |status| format!("failed ({status})")),
        };
        self.note(operation, target, fields, &result)?;
        Ok(done?)
    }
}

fn append(file: &mut File, line: &str) -> std::io::Result<()> {
    writeln!(file, "{line}")?;
    match file.sync_data() {
        // What is no file on a disk, such as a pipe, cannot be told to be on one.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

/// Whoever runs this: by name, or by number where nothing gives a name, as below cron.
pub(crate) fn user() -> String {
    let named = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).or_else(number).unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(unix)]
fn number() -> Option<String> {
    let own = std::fs::metadata("/proc/self").ok()?;
    Some(format!("uid {}", std::os::unix::fs::MetadataExt::uid(&own)))
}

#[cfg(not(unix))]
fn number() -> Option<String> {
    None
}
