//! `cargo xtask schema`: the pinned schemas, pulled from a tenant and checked.

mod check;
mod pull;

use clap::Subcommand;

use crate::outcome::Done;

/// The pinned schema of the observed dialect, which the capability matrix is derived from.
const OBSERVED: &str = "schema/observed.graphql";
const LOCK: &str = "schema/schema.lock";

#[derive(Subcommand)]
pub(crate) enum Task {
    /// Introspect a tenant and pin its schema
    Pull(pull::Arguments),
    /// Check that lock, schemas, queries and matrix agree
    Check(check::Arguments),
}

pub(crate) fn run(task: Task) -> Done {
    match task {
        Task::Pull(arguments) => pull::run(&arguments),
        Task::Check(arguments) => check::run(&arguments),
    }
}
