//! The command line of `ti`.

mod approval;
mod events;
mod export;
pub(crate) mod guard;
mod matching;
mod plan;
mod reconcile;
mod sandbox;
mod schema;
mod scim;
mod sync;
mod targets;
mod tenant;
mod watch;
mod webhooks;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

pub(crate) use approval::ApproveArguments;
pub(crate) use events::{
    ConsumerArguments, EventCommand, EventsCommand, FillArguments, ImportEventsArguments, ListenArguments, StateOption,
    WhichEvents,
};
pub(crate) use export::{ChangesArguments, ExportArguments, ExportCommand, ProgressForm, TapArguments};
pub(crate) use plan::{ApplyArguments, PlanArguments, UndoArguments};
pub(crate) use reconcile::{ReconcileArguments, ReconcileCommand, ReconcileRun};
pub(crate) use sandbox::{DeliveryArguments, SandboxArguments};
pub(crate) use schema::SchemaCommand;
pub(crate) use scim::{ConnectionCommand, Directory, ScimCommand, ScimDoctorArguments, ServeArguments, StoreFile};
pub(crate) use sync::SyncArguments;
pub(crate) use targets::{EnrollArguments, Targets};
pub(crate) use tenant::{ConnectArguments, Pace, Preferences, TenantArguments};
pub(crate) use watch::{WatchCommand, WatchUsersArguments};
pub(crate) use webhooks::WebhooksCommand;

use crate::output::Output;

