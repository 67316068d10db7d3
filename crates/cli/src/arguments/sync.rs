//! The arguments of `ti sync`.

use std::path::PathBuf;

use clap::Args;
use thought_industries_provision::FailureLimit;

#[derive(Debug, Args)]
pub(crate) struct SyncArguments {
    /// What is planned, and for which tenants: the file that `ti plan --config` reads, with a roster in it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// The folder for the plans and journals of runs, a folder for each in one for each tenant; a run without changes
    /// leaves none
    #[arg(long, value_name = "FOLDER", default_value = "runs")]
    pub(crate) runs: PathBuf,
    /// Write the plans, and do not carry them out: for `ti approve`, and `ti apply --approved-by`
    #[arg(long)]
    pub(crate) plan_only: bool,
    /// Stop the run of a tenant when N changes were not carried out, or P% of its changes, as `ti apply` does
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_failures: Option<FailureLimit>,
    /// Post the summary to the webhook of Slack whose URL is in this environment variable
    #[arg(long, value_name = "NAME")]
    pub(crate) slack_webhook_env: Option<String>,
    /// Write the summary to this file as an e-mail, to be handed to `sendmail -t` or the like
    #[arg(long, value_name = "FILE")]
    pub(crate) mail_file: Option<PathBuf>,
    /// The address that the e-mail comes from
    #[arg(long, value_name = "ADDRESS", default_value = "ti@localhost", value_parser = address, requires = "mail_file")]
    pub(crate) mail_from: String,
    /// An address that the e-mail goes to; may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = address, requires = "mail_file")]
    pub(crate) mail_to: Vec<String>,
}

/// Parses an address, which becomes a line of the head of an e-mail.
fn address(text: &str) -> Result<String, String> {
    let is_part = |part: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
        (1..=254).contains(&part.len()) && part.bytes().all(is_plain)
    };
    let is_address = text.split_once('@').is_some_and(|(local, domain)| is_part(local) && is_part(domain));
    if is_address { Ok(text.to_owned()) } else { Err("an address is such as ops@example.com".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_add_a_line_to_a_mail() {
        assert_eq!(address("ops+ti@example.com").as_deref(), Ok("ops+ti@example.com"));
        for wrong in ["", "ops", "@example.com", "ops@", "a@b\nBcc: c@d", "a b@example.com", "a@b, c@d", "<a@b>"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
