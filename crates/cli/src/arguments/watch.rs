//! The arguments of `ti watch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::tenant::duration;

#[derive(Debug, Subcommand)]
pub(crate) enum WatchCommand {
    /// Print what changes of users, one line for each field
    ///
    /// All users are read at the start and every so often. Between that, a user whom an event of the inbox is about is read ten
    /// seconds later, once for all events of that time. Fields with one value are followed; lists, such as licenses and courses,
    /// are not. Lines are text, or with `-o ndjson` one JSON object each.
    Users(WatchUsersArguments),
}

#[derive(Debug, Args)]
pub(crate) struct WatchUsersArguments {
    /// The inbox of a `ti listen`, whose events say which users to read again
    #[arg(long = "store", value_name = "FILE")]
    pub(crate) inbox: Option<PathBuf>,
    /// How often all users are read
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = duration)]
    pub(crate) every: Duration,
}
