//! The arguments of `ti listen`, `ti events` and `ti import-events`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use thought_industries::{Date, EventKind};

use super::tenant::duration;
use super::watch::WatchCommand;

#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// Receive webhooks, keep their events, fill gaps from the event feed, and hand the events over
    ///
    /// An event that was answered 200 is in the inbox, whenever this command is killed; it goes on where it was. Put a proxy with
    /// a certificate in front of it, and check the address with `ti webhooks check`. Each event is one JSON object, with the
    /// event as the tenant sent it below `raw`. Without --out, --exec and --forward, events stay in the inbox.
    Listen(ListenArguments),
    /// Look at the events of an inbox, and hand them over again
    #[command(subcommand)]
    Events(EventsCommand),
    /// Add the events of nightly files to an inbox: JSON, or CSV with headings such as `userDetail.id`
    ///
    /// An event that the inbox knows changes nothing, so a file may be imported again. Exit code 1: some entries are no events.
    /// No tenant is contacted.
    ImportEvents(ImportEventsArguments),
    /// Follow what changes in the tenant
    #[command(subcommand)]
    Watch(WatchCommand),
}

/// The inbox.
#[derive(Debug, Clone, Args)]
pub(crate) struct InboxFile {
    /// The inbox
    #[arg(long = "store", value_name = "FILE", default_value = "inbox.sqlite")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ListenArguments {
    #[command(flatten)]
    pub(crate) store: InboxFile,
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    pub(crate) bind: SocketAddr,
    /// The environment variable with the secret that the tenant signs events with; name the old and the new one while it changes
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) secret_env: Vec<String>,
    /// The environment variable with a secret that the path of requests must end with: 22 characters or more
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) path_secret_env: Option<String>,
    /// Also keep events without a signature, as hints: any sender could have made them
    #[arg(long)]
    pub(crate) accept_unsigned: bool,
    #[command(flatten)]
    pub(crate) consumer: ConsumerArguments,
    #[command(flatten)]
    pub(crate) fill: FillArguments,
}

/// What gets the events.
#[derive(Debug, Args)]
pub(crate) struct ConsumerArguments {
    /// Append each event to this file, exactly once
    #[arg(long, value_name = "FILE", conflicts_with_all = ["exec", "forward"])]
    pub(crate) out: Option<PathBuf>,
    /// Run this command of the shell for each event, which gets the event on standard input; exit code 0: it has the event. At
    /// least once; its environment has no key and no secret of `ti`
    #[arg(long, value_name = "COMMAND", conflicts_with = "forward")]
    pub(crate) exec: Option<String>,
    /// Post each event to this URL, signed by Standard Webhooks 1.0.0; any 2xx: it has the event. At least once
    #[arg(long, value_name = "URL", requires = "forward_secret_env")]
    pub(crate) forward: Option<String>,
    /// The environment variable with the secret for --forward: `whsec_` and the base64 of 24 to 64 bytes
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) forward_secret_env: Option<String>,
    /// After how many refusals an event is given up (`ti events dead`); while the consumer is away, none is counted
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) tries: u32,
}

/// How gaps are filled.
#[derive(Debug, Args)]
pub(crate) struct FillArguments {
    /// Receive webhooks only: what they do not bring is not read from the event feed, and no tenant is needed
    #[arg(long, conflicts_with_all = ["fill", "fill_every", "since"])]
    pub(crate) no_fill: bool,
    /// A kind of events to fill gaps of, such as courseCompletion; may be repeated [default: all kinds that happen at a moment]
    #[arg(long, value_name = "KIND")]
    pub(crate) fill: Vec<EventKind>,
    /// How often gaps are filled
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub(crate) fill_every: Duration,
    /// From when on events of the feed are wanted, at the first start, such as 2026-01-01T00:00:00Z [default: that start]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<Date>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List events, oldest first
    List {
        #[command(flatten)]
        store: InboxFile,
        /// Only events of this state
        #[arg(long, value_enum)]
        state: Option<StateOption>,
        #[command(flatten)]
        which: WhichEvents,
        /// Stop after this many
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        limit: usize,
    },
    /// Show one event, with everything that the tenant sent
    Show {
        #[command(flatten)]
        store: InboxFile,
        /// Its place
        place: i64,
    },
    /// List the events that were given up, and why. Exit code 1 if there are any
    Dead(InboxFile),
    /// Hand events over again that were given up; all of them, or those that are named
    Retry {
        #[command(flatten)]
        store: InboxFile,
        /// Their places
        places: Vec<i64>,
        #[command(flatten)]
        which: WhichEvents,
    },
    /// Hand events over again that were handed over: for a consumer that has lost them
    Replay {
        #[command(flatten)]
        store: InboxFile,
        /// Their places
        #[arg(required_unless_present_any = ["kind", "user", "since"])]
        places: Vec<i64>,
        #[command(flatten)]
        which: WhichEvents,
    },
}

/// Which events.
#[derive(Debug, Args)]
pub(crate) struct WhichEvents {
    /// Only events of this kind
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Only events about the user with this id or e-mail address
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Only events that the inbox got at this time or later
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<Date>,
}

/// A state of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateOption {
    /// To be handed over
    New,
    /// Handed over
    Done,
    /// Given up
    Dead,
}

#[derive(Debug, Args)]
pub(crate) struct ImportEventsArguments {
    #[command(flatten)]
    pub(crate) store: InboxFile,
    /// The files
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The kind of events that do not name theirs [default: that in the name of the file, as in `courseCompletion-….json`]
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<EventKind>,
}

/// Parses a time.
fn time(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("`{text}` is not a time; use a form such as 2026-01-01T00:00:00Z"))
}
