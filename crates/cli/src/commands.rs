//! The commands.

mod apply;
mod approve;
mod capabilities;
mod changes;
mod clients;
mod confirm;
mod connect;
mod doctor;
mod enroll;
mod events;
mod export;
mod gaps;
mod groups;
mod import;
mod licenses;
mod listen;
mod packed;
mod plan;
mod reconcile;
mod roster;
mod sandbox;
mod schema;
mod scim;
mod seats;
mod show;
mod summary;
mod sync;
mod tap;
mod targets;
mod tile;
mod users;
mod watch;
mod webhooks;
mod write;

use clap::CommandFactory as _;

use crate::arguments::{Arguments, Command, EventCommand};
use crate::failure::Failure;
use crate::output::{Format, Output};

/// Runs a command to completion.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::could_not_run(&error))?;
    let Arguments { tenant, output, raw_csv, command } = arguments;
    let output = if raw_csv { Output::raw(output)? } else { output };
    runtime.block_on(async {
        match command {
            Command::Connect(settings) => connect::run(&tenant, output, settings).await,
            Command::Doctor => doctor::run(&tenant, output).await,
            Command::Users(command) => users::run(&tenant, Format::of(output)?, command).await,
            Command::Clients(command) => clients::run(&tenant, Format::of(output)?, command).await,
            Command::Licenses(command) => licenses::run(&tenant, Format::of(output)?, command).await,
            Command::Groups(command) => groups::run(&tenant, command).await,
            Command::Enrollments(command) => enroll::list(&tenant, Format::of(output)?, command).await,
            Command::Enroll(settings) => enroll::enroll(&tenant, settings).await,
            Command::Import(settings) => import::run(&tenant, settings).await,
            Command::Plan(settings) => plan::run(&tenant, output, settings).await,
            Command::Roster(command) => roster::run(&tenant, command).await,
            Command::Show { plan, mark } => show::run(output, &plan, mark.as_deref()),
            Command::Approve(settings) => approve::run(&settings),
            Command::Apply(settings) => apply::apply(&tenant, &settings).await,
            Command::Undo(settings) => apply::undo(&tenant, &settings).await,
            Command::Sync(settings) => sync::run(&tenant, output, &settings).await,
            Command::Seats(settings) => seats::run(&tenant, output, settings).await,
            Command::Reconcile(settings) => reconcile::run(&tenant, output, *settings).await,
            Command::Export(settings) => export::run(&tenant, output, settings).await,
            Command::Changes(settings) => changes::run(Format::of(output)?, &settings),
            Command::Tap(settings) => tap::run(tenant, &settings).await,
            Command::Webhooks(command) => webhooks::run(&tenant, Format::of(output)?, command).await,
            Command::Capabilities { live } => capabilities::run(&tenant, Format::of(output)?, live).await,
            Command::Schema(command) => schema::run(&tenant, output, command).await,
            Command::Scim(command) => scim::run(&tenant, output, command).await,
            Command::Event(EventCommand::Listen(settings)) => listen::run(&tenant, settings).await,
            Command::Event(EventCommand::Events(command)) => events::run(Format::of(output)?, command),
            Command::Event(EventCommand::ImportEvents(settings)) => events::import(&settings),
            Command::Event(EventCommand::Watch(command)) => watch::run(&tenant, output, command).await,
            // The options of the tenant are global, so clap accepts them here too.
            Command::Sandbox(_) | Command::Completions { .. } if tenant.is_given() => Err(Failure::CouldNotRun {
                reason: "this command needs no tenant".to_owned(),
                help: Some("leave out --sandbox, --url, --subdomain and --tenant; set the dialect of a sandbox with `--dialect`"),
            }),
            Command::Sandbox(settings) => sandbox::run(tenant.preferences.dialect, settings).await,
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Arguments::command(), "ti", &mut std::io::stdout());
                Ok(())
            }
        }
    })
}
