//! `coverage`.

use graphql_drift::{Format, Operations, coverage};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::print;
use crate::place::Place;
use crate::settings::Settings;
use crate::source::{required_documents, version};

pub(super) fn run(format: Format, schema: &Place, settings: &Settings, context: &Context) -> Result<(), Failure> {
    let documents = required_documents(settings)?;
    let version = version(schema, settings, context)?;
    let covered = coverage(&version.schema, &Operations::parse(&documents));
    print(&format.coverage(&covered).map_err(|error| Failure::could_not_run(&error))?)
}
