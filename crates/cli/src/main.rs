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
    choose_cryptography();
    failure::exit_code(commands::run(arguments))
}

/// Chooses the cryptography of the process, which webhooks and the sandbox send with: they do not use the library.
fn choose_cryptography() {
    // A second choice would be refused, and is the same.
    _ = rustls::crypto::ring::default_provider().install_default();
}
