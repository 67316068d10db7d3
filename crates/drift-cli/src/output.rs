//! Printing reports, and the list of accepted changes.

use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use crate::clock::today;
use crate::failure::Failure;
use crate::settings::Settings;
use graphql_drift::history::{self, History};
use graphql_drift::report::{self, Report};
use graphql_drift::{Accepted, FailOn, Format, FormatOptions};

/// Accepts what the list of the settings accepts, and prints a report; fails if the check does.
///
/// # Errors
/// [`Failure::Found`] if the check fails, or why the list or the report could not be read or written.
pub fn finish(mut report: Report, format: Format, settings: &Settings) -> Result<(), Failure> {
    if let Some(path) = &settings.accept {
        // What is accepted already does not fail, and is not added again.
        report.accept(&list(path, settings.write_accept.is_some())?, today());
        if let Some(reason) = &settings.write_accept {
            write_accept(path, &[&report], settings.fail_on, reason)?;
            // The list is read again, so that the report shows its new entries as accepted.
            report.accept(&list(path, false)?, today());
        }
    }
    if format == Format::Github {
        add_to_summary(&report::markdown(&report))?;
    }
    let text = format.report(&report, options(settings)).map_err(|error| Failure::could_not_run(&error))?;
    print(&text)?;
    if report.failures(settings.fail_on).next().is_some() { Err(Failure::Found) } else { Ok(()) }
}

/// The same for a history.
pub(crate) fn finish_history(mut versions: History, format: Format, settings: &Settings) -> Result<(), Failure> {
    if let Some(path) = &settings.accept {
        versions.accept(&list(path, settings.write_accept.is_some())?, today());
        if let Some(reason) = &settings.write_accept {
            write_accept(path, &versions.reports(), settings.fail_on, reason)?;
            versions.accept(&list(path, false)?, today());
        }
    }
    if format == Format::Github {
        add_to_summary(&history::markdown(&versions))?;
    }
    let text = format.history(&versions, options(settings)).map_err(|error| Failure::could_not_run(&error))?;
    print(&text)?;
    if versions.fails(settings.fail_on) { Err(Failure::Found) } else { Ok(()) }
}

fn options(settings: &Settings) -> FormatOptions {
    FormatOptions { fail_on: settings.fail_on, color: use_color(), all: settings.all }
}

/// Writes text to standard output.
///
/// # Errors
/// If it cannot be written.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    // A failed write would go unnoticed when the process exits.
    Ok(out.flush()?)
}

/// Whether to use color: on a terminal, unless `NO_COLOR` is set.
fn use_color() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Reads a list of accepted changes. A list that is about to be written may be missing.
fn list(path: &Path, may_be_missing: bool) -> Result<Accepted, Failure> {
    let shown = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if may_be_missing && error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Failure::new(format!("cannot read {shown}: {error}"), "--write-accept creates the list"));
        }
    };
    Accepted::parse(&text).map_err(|error| Failure::CouldNotRun { reason: format!("{shown}: {error}"), help: None })
}

/// Adds the changes that fail the check to the list; existing entries are kept.
fn write_accept(path: &Path, reports: &[&Report], fail_on: FailOn, reason: &str) -> Result<(), Failure> {
    let shown = path.display();
    let cannot = |error: io::Error| {
        Failure::new(format!("cannot write {shown}: {error}"), "name a file in a folder that exists")
    };
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(cannot(error)),
    };
    let added = Accepted::additions(reports, fail_on, reason);
    let after = before + &added;
    // Never write a list that cannot be parsed.
    Accepted::parse(&after).map_err(|error| {
        let help = "renew an expired entry by hand: change its date, or remove it";
        Failure::new(format!("cannot add to {shown}: {error}"), help)
    })?;
    graphql_drift::pin::write_atomically(path, after.as_bytes()).map_err(cannot)?;
    eprintln!("added {} to {shown}", added.matches("[[accept]]").count());
    Ok(())
}

/// Appends to the job summary, if the command runs in a workflow.
pub(crate) fn add_to_summary(markdown: &str) -> Result<(), Failure> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else { return Ok(()) };
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(markdown.as_bytes()));
    written
        .map_err(|error| Failure::CouldNotRun { reason: format!("cannot write the job summary: {error}"), help: None })
}
