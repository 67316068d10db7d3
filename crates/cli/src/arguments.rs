//! What `ti` takes on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use thought_industries_sandbox::{Dialect, FaultRate};

use crate::commands::schema;
use crate::output::Output;
use crate::roster::MatchBy;

/// The people, clients and licences of a Thought Industries tenant.
///
/// The tenant is named by --url or --subdomain (or `TI_URL`, `TI_SUBDOMAIN`), its key by the variable `TI_API_KEY`.
/// --sandbox tries everything on a tenant that lives as long as the command.
///
/// Data go to standard output, everything else to standard error. Exit 0: done; 1: there is no such thing, or a check
/// found something; 2: could not run.
#[derive(Debug, Parser)]
#[command(name = "ti", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) tenant: TenantArguments,

    /// How to print: data as table, json, ndjson or csv; reports on schemas as text, json, markdown, github, sarif,
    /// junit or html
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        hide_possible_values = true,
        help_heading = "For every command"
    )]
    pub(crate) output: Option<Output>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which tenant.
#[derive(Debug, Args)]
#[command(next_help_heading = "For every command")]
pub(crate) struct TenantArguments {
    /// Use an embedded sandbox tenant, `documented` or `observed`
    #[arg(
        long,
        global = true,
        value_name = "DIALECT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "documented",
        conflicts_with_all = ["url", "subdomain"]
    )]
    pub(crate) sandbox: Option<Dialect>,

    /// The tenant's address, such as <https://learn.acme.example>
    #[arg(long, global = true, conflicts_with = "subdomain")]
    pub(crate) url: Option<String>,

    /// The tenant's subdomain of thoughtindustries.com
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) subdomain: Option<String>,

    /// Tell what is waited for; twice, every request; three times, what all parts of it log
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// The limits of the tenant to keep to
    #[arg(long, global = true, value_enum, default_value = "documented", value_name = "LIMITS")]
    pub(crate) pace: Pace,

    /// Append a line for each write to this file, instead of standard error
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
}

/// Limits to keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Pace {
    /// Those of the public documents, corrected by what the tenant says
    Documented,
    /// Those of the enterprise plan
    Enterprise,
    /// None but the tenant's own word
    Off,
}

