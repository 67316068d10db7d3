//! `ti`: the users, clients and licenses of a Thought Industries tenant.

mod arguments;
mod audit;
mod commands;
mod diagnosis;
mod failure;
mod format;
mod lock;
mod output;
mod progress;
mod saved;
mod tenant;
mod tree;
mod waits;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    arguments.start_logging();
    // Webhooks and the sandbox send without the library, with the cryptography that the process has chosen. A second choice
    // would be refused, and there is none.
    _ = rustls::crypto::ring::default_provider().install_default();
    failure::exit_code(commands::run(arguments))
}
