//! `ti schema diff`.

use std::path::PathBuf;

use graphql_drift::compare;

use super::report;
use super::source::{operations, version};
use crate::arguments::{CheckArguments, Place, ReadArguments};
use crate::failure::Failure;
use crate::output::ReportFormat;

pub(super) fn run(
    format: ReportFormat,
    (old, new): (&Place, &Place),
    read: &ReadArguments,
    places: &[PathBuf],
    check: &CheckArguments,
) -> Result<(), Failure> {
    let operations = operations(places)?;
    // Both are read in parallel.
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| version(old, read));
        let new = version(new, read);
        (old.join(), new)
    });
    let old = old.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    report::finish(compare(&old, &new?, check.levels.into(), operations.as_ref()), format, check)
}