/// Manage the users, clients and licenses of a Thought Industries tenant
///
/// Name the tenant with --url or --subdomain (or `TI_URL`, `TI_SUBDOMAIN`), and its key with the variable `TI_API_KEY`.
/// `ti connect` learns what the tenant is and saves that; then --tenant or `TI_TENANT` is enough, and the first saved
/// tenant needs no flag at all. With --sandbox, the command runs against a sandbox tenant of its own.
///
/// The tenant is the first of: --sandbox, --url or --subdomain, --tenant, `TI_TENANT`, `TI_URL` or `TI_SUBDOMAIN`, the
/// default tenant.
///
/// Data is written to standard output, everything else to standard error. Exit code 0: done; 1: not found, or a check
/// found something; 2: could not run.
#[derive(Debug, Parser)]
#[command(name = "ti", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) tenant: TenantArguments,

    /// The output format: one of the first four for data, `json` or one of the others for reports on schemas
    #[arg(
        short,
        long,
        global = true,
        value_parser = Output::parser(),
        value_name = "FORMAT",
        help_heading = "For every command"
    )]
    pub(crate) output: Option<Output>,

    /// Write the cells of `-o csv` as they are. Without it, `'` is put before a cell that a spreadsheet would run, such as
    /// `=1+1`, and control characters are written as `\u{1b}`; `ti plan` reads both forms
    #[arg(long, global = true, help_heading = "For every command")]
    pub(crate) raw_csv: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Learn what a tenant is, and save it under a name
    ///
    /// Reads a few pages, prints what was found, and writes the file `thought-industries/tenants/NAME.toml` in the
    /// folder for settings of the user, or in `TI_CONFIG_DIR`. The file has no key. A tenant that cannot be used is not
    /// saved. Connect again when the tenant has changed.
    Connect(ConnectArguments),
    /// Show what each surface of the tenant responds, and what was concluded
    ///
    /// The report has no key, no host name and no data of users, so that it may be attached to a bug report. `-o json`
    /// prints a document that `ti sandbox --like` reads. Exit code 2 if the tenant cannot be used.
    Doctor,
    /// List, show and change users
    #[command(subcommand)]
    Users(UsersCommand),
    /// List and show clients (Panorama)
    #[command(subcommand)]
    Clients(ClientsCommand),
    /// Show the licenses of a client
    #[command(subcommand)]
    Licenses(LicensesCommand),
    /// Add users to groups
    #[command(subcommand)]
    Groups(GroupsCommand),
    /// List enrollments
    #[command(subcommand)]
    Enrollments(EnrollmentsCommand),
    /// Enroll a user, or the users of a file, in courses
    Enroll(EnrollArguments),
    /// Import users from a CSV file with the tenant's own background import
    Import(ImportArguments),
    /// Compare a roster with the tenant and write a plan (read-only)
    Plan(PlanArguments),
    /// Rosters: what the columns of an export are
    #[command(subcommand)]
    Roster(RosterCommand),
    /// Show a plan
    Show {
        /// The plan file
        plan: PathBuf,
        /// Only the entry that made the user with this mark (`ti plan --provenance`)
        #[arg(long, value_name = "MARK")]
        mark: Option<String>,
    },
    /// Approve a plan with a key, or make a key
    ///
    /// The signature covers the tenant, the digest of the plan and its expiry, and is added to the file `PLAN.approval`.
    /// `ti apply --approved-by FILE` carries out only what is approved. No tenant is contacted.
    Approve(ApproveArguments),
    /// Carry out a plan, exactly as written
    ///
    /// While it runs, no other command of `ti` on this machine writes to the tenant: the lock is a file in the folder for
    /// states of the user, or in `TI_STATE_DIR`. Exit code 0: done; 1: entries were not carried out; 2: could not run, or
    /// stopped.
    Apply(ApplyArguments),
    /// Roll back what a run of `ti apply` did, from its journal
    Undo(UndoArguments),
    /// Plan, judge and apply in one, for a scheduler: one tenant, or all of a configuration
    ///
    /// For each tenant, the roster is compared with it, the guards judge the plan, and what they let pass is carried out
    /// without a question. The summary is printed as text, or with `-o json` or `-o markdown`; it has counts, guards and
    /// digests, and nothing of any user. A tenant that fails keeps none of the others from their runs. Exit code 0: all
    /// tenants are as their rosters say; 1: entries were not carried out, or rows have problems; 2: a plan was refused by
    /// guards, could not be made, or its run stopped.
    Sync(SyncArguments),
    /// Show the seats of licenses: who holds them, and who does not use theirs
    Seats(SeatsArguments),
    /// Compare the users of the tenant with a directory and the staff list of HR (read-only)
    ///
    /// Users are linked with persons by ordered rules, of which the first unique hit wins: by hand, by the number of the
    /// employee, by the SCIM gateway, by address, by alias, by an address in a renamed domain. What several persons fit is
    /// ambiguous, and never guessed. Findings are kept in a state with their age, and can be accepted for some time. A
    /// source that is incomplete or stale gives no finding that rests on absence. Exit code 0: no finding is open; 1:
    /// findings; 2: could not run.
    Reconcile(Box<ReconcileArguments>),
    /// Export users, clients, licenses or enrollments, or everything, to a file
    ///
    /// A run that was interrupted, by kill -9 too, goes on with --resume, and ends with the same file. `FILE.manifest.json`
    /// says how complete the data is, and why. Exit code 0: proven to be complete, or changed while it was read; 2: could
    /// not run, or stopped; 3: may be incomplete.
    Export(ExportArguments),
    /// Show what changed between two exports, field by field
    Changes(ChangesArguments),
    /// Export as a Singer tap: messages for a target on standard output
    ///
    /// All rows are read each time. A state follows the rows that it covers, and continues a run that was interrupted.
    Tap(TapArguments),
    /// Register webhooks, and check the addresses that they go to
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    #[command(flatten)]
    Event(EventCommand),
    /// List the operations and the surfaces that have them
    Capabilities {
        /// Ask the tenant which surfaces and which GraphQL fields it has; REST endpoints are not asked one by one
        #[arg(long)]
        live: bool,
    },
    /// Pull, compare and check GraphQL schemas
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Serve SCIM 2.0, so that a directory such as Okta or Entra provisions the users of the tenant
    #[command(subcommand)]
    Scim(ScimCommand),
    /// Serve a sandbox tenant on this machine
    Sandbox(SandboxArguments),
    /// Write a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// List users
    List {
        /// Only users with this role key
        #[arg(long, value_name = "KEY")]
        role: Option<String>,
        /// Stop after this many users
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Show one user with everything they hold
    Get {
        /// An id, an e-mail address or an externalCustomerId
        key: String,
        /// Read the client and its licenses too, if the record of the user does not have them
        #[arg(long)]
        complete: bool,
    },
    /// Create a user
    Create(#[command(flatten)] Fields),
    /// Update fields of a user
    Update {
        /// An id, an e-mail address or an externalCustomerId
        key: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Activate a user, who can then log in again
    Activate {
        /// An id, an e-mail address or an externalCustomerId
        key: String,
    },
    /// Disable a user, who can then not log in; the history is kept
    Deactivate {
        /// An id, an e-mail address or an externalCustomerId
        key: String,
    },
    /// Delete a user and their history permanently
    Delete {
        /// An id, an e-mail address or an externalCustomerId
        key: String,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
}

/// Fields to write.
#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// A field, as NAME=VALUE in the API's spelling, such as `firstName=Ada` or `customFields.department=R&D`. Separate
    /// lists with `;`. An empty value clears the field
    #[arg(long = "set", value_name = "NAME=VALUE", required = true)]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupsCommand {
    /// Add a user, or the users of a file, to a group
    Add {
        /// The id of the group
        group: String,
        #[command(flatten)]
        who: Targets,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnrollmentsCommand {
    /// List the enrollments of a user
    List {
        /// An id, an e-mail address or an externalCustomerId
        key: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// A CSV file with the columns email, firstName and lastName, or with --config any roster; 1,000 users at most
    pub(crate) roster: PathBuf,
    /// How the roster is read: the file of `ti plan --config`
    #[arg(long, value_name = "FILE", conflicts_with = "at")]
    pub(crate) config: Option<PathBuf>,
    /// The URL where the tenant can fetch the file. A tenant on this machine fetches it from `ti` itself
    #[arg(long, value_name = "URL")]
    pub(crate) at: Option<String>,
    /// Let the tenant check the file, without importing users
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The client of the users
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<String>,
    /// The file for rows that cannot be imported, with the reason [default: ROSTER.bad.csv]
    #[arg(long, value_name = "FILE")]
    pub(crate) bad: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RosterCommand {
    /// Find out what the columns of an export are, and compare its users with the tenant (read-only)
    Learn {
        /// The export: CSV, a workbook of Excel, or JSON; `-` for standard input
        export: PathBuf,
        /// The file to write the proposed configuration to, for review [default: it is printed]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SeatsArguments {
    /// Only the licenses of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<String>,
    /// After how many days without activity a user counts as inactive
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    pub(crate) inactive_days: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClientsCommand {
    /// List clients
    List,
    /// Show one client
    Get {
        /// The id of the client
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LicensesCommand {
    /// List the licenses of a client
    List(OfClient),
    /// Show the licenses of a client as a tree
    Tree(OfClient),
}

#[derive(Debug, Args)]
pub(crate) struct OfClient {
    /// The id of the client
    #[arg(long, value_name = "ID")]
    pub(crate) client: String,
}

impl Arguments {
    /// Writes logs to standard error, if requested.
    pub(crate) fn start_logging(&self) {
        // The events of the client cover -v and -vv.
        if self.tenant.verbose <= 2 {
            return;
        }
        let colors = std::io::IsTerminal::is_terminal(&std::io::stderr());
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(std::io::stderr)
            .with_ansi(colors)
            .without_time()
            .init();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::expect_used, reason = "a test that cannot go on has failed")]
    fn the_command_line_reference_is_up_to_date() {
        let options = clap_markdown::MarkdownOptions::new().title("Command line reference".into()).show_footer(false);
        let text = clap_markdown::help_markdown_custom::<Arguments>(&options);
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(path, &text).expect("docs/cli.md is written");
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(written == text, "docs/cli.md: run the tests with UPDATE_FIXTURES=1");
    }
}
