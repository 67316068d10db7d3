//! `changelog`.

use graphql_drift::changelog;
use jiff::civil::Date;

use super::{diff, history};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::print;
use crate::place::Place;
use crate::settings::Settings;

/// The section for the changes between two schemas.
pub(super) fn section(
    old: &str,
    new: &Place,
    (title, date): (&str, Option<Date>),
    settings: &Settings,
    context: &Context,
) -> Result<(), Failure> {
    let old: Place = old.parse().map_err(|error: String| Failure::new(error, "give the URL of an endpoint"))?;
    let (old, new) = diff::both((&old, new), settings, context)?;
    print(&changelog::section(&settings.policy.compare(&old, &new, None, None), title, date))
}

/// A section for each version.
pub(super) fn whole(named: &str, settings: &Settings, context: &Context) -> Result<(), Failure> {
    print(&changelog::changelog(&history::read(named, settings, context)?))
}
