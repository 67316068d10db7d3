//! The arguments of `ti webhooks`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// Register a webhook
    ///
    /// No document shows a way to list or delete webhooks: look in the tenant's settings before you register one again,
    /// because each registration gets its own events.
    Create {
        /// The address that gets the events; https, except on this machine
        url: String,
        /// An event, such as `course.completed`; may be repeated
        #[arg(long = "event", value_name = "NAME", required = true)]
        events: Vec<String>,
        /// The environment variable with the secret that the tenant signs events with
        #[arg(long, value_name = "VARIABLE")]
        secret_env: String,
    },
    /// Check how an address responds to an event, before a tenant sends events there
    ///
    /// Posts one event without a signature, follows no redirect, and waits five seconds. Exit code 1 if events would be
    /// lost, or accepted from any sender. No tenant is contacted.
    Check {
        /// The address
        url: String,
    },
}
