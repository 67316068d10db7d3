//! The arguments of `ti reconcile`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use thought_industries_provision::{GuardKind, Limit};

use super::guard;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ReconcileArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ReconcileCommand>,
    #[command(flatten)]
    pub(crate) run: ReconcileRun,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReconcileCommand {
    /// Accept a finding until the end of a day
    Accept {
        /// The key of the finding, such as `leaver/u-17`
        key: String,
        /// Why it is accepted
        #[arg(long)]
        reason: String,
        /// The last day on which it is accepted, such as 2026-12-31
        #[arg(long, value_name = "DATE")]
        until: String,
        #[command(flatten)]
        state: StateArgument,
    },
    /// Link a user with a person by hand: this wins over all rules, in all later runs
    Link {
        /// The user: the id or the address
        user: String,
        /// The person: the key, such as `hr:1007`, the number of the employee, or the address
        #[arg(required_unless_present = "remove")]
        person: Option<String>,
        /// Remove the link of the user
        #[arg(long, conflicts_with = "person")]
        remove: bool,
        #[command(flatten)]
        state: StateArgument,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StateArgument {
    /// The file that keeps findings, decisions and the trend between runs
    #[arg(long, value_name = "FILE", default_value = "reconcile.state.json")]
    pub(crate) state: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ReconcileRun {
    /// The users of the directory, as Okta, Entra or Google exports them: JSON or CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) idp: Option<PathBuf>,
    /// The staff list of HR: CSV, Excel or JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) hr: Option<PathBuf>,
    /// The store of the SCIM gateway, whose links are certain
    #[arg(long, value_name = "FILE")]
    pub(crate) scim: Option<PathBuf>,
    /// Read the users of the tenant from an export of `ti export users --deep` or `ti export all`
    #[arg(long, value_name = "FILE")]
    pub(crate) tenant_export: Option<PathBuf>,
    /// How sources are read, what is in scope, and which side wins (graph.toml)
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) state: StateArgument,
    /// Write a plan of what can be fixed, for `ti show`, `ti approve` and `ti apply`; the tenant is read again
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// How many users the plan may deactivate: a number (default 20), or a percentage of the active users (default 10%).
    /// Repeat it for both
    #[arg(long, value_name = "N|P%", requires = "plan")]
    pub(crate) max_deactivations: Vec<String>,
    /// Raise a guard of the plan, as `lastName=50%` (repeat for several)
    #[arg(long, value_name = "KIND=N|P%", value_parser = guard::allowed, requires = "plan")]
    pub(crate) allow: Vec<(GuardKind, Limit)>,
}
