//! `ti doctor`.

mod facts;

use std::fmt::Write as _;

use graphql_drift::printable;
use thought_industries::{Check, ConnectionProblem, KeyPlacement, Surface};

use facts::wrapped;

pub(super) use facts::facts;

use crate::arguments::TenantArguments;
use crate::diagnosis::Document;
use crate::failure::Failure;
use crate::output::Output;
use crate::tenant::connect_anew;

/// Connects as if nothing was known, and prints each request, what came back, and what was concluded.
pub(crate) async fn run(arguments: &TenantArguments, output: Option<Output>) -> Result<(), Failure> {
    let is_json = is_json(output)?;
    let tenant = connect_anew(arguments).await?;
    let (document, failure) = Document::of(&tenant.client).await?;
    print(&document, is_json, || text(&document))?;
    match failure {
        None => Ok(()),
        // The address is in no part of the report, so the error has it neither.
        Some(error) => {
            let help = "the report above shows each response, and the flags that override what was concluded";
            Err(unusable(&document, error.connection_problem().map_or(help, ConnectionProblem::help)))
        }
    }
}

/// Whether the report is printed as JSON.
pub(super) fn is_json(output: Option<Output>) -> Result<bool, Failure> {
    match output.map(|output| (output, output.name())) {
        None | Some((_, "table" | "text")) => Ok(false),
        Some((_, "json")) => Ok(true),
        Some((output, _)) => Err(output.unsupported(&["table", "text", "json"])),
    }
}

/// Prints a report on standard output.
pub(super) fn print(document: &Document, is_json: bool, text: impl FnOnce() -> String) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    if is_json {
        serde_json::to_writer_pretty(&mut out, document)?;
        writeln!(out)?;
    } else {
        write!(out, "{}", text())?;
    }
    Ok(())
}

/// The error for a tenant that cannot be used.
pub(super) fn unusable(document: &Document, help: &'static str) -> Failure {
    let reason = document.failure.clone().unwrap_or_else(|| "the tenant cannot be used".to_owned());
    Failure::new(reason, help)
}

/// The report as text.
fn text(document: &Document) -> String {
    let mut out = String::new();
    for (surface, flags) in [
        (Surface::GraphQl, "--graphql-path PATH, --key-in graphql=header|bearer|query"),
        (Surface::RestV2, "--dialect documented|observed, --key-in v2=header|bearer|query"),
        (Surface::RestV1, "--key-in v1=header|bearer|query"),
    ] {
        _ = writeln!(out, "{surface}");
        for check in document.checks.iter().filter(|check| check.surface == surface) {
            _ = write!(out, "{}", request(check));
        }
        _ = writeln!(out, "  override:  {flags}\n");
    }
    out.push_str(&facts(document));
    out.push_str(
        "\nThe flags go with every command, and `ti connect` keeps them: in the file of a\n\
         saved tenant they are `dialect`, `graphql-path`, `key-in` and `learner-role`,\n\
         and the lines below `[profile]` are the conclusions.\n\n\
         This report has no key, no host name and no data of users.\n\
         It may be attached to a bug report.\n",
    );
    out
}

/// A request, what came back, and what was concluded, in lines that fit a terminal.
fn request(check: &Check) -> String {
    let mut out = format!("  {} {}, key as {}\n", check.method, printable(&check.path), place(check.key_in));
    for (name, text) in [("received:", &check.response), ("concluded:", &check.conclusion)] {
        let lines = wrapped(&printable(text), 64).join("\n               ");
        _ = writeln!(out, "    {name:<10} {lines}");
    }
    out
}

/// A place of the key, as a request shows it.
pub(super) fn place(placement: KeyPlacement) -> &'static str {
    match placement {
        KeyPlacement::Bearer => "Bearer",
        KeyPlacement::Header => "X-API-Key",
        _ => "?apiKey=",
    }
}
