//! `ti`: the users, clients and licenses of a Thought Industries tenant.

mod arguments;
mod audit;
mod commands;
mod failure;
mod format;
mod output;
mod progress;
mod tenant;
mod tree;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    arguments.start_logging();
    failure::exit_code(commands::run(arguments))
}
