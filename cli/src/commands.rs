//! The commands.

mod capabilities;
mod clients;
mod licenses;
mod sandbox;
mod schema;
mod users;

use clap::CommandFactory as _;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs a command to its end.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::could_not_run(&error))?;
    let Arguments { tenant, output, command, .. } = arguments;
    runtime.block_on(async {
        match command {
            Command::Users(command) => users::run(&tenant, output, command).await,
            Command::Clients(command) => clients::run(&tenant, output, command).await,
            Command::Licenses(command) => licenses::run(&tenant, output, command).await,
            Command::Capabilities { live } => capabilities::run(&tenant, output, live).await,
            Command::Schema(command) => schema::run(&tenant, command).await,
            Command::Sandbox(settings) => sandbox::run(settings).await,
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Arguments::command(), "ti", &mut std::io::stdout());
                Ok(())
            }
        }
    })
}

/// Says what a route could not give.
fn tell_gaps<T>(answer: &thought_industries::Answer<T>) {
    if !answer.gaps().is_empty() {
        eprintln!("note: {} does not give {}", answer.surface(), answer.gaps().join(", "));
    }
}
