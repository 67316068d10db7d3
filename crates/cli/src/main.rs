//! `ti`: the people, clients and licences of a Thought Industries tenant.

mod apply;
mod arguments;
mod audit;
mod commands;
mod failure;
mod journal;
mod output;
mod plan;
mod progress;
mod roster;
mod spool;
mod tenant;
mod tree;
mod undo;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    arguments.start_logging();
    failure::exit_code(commands::run(arguments))
}