impl TenantArguments {
    /// Whether the command line names a tenant.
    pub(crate) fn is_given(&self) -> bool {
        self.sandbox.is_some() || self.url.is_some() || self.subdomain.is_some()
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// People
    #[command(subcommand)]
    Users(UsersCommand),
    /// Clients (Panorama)
    #[command(subcommand)]
    Clients(ClientsCommand),
    /// Licences of a client
    #[command(subcommand)]
    Licenses(LicensesCommand),
    /// Groups of people
    #[command(subcommand)]
    Groups(GroupsCommand),
    /// What people are enrolled in
    #[command(subcommand)]
    Enrollments(EnrollmentsCommand),
    /// Enrol a person in courses
    Enroll {
        /// An id, an e-mail address or an externalCustomerId
        who: String,
        /// The id of a course; may be given several times
        #[arg(long, value_name = "ID", required = true)]
        course: Vec<String>,
    },
    /// Import people from a CSV file in the background, as the tenant itself does
    Import(ImportArguments),
    /// Say what would have to be done for the tenant to be as a roster says; writes nothing
    Plan(PlanArguments),
    /// Show a plan
    Show {
        /// The plan
        plan: PathBuf,
    },
    /// Carry out a plan, exactly as it is
    Apply(ApplyArguments),
    /// Take back what a journal says was done
    Undo(UndoArguments),
    /// Show the seats of licences: who holds them, and who does not use theirs
    Seats(SeatsArguments),
    /// What each operation is on each surface
    Capabilities {
        /// Ask the tenant which surfaces it has, and what its GraphQL has; single REST endpoints are not asked for
        #[arg(long)]
        live: bool,
    },
    /// GraphQL schemas: the tenant's own, what changed between two, and what that breaks
    #[command(subcommand)]
    Schema(schema::Command),
    /// Serve a sandbox tenant until interrupted
    Sandbox(SandboxArguments),
    /// Write a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// List people
    List {
        /// Only people with this role key, such as learner or admin
        #[arg(long, value_name = "KEY")]
        role: Option<String>,
        /// Stop after that many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Show one person with everything they hold
    Get {
        /// An id, an e-mail address or an externalCustomerId
        who: String,
    },
    /// Create a person
    Create(#[command(flatten)] Fields),
    /// Change fields of a person
    Update {
        /// An id, an e-mail address or an externalCustomerId
        who: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Let a person log in again
    Activate {
        /// An id, an e-mail address or an externalCustomerId
        who: String,
    },
    /// Keep a person from logging in; what they did is kept
    Deactivate {
        /// An id, an e-mail address or an externalCustomerId
        who: String,
    },
    /// Delete a person and what they did, for good
    Delete {
        /// An id, an e-mail address or an externalCustomerId
        who: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Fields to write.
#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// A field, as NAME=VALUE in the API's spelling, such as `firstName=Ada` or `customFields.department=R&D`; lists
    /// are separated by `;`, and nothing behind the `=` takes a value away
    #[arg(long = "set", value_name = "NAME=VALUE", required = true)]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupsCommand {
    /// Add a person to a group
    Add {
        /// The id of the group
        group: String,
        /// An id, an e-mail address or an externalCustomerId
        who: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum EnrollmentsCommand {
    /// List what a person is enrolled in
    List {
        /// An id, an e-mail address or an externalCustomerId
        who: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// A CSV file with the columns email, firstName and lastName; 1,000 people at the most
    pub(crate) roster: PathBuf,
    /// Where the tenant can fetch the file. A tenant on this machine fetches it from `ti` itself
    #[arg(long, value_name = "URL")]
    pub(crate) at: Option<String>,
    /// Let the tenant check the file and import nobody
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The client of the people
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<String>,
    /// Where to write rows that cannot be imported, with the reason; ROSTER.bad.csv by default
    #[arg(long, value_name = "FILE")]
    pub(crate) bad: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The roster: CSV with a heading, a JSON array, or a JSON object on each line
    pub(crate) roster: PathBuf,
    /// Where to write the plan
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// What people are matched by
    #[arg(long = "match", value_enum, default_value = "email", value_name = "FIELD")]
    pub(crate) match_by: MatchBy,
    /// What columns are called: a TOML file with `ignore = ["Notes"]`, and below `[columns]` lines such as
    /// `"E-Mail" = "email"`
    #[arg(long, value_name = "FILE")]
    pub(crate) columns: Option<PathBuf>,
    /// Deactivate people who are not in the roster, and reactivate those who are, unless their row says a status
    #[arg(long)]
    pub(crate) deactivate_missing: bool,
    /// Write fields that the tenant does not show as well; they are planned again each time
    #[arg(long)]
    pub(crate) write_hidden: bool,
    /// How many people may be deactivated: a number (20 by default), or a percentage of the active ones (10%); give both
    /// to raise both
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_deactivations: Vec<String>,
    /// Whom the roster is about: `client=ID` for the people of one client
    #[arg(long, value_name = "client=ID")]
    pub(crate) scope: Option<String>,
    /// A role key of people who may be changed; learner and student by default
    #[arg(long = "role", value_name = "KEY")]
    pub(crate) roles: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The plan
    pub(crate) plan: PathBuf,
    /// What is done is written there; a run that was interrupted goes on with the same
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: PathBuf,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UndoArguments {
    /// The journal of `ti apply`
    pub(crate) journal: PathBuf,
    /// Delete those who were created, instead of deactivating them
    #[arg(long)]
    pub(crate) delete_created: bool,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SeatsArguments {
    /// Only the licences of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<String>,
    /// After how many days without being seen somebody counts as inactive
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
    /// List the licences of a client
    List(OfClient),
    /// Show the licences of a client as the tree that they form
    Tree(OfClient),
}

#[derive(Debug, Args)]
pub(crate) struct OfClient {
    /// The id of the client
    #[arg(long, value_name = "ID")]
    pub(crate) client: String,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// The reading of the documents to follow
    #[arg(long, default_value_t)]
    pub(crate) dialect: Dialect,
    /// The port to listen on; 0 takes any
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// How many people there are
    #[arg(long, default_value_t = 250, value_name = "N")]
    pub(crate) users: u64,
    /// What the people are computed from
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
    /// Enforce limits: `off`, those that are `documented`, those of the `enterprise` plan, or those of a TOML file
    #[arg(long, default_value = "off", value_name = "LIMITS")]
    pub(crate) limits: String,
    /// How long a window of the limits is, in seconds, instead of a minute
    #[arg(long, value_name = "SECONDS")]
    pub(crate) window: Option<f64>,
    /// Misbehave, as NAME or NAME:RATE with a rate from 0 to 1; may be given several times
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<FaultRate>,
    /// Serve another schema: SDL or introspection JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
}

impl Arguments {
    /// Logs go to standard error, if they were asked for.
    pub(crate) fn start_logging(&self) {
        let filter = match self.tenant.verbose {
            0..=2 => return,
            _ => "trace",
        };
        let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(colours)
            .without_time()
            .init();
    }
}
