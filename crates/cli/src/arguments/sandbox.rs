//! The arguments of `ti sandbox`.

use std::path::PathBuf;

use clap::Args;
use thought_industries_sandbox::{DeliveryFault, DeliveryForm, FaultRate};

#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
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
    /// Draw from a seed what the public documents leave open about a tenant, and print it on standard error
    #[arg(long, value_name = "SEED", conflicts_with = "like")]
    pub(crate) unknowns: Option<u64>,
    /// Behave like a tenant, as far as a report of `ti doctor -o json` shows it
    #[arg(long, value_name = "FILE")]
    pub(crate) like: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) deliveries: DeliveryArguments,
    /// Serve in the background, and print the environment variables for a shell: `eval "$(ti sandbox --background)"`
    #[arg(long)]
    pub(crate) background: bool,
}

/// The webhook of a sandbox.
#[derive(Debug, Args)]
pub(crate) struct DeliveryArguments {
    /// Let the events of the feed happen one after the other, and deliver them to this address
    #[arg(long, value_name = "URL")]
    pub(crate) deliver_to: Option<String>,
    /// Which description deliveries follow: `docs` (an envelope, signed) or `support` (as in the feed, not signed)
    #[arg(long, value_name = "FORM", default_value = "docs", requires = "deliver_to")]
    pub(crate) deliver_as: DeliveryForm,
    /// The environment variable with the secret of signatures; with several, events take turns
    #[arg(long, value_name = "VARIABLE", requires = "deliver_to")]
    pub(crate) deliver_secret_env: Vec<String>,
    /// A fault of deliveries, as NAME or NAME:RATE with a rate from 0 to 1; may be repeated
    #[arg(long, value_name = "FAULT", requires = "deliver_to")]
    pub(crate) deliver_fault: Vec<FaultRate<DeliveryFault>>,
    /// How many times faster than on a clock events happen and deliveries are repeated
    #[arg(long, value_name = "N", default_value_t = 60, requires = "deliver_to")]
    pub(crate) time_factor: u32,
}
