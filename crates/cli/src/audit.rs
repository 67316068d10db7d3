//! Audit records of single writes: in a file, or on standard error.

use std::io::Write as _;
use std::path::Path;

use thought_industries::Error as ClientError;
use thought_industries_provision::{AuditRecord, AuditSink, Error, FileAudit};

use crate::failure::Failure;

/// Where audit records of single writes go.
pub(crate) struct Audit(Box<dyn AuditSink>);

/// Audit records on standard error.
struct StandardError;

impl AuditSink for StandardError {
    fn record(&self, record: &AuditRecord<'_>) -> Result<(), Error> {
        let line = serde_json::to_string(record)?;
        // Continue even if standard error is closed.
        _ = writeln!(std::io::stderr(), "audit: {line}");
        Ok(())
    }
}

impl Audit {
    /// Appends to a file; without one, records go to standard error.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        Ok(Self(match path {
            Some(path) => Box::new(FileAudit::open(path)?),
            None => Box::new(StandardError),
        }))
    }

    /// Records a write.
    pub(crate) fn record(&self, operation: &str, target: &str, fields: &[String], result: &str) -> Result<(), Failure> {
        Ok(self.0.record(&AuditRecord::new(&user(), operation, target, fields, result))?)
    }

    /// Records the outcome of a write and returns its result. A write that was never sent is not recorded.
    pub(crate) fn recorded<T>(
        &self,
        operation: &str,
        target: &str,
        fields: &[String],
        done: Result<T, ClientError>,
    ) -> Result<T, Failure> {
        let result = match &done {
            Ok(_) => "done".to_owned(),
            Err(error) if error.is_invalid_argument() || error.is_settings() => return Ok(done?),
            Err(error) if error.execution().is_unknown() => "unknown".to_owned(),
            Err(error) if !error.fields_not_applied().is_empty() => "done in part".to_owned(),
            // The tenant's message may hold values.
            Err(error) => error.status().map_or_else(|| "failed".to_owned(), |status| format!("failed ({status})")),
        };
        // The record comes before the error is returned: a failed write may have changed something.
        self.record(operation, target, fields, &result)?;
        Ok(done?)
    }
}

/// The user who runs `ti`: the user name, or the user id if no name is set, as in a cron job.
pub(crate) fn user() -> String {
    let named = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).or_else(user_id).unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(unix)]
fn user_id() -> Option<String> {
    // The standard library has no `getuid`, and unsafe code is forbidden; /proc/self belongs to the user.
    let own = std::fs::metadata("/proc/self").ok()?;
    Some(format!("uid {}", std::os::unix::fs::MetadataExt::uid(&own)))
}

#[cfg(not(unix))]
fn user_id() -> Option<String> {
    None
}
