//! `history`.

use graphql_drift::{Format, History, HistoryBuilder};

use super::versions::{self, Unreadable};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::finish_history;
use crate::settings::Settings;
use crate::source::{operations, warn};

pub(super) fn run(format: Format, named: &str, settings: &Settings, context: &Context) -> Result<(), Failure> {
    finish_history(read(named, settings, context)?, format, settings)
}

/// Compares the versions of a folder or of a file in git.
pub(super) fn read(named: &str, settings: &Settings, context: &Context) -> Result<History, Failure> {
    let operations = operations(settings)?;
    let mut history = HistoryBuilder::with_policy(settings.policy.clone(), operations.as_ref());
    let mut readable = 0;
    for version in versions::all(named, settings, context)? {
        match version {
            Ok(version) => {
                readable += 1;
                history.push(version);
            }
            Err(Unreadable { name, error }) => {
                warn(&format!("{name}: {error}; skipped"));
                history.push_unreadable(name, format!("not readable: {error}"));
            }
        }
    }
    if readable < 2 {
        return Err(Failure::new(
            format!("{readable} of the schemas in {named} can be read, and a history needs at least two"),
            "a schema is SDL or the JSON of an introspection result",
        ));
    }
    Ok(history.finish())
}
