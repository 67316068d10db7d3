//! `ti schema validate`.

use std::path::PathBuf;

use graphql_drift::validate::{Source, validate};
use graphql_drift::{Validation, decode};

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
    let text = decode(&bytes).map_err(|error| Failure::could_not_run(&error))?.into_owned();
    let documents = documents(places)?;
    let source = Source { path: schema.name(), text };
    let findings = validate(&source, &documents);
    let validation = Validation { schema: source.path, documents: documents.len(), findings };
    print(&format.validation(&validation).map_err(|error| Failure::could_not_run(&error))?)?;
    if validation.findings.is_empty() { Ok(()) } else { Err(Failure::Found) }
}
