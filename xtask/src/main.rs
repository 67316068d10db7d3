//! Upkeep of the project: `cargo xtask schema`, `cargo xtask capabilities`, `cargo xtask ci`, `cargo xtask
//! soak`.

mod capabilities;
mod ci;
mod fields;
mod outcome;
mod project;
mod schema;
mod snapshots;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Upkeep of the project. Exit 0: fine; 1: found something; 2: could not run.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Pull or check the pinned schema
    #[command(subcommand)]
    Schema(schema::Task),
    /// Derive the capability matrix from queries/ and schema/
    Capabilities(capabilities::Task),
    /// Write `queries/users/update.graphql` from schema/fields.toml
    Fields(fields::Task),
    /// Do exactly what CI does
    Ci,
    /// Make many calls at a tenant that misbehaves, and use up five minutes of its limit
    Soak,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Schema(task) => schema::run(task),
        Task::Capabilities(task) => capabilities::run(&task),
        Task::Fields(task) => fields::run(&task),
        Task::Ci => ci::run(),
        Task::Soak => ci::soak(),
    };
    outcome::exit_code(done)
}
