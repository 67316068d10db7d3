//! The command line of `ti`.

mod place;
mod schema;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use thought_industries_provision::MatchBy;
use thought_industries_sandbox::{Dialect, FaultRate};

pub(crate) use place::Place;
pub(crate) use schema::{CheckArguments, SchemaCommand};

use crate::output::Output;

/// Manage the users, clients and licenses of a Thought Industries tenant
///
/// Name the tenant with --url or --subdomain (or `TI_URL`, `TI_SUBDOMAIN`), and its key with the variable `TI_API_KEY`.
/// With --sandbox, the command runs against a sandbox tenant of its own.
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

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The tenant, and how to reach it.
#[derive(Debug, Args)]
#[command(next_help_heading = "For every command")]
pub(crate) struct TenantArguments {
    /// Run against an embedded sandbox tenant, `documented` or `observed`
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

    /// Log waits; -vv logs requests, -vvv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// The rate limits of the tenant
    #[arg(long, global = true, value_enum, default_value = "documented", value_name = "LIMITS")]
    pub(crate) pace: Pace,

    /// Append an audit record for each write to this file instead of standard error
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
}

/// Rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Pace {
    /// Those of the public documents, corrected by the headers of the tenant
    Documented,
    /// Those of the enterprise plan
    Enterprise,
    /// Only those that the tenant reports
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
    /// Enroll a user in courses
    Enroll {
        /// An id, an e-mail address or an externalCustomerId
        key: String,
        /// The id of a course; may be repeated
        #[arg(long, value_name = "ID", required = true)]
        course: Vec<String>,
    },
    /// Import users from a CSV file with the tenant's own background import
    Import(ImportArguments),
    /// Compare a roster with the tenant and write a plan (read-only)
    Plan(PlanArguments),
    /// Show a plan
    Show {
        /// The plan file
        plan: PathBuf,
    },
    /// Carry out a plan, exactly as written
    Apply(ApplyArguments),
    /// Roll back what a run of `ti apply` did, from its journal
    Undo(UndoArguments),
    /// Show the seats of licenses: who holds them, and who does not use theirs
    Seats(SeatsArguments),
    /// List the operations and the surfaces that have them
    Capabilities {
        /// Ask the tenant which surfaces and which GraphQL fields it has; REST endpoints are not asked one by one
        #[arg(long)]
        live: bool,
    },
    /// Pull, compare and check GraphQL schemas
    #[command(subcommand)]
    Schema(SchemaCommand),
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
    /// Add a user to a group
    Add {
        /// The id of the group
        group: String,
        /// An id, an e-mail address or an externalCustomerId
        key: String,
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
    /// A CSV file with the columns email, firstName and lastName; 1,000 users at most
    pub(crate) roster: PathBuf,
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

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    /// The roster: CSV with a heading, a JSON array, or a JSON object on each line
    pub(crate) roster: PathBuf,
    /// The file to write the plan to
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// The field that identifies users in the roster and in the tenant
    #[arg(long = "match", value_enum, default_value = "email", value_name = "FIELD")]
    pub(crate) match_by: MatchField,
    /// A TOML file that maps columns to fields: `ignore = ["Notes"]`, and below `[columns]` lines such as
    /// `"E-Mail" = "email"`
    #[arg(long, value_name = "FILE")]
    pub(crate) columns: Option<PathBuf>,
    /// Deactivate users who are not in the roster, and reactivate those who are, unless their row has a status
    #[arg(long)]
    pub(crate) deactivate_missing: bool,
    /// Also write fields that the tenant does not show; they are planned again each time
    #[arg(long)]
    pub(crate) write_hidden: bool,
    /// How many users may be deactivated: a number (default 20), or a percentage of the active users (default 10%). Repeat
    /// the option to raise both
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_deactivations: Vec<String>,
    /// The users that the roster is about: `client=ID` for those of one client
    #[arg(long, value_name = "client=ID")]
    pub(crate) scope: Option<String>,
    /// A role key of users who may be changed; may be repeated [default: learner, student]
    #[arg(long = "role", value_name = "KEY")]
    pub(crate) roles: Vec<String>,
}

/// The field that identifies users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum MatchField {
    /// The e-mail address
    Email,
    /// The id in the system that the roster comes from
    #[value(name = "externalCustomerId")]
    ExternalCustomerId,
}

impl From<MatchField> for MatchBy {
    fn from(field: MatchField) -> Self {
        match field {
            MatchField::Email => Self::Email,
            MatchField::ExternalCustomerId => Self::ExternalCustomerId,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The plan file
    pub(crate) plan: PathBuf,
    /// The file to record the run in; an interrupted run continues with the same file
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: PathBuf,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UndoArguments {
    /// The journal of `ti apply`
    pub(crate) journal: PathBuf,
    /// Delete users who were created, instead of disabling them
    #[arg(long)]
    pub(crate) delete_created: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
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

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// The dialect of the tenant
    #[arg(long, default_value_t)]
    pub(crate) dialect: Dialect,
    /// The port to listen on; 0 for any free port
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// The number of users
    #[arg(long, default_value_t = 250, value_name = "N")]
    pub(crate) users: u64,
    /// The seed that the users are generated from
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
    /// The rate limits to enforce: `off`, `documented`, `enterprise`, or a TOML file
    #[arg(long, default_value = "off", value_name = "LIMITS")]
    pub(crate) limits: String,
    /// The length of a rate limit window, in seconds [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) window: Option<f64>,
    /// A fault to inject, as NAME or NAME:RATE with a rate from 0 to 1; may be repeated
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<FaultRate>,
    /// Serve another schema, in SDL or introspection JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// Serve in the background, and print the environment variables for a shell: `eval "$(ti sandbox --background)"`
    #[arg(long)]
    pub(crate) background: bool,
}

impl Arguments {
    /// Writes logs to standard error, if requested.
    pub(crate) fn start_logging(&self) {
        let filter = match self.tenant.verbose {
            // The events of the client cover -v and -vv.
            0..=2 => return,
            _ => "trace",
        };
        let colors = std::io::IsTerminal::is_terminal(&std::io::stderr());
        tracing_subscriber::fmt()
            .with_env_filter(filter)
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
