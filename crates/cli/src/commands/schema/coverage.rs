//! `ti schema coverage`.

use std::path::PathBuf;

use graphql_drift::{Operations, coverage};

use super::report::print;
use super::source::{documents, version};
use crate::arguments::{Place, ReadArguments};
use crate::failure::Failure;
use crate::output::ReportFormat;

pub(super) fn run(
    format: ReportFormat,
    schema: &Place,
    reading: &ReadArguments,
    places: &[PathBuf],
) -> Result<(), Failure> {
    let version = version(schema, reading)?;
    let covered = coverage(&version.schema, &Operations::parse(&documents(places)?));
    print(&format.coverage(&covered).map_err(|error| Failure::could_not_run(&error))?)
}
