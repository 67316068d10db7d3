//! Maintenance tasks of the project: `cargo xtask --help` lists them.

mod capabilities;
mod ci;
mod dependencies;
mod doubles;
mod examples;
mod fields;
mod outcome;
mod package;
mod pictures;
mod project;
mod schema;
mod snapshots;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Maintenance tasks of the project. Exit 0: success; 1: problems found; 2: could not run.
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
    /// Make the pictures of the README in docs/images/
    Pictures,
    /// Run examples/own-schema against a sandbox that serves its schema
    Examples,
    /// Check that each crate can be published alone, in the order of publication
    Package,
    /// Check that every dependency is used, and with cargo-deny, if it is installed, that its license is allowed
    Dependencies,
    /// Run the same steps as CI
    Ci,
    /// Run simulated worlds until one breaks a promise: `cargo xtask simulate --help` lists the options
    Simulate {
        /// Passed on
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Make many calls to a misbehaving tenant, use up five minutes of its limit, and meet 20,000 drawn tenants
    Soak,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Schema(task) => schema::run(task),
        Task::Capabilities(task) => capabilities::run(&task),
        Task::Fields(task) => fields::run(&task),
        Task::Pictures => pictures::run(),
        Task::Examples => examples::run(),
        Task::Package => package::run(),
        Task::Dependencies => dependencies::run(),
        Task::Ci => ci::run(),
        Task::Simulate { options } => ci::simulate(&options),
        Task::Soak => ci::soak(),
    };
    outcome::exit_code(done)
}
