//! `ti schema validate`.

use std::path::PathBuf;

use graphql_drift::printable;
use graphql_drift::sdl;
use graphql_drift::validate::{Source, validate};
use serde_json::json;

use super::report::print;
use super::source::{documents, read, version_of};
use crate::arguments::{Place, ReadArguments};
use crate::failure::Failure;
use crate::output::ReportFormat;

pub(super) fn run(
    format: ReportFormat,
    schema: &Place,
    reading: &ReadArguments,
    places: &[PathBuf],
) -> Result<(), Failure> {
    let bytes = read(schema)?;
    let version = version_of(schema, &bytes, reading)?;
    // An introspection result has no SDL, so locations point into printed SDL.
    let text =
        if version.is_sdl() { String::from_utf8_lossy(&bytes).into_owned() } else { sdl::print(&version.schema) };
    let documents = documents(places)?;
    let found = validate(&Source { path: schema.name(), text }, &documents);
    match format {
        ReportFormat::Text => {
            let lines: Vec<String> = found.iter().map(|finding| printable(&finding.to_string())).collect();
            let text = match lines.as_slice() {
                [] => format!("{} documents fit {}\n", documents.len(), schema.name()),
                lines => lines.join("\n") + "\n",
            };
            print(&text)?;
        }
        ReportFormat::Json => print(&format!("{:#}\n", json!({ "documents": documents.len(), "findings": found })))?,
        _ => {
            return Err(Failure::CouldNotRun { reason: "findings are printed as text or json".to_owned(), help: None });
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Failure::Found) }
}
