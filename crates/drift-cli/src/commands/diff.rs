//! `diff`.

use graphql_drift::{Format, Timeline, Version};

use super::versions;
use crate::clock::today;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::finish;
use crate::place::Place;
use crate::settings::Settings;
use crate::source::{operations, version};

pub(super) fn run(
    format: Format,
    places: (&Place, &Place),
    settings: &Settings,
    context: &Context,
) -> Result<(), Failure> {
    let operations = operations(settings)?;
    let timeline = timeline(places.0, settings, context)?;
    let (old, mut new) = both(places, settings, context)?;
    new.date = Some(today());
    finish(settings.policy.compare(&old, &new, operations.as_ref(), timeline.as_ref()), format, settings)
}

/// Reads two schemas in parallel.
pub(super) fn both(
    (old, new): (&Place, &Place),
    settings: &Settings,
    context: &Context,
) -> Result<(Version, Version), Failure> {
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| version(old, settings, context));
        let new = version(new, settings, context);
        (old.join(), new)
    });
    let old = old.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    Ok((old, new?))
}

/// Since when the parts of the old schema are deprecated, if removals are judged by that.
fn timeline(old: &Place, settings: &Settings, context: &Context) -> Result<Option<Timeline>, Failure> {
    if settings.policy.grace.is_none() {
        return Ok(None);
    }
    let path = match (&settings.grace_from, old) {
        (Some(given), _) => given.strip_prefix("git:").map(str::to_owned).ok_or_else(|| {
            Failure::new(format!("`{given}` is no history of dates"), "write --grace-from as git:PATH")
        })?,
        (None, Place::Revision { path, .. }) => path.clone(),
        (None, _) => {
            let help = "name the history of the schema with --grace-from git:PATH, or in drift.toml";
            return Err(Failure::new("--grace needs to know since when parts are deprecated", help));
        }
    };
    let mut timeline = Timeline::default();
    versions::of_git(&path, settings, context)?
        .into_iter()
        .filter_map(Result::ok)
        .for_each(|version| timeline.push(&version));
    Ok(Some(timeline))
}
