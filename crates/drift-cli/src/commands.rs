//! The commands.

mod changelog;
mod coverage;
mod diff;
mod fix;
mod history;
mod validate;
mod versions;

use graphql_drift::Format;

use crate::arguments::Command;
use crate::context::Context;
use crate::failure::Failure;
use crate::settings::Settings;

/// Runs a command, and prints its result in a format.
///
/// # Errors
/// [`Failure::Found`] if a check found something, which has been printed; otherwise why the command could not run.
pub fn run(command: Command, format: Format, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Diff { old, new, read, operations, check } => {
            let settings = Settings::of(&read, Some(&operations), Some(&check))?;
            diff::run(format, (&old, &new), &settings, context)
        }
        Command::Validate { schema, read, operations } => {
            validate::run(format, &schema, &Settings::of(&read, Some(&operations), None)?, context)
        }
        Command::Fix { schema, old, read, operations, write } => {
            let settings = Settings::of(&read, Some(&operations), None)?;
            fix::run(format, (&schema, old.as_ref()), write, &settings, context)
        }
        Command::Coverage { schema, read, operations } => {
            coverage::run(format, &schema, &Settings::of(&read, Some(&operations), None)?, context)
        }
        Command::History { versions, read, operations, check } => {
            let settings = Settings::of(&read, Some(&operations), Some(&check))?;
            history::run(format, &versions, &settings, context)
        }
        Command::Changelog { old, new, title, date, read } => {
            let settings = Settings::of(&read, None, None)?;
            match new {
                Some(new) => changelog::section(&old, &new, (&title, date), &settings, context),
                None => changelog::whole(&old, &settings, context),
            }
        }
    }
}
