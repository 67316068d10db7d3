//! `graphql-drift`: what changed in a GraphQL schema, and what it breaks.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use graphql_drift::{Format, pin, sdl};
use graphql_drift_cli::{Command, Context, Failure, Place, ReadArguments, Settings, print, run, version};

/// Compare GraphQL schemas, check operations against them, and mend those that break
///
/// A schema is SDL or introspection JSON: a file, `-` for standard input, `git:REV:PATH`, or `https://…` for an endpoint.
/// Rules of a project are read from `drift.toml`.
///
/// Results are written to standard output, everything else to standard error. Exit code 0: done; 1: a check found
/// something; 2: could not run.
#[derive(Parser)]
#[command(name = "graphql-drift", version, max_term_width = 100)]
struct Arguments {
    /// The format: text, json, markdown, github, sarif, junit or html
    #[arg(short, long, global = true, value_name = "FORMAT", default_value = "text")]
    output: Format,
    #[command(subcommand)]
    command: Commands,
}

#[derive(Subcommand)]
enum Commands {
    #[command(flatten)]
    Of(Command),
    /// Write a schema as sorted SDL, such as that of an endpoint
    Print {
        /// The schema
        schema: Place,
        /// The file to write [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        read: ReadArguments,
    },
}

fn main() -> ExitCode {
    let Arguments { output, command } = Arguments::parse();
    // Endpoints are read with the cryptography that the process has chosen. There is no earlier choice.
    _ = rustls::crypto::ring::default_provider().install_default();
    let context = Context::default();
    let done = match command {
        Commands::Of(command) => run(command, output, &context),
        Commands::Print { schema, out, read } => print_schema(&schema, out.as_deref(), &read, &context),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            failure.exit_code()
        }
    }
}

fn print_schema(schema: &Place, out: Option<&Path>, read: &ReadArguments, context: &Context) -> Result<(), Failure> {
    let sdl = sdl::print(&version(schema, &Settings::of(read, None, None)?, context)?.schema);
    let Some(path) = out else { return print(&sdl) };
    pin::write_atomically(path, sdl.as_bytes()).map_err(|error| Failure::CouldNotRun {
        reason: format!("cannot write {}: {error}", path.display()),
        help: Some("name a file in a folder that exists"),
    })
}
