//! Printing reports, and the list of accepted changes.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use graphql_drift::history::{self, History};
use graphql_drift::report::{self, Report};
use graphql_drift::{Accepted, FailOn, FormatOptions};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::arguments::CheckArguments;
use crate::failure::Failure;
use crate::output::ReportFormat;

/// Prints a report; fails if the check does.
pub(super) fn finish(mut report: Report, format: ReportFormat, check: &CheckArguments) -> Result<(), Failure> {
    let fail_on = FailOn::from(check.fail_on);
    if let Some(path) = &check.accept {
        // What is accepted already does not fail, and is not added again.
        report.accept(&list(path, check.write_accept)?, today());
        if check.write_accept {
            write_accept(path, &[&report], fail_on, check)?;
            // The list is read again, so that the report shows its new entries as accepted.
            report.accept(&list(path, false)?, today());
        }
    }
    if format == ReportFormat::Github {
        add_to_summary(&report::markdown(&report))?;
    }
    let text = format.report(&report, options(fail_on)).map_err(|error| Failure::could_not_run(&error))?;
    print(&text)?;
    if report.failures(fail_on).next().is_some() { Err(Failure::Found) } else { Ok(()) }
}

/// Prints a history; fails if the check does.
pub(super) fn finish_history(
    mut versions: History,
    format: ReportFormat,
    check: &CheckArguments,
) -> Result<(), Failure> {
    let fail_on = FailOn::from(check.fail_on);
    if let Some(path) = &check.accept {
        versions.accept(&list(path, check.write_accept)?, today());
        if check.write_accept {
            write_accept(path, &versions.reports(), fail_on, check)?;
            versions.accept(&list(path, false)?, today());
        }
    }
    if format == ReportFormat::Github {
        add_to_summary(&history::markdown(&versions))?;
    }
    let text = format.history(&versions, options(fail_on)).map_err(|error| Failure::could_not_run(&error))?;
    print(&text)?;
    if versions.fails(fail_on) { Err(Failure::Found) } else { Ok(()) }
}

fn options(fail_on: FailOn) -> FormatOptions {
    FormatOptions { fail_on, color: use_color() }
}

pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    // A failed write would go unnoticed when the process exits.
    Ok(out.flush()?)
}

/// Whether to use color: on a terminal, unless `NO_COLOR` is set.
fn use_color() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn today() -> Date {
    // In UTC, an entry expires at the same moment on every machine.
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Reads a list of accepted changes. A list that is about to be written may be missing.
fn list(path: &Path, may_be_missing: bool) -> Result<Accepted, Failure> {
    let shown = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if may_be_missing && error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Failure::CouldNotRun {
                reason: format!("cannot read {shown}: {error}"),
                help: Some("--write-accept creates the list"),
            });
        }
    };
    Accepted::parse(&text).map_err(|error| Failure::CouldNotRun { reason: format!("{shown}: {error}"), help: None })
}

/// Adds the changes that fail the check to the list; existing entries are kept.
fn write_accept(path: &Path, reports: &[&Report], fail_on: FailOn, check: &CheckArguments) -> Result<(), Failure> {
    let shown = path.display();
    let cannot = |error: io::Error| Failure::CouldNotRun {
        reason: format!("cannot write {shown}: {error}"),
        help: Some("name a file in a folder that exists"),
    };
    let reason = check.reason.clone().unwrap_or_else(|| format!("accepted on {}", today()));
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(cannot(error)),
    };
    let added = Accepted::additions(reports, fail_on, &reason);
    let after = before + &added;
    // Never write a list that cannot be parsed.
    Accepted::parse(&after).map_err(|error| Failure::CouldNotRun {
        reason: format!("cannot add to {shown}: {error}"),
        help: Some("renew an expired entry by hand: change its date, or remove it"),
    })?;
    graphql_drift::pin::write_atomically(path, after.as_bytes()).map_err(cannot)?;
    eprintln!("added {} to {shown}", added.matches("[[accept]]").count());
    Ok(())
}

/// Appends to the job summary, if `ti` runs in a workflow.
fn add_to_summary(markdown: &str) -> Result<(), Failure> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(markdown.as_bytes()));
    written
        .map_err(|error| Failure::CouldNotRun { reason: format!("cannot write the job summary: {error}"), help: None })
}
