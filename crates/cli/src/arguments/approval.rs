//! The arguments about how plans are approved, and how long they hold.

use std::path::PathBuf;

use clap::Args;
use thought_industries_provision::{Error, Lifetime};

#[derive(Debug, Args)]
pub(crate) struct ApproveArguments {
    /// The plan file
    #[arg(required_unless_present = "new_key", requires = "key")]
    pub(crate) plan: Option<PathBuf>,
    /// The file of the secret key to sign with; no other user may be able to read it
    #[arg(long, value_name = "FILE", requires = "plan")]
    pub(crate) key: Option<PathBuf>,
    /// Approve only the plan whose digest begins with these 12 or more digits: that of the page that was reviewed
    #[arg(long, value_name = "DIGEST", requires = "plan")]
    pub(crate) expect: Option<String>,
    /// Make a secret key in this new file, and print the line with its public key for the file of approvers
    #[arg(long, value_name = "FILE", conflicts_with_all = ["plan", "key"])]
    pub(crate) new_key: Option<PathBuf>,
    /// The name of the approver who gets the key [default: the name of the user]
    #[arg(long, requires = "new_key")]
    pub(crate) name: Option<String>,
}

/// Parses how long a plan holds.
pub(super) fn lifetime(text: &str) -> Result<Lifetime, String> {
    text.parse().map_err(|error: Error| match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    })
}
