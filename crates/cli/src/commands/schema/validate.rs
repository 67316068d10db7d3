//! `ti schema validate`.

use std::path::PathBuf;

use graphql_drift::Validation;
use graphql_drift::validate::{Source, validate};

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
    // What cannot be read at all is no finding, and the warnings are printed here.
    version_of(schema, &bytes, reading)?;
    let documents = documents(places)?;
    let source = Source { path: schema.name(), text: String::from_utf8_lossy(&bytes).into_owned() };
    let findings = validate(&source, &documents);
    let validation = Validation { schema: source.path, documents: documents.len(), findings };
    print(&format.validation(&validation).map_err(|error| Failure::could_not_run(&error))?)?;
    if validation.findings.is_empty() { Ok(()) } else { Err(Failure::Found) }
}
