//! The summary in a channel of Slack, through an incoming webhook. Its URL is a secret, and never printed.

use std::time::Duration;

use graphql_drift::printable;
use serde_json::json;

use crate::failure::{Failure, with_causes};
use crate::saved::variable;

/// The longest text that is posted, in characters: Slack shows little more.
const LONGEST: usize = 3_500;

/// The longest time that a webhook may take.
const TIMEOUT: Duration = Duration::from_secs(30);

const HELP: &str = "the runs are not affected; set the variable to a URL such as https://hooks.slack.com/services/…";

/// A webhook of Slack.
pub(super) struct Webhook {
    url: reqwest::Url,
    client: reqwest::Client,
}

impl Webhook {
    /// The webhook whose URL is in an environment variable. Checked before anything is done for a tenant.
    pub(super) fn of(name: &str) -> Result<Self, Failure> {
        let url = variable(name);
        let url = url.ok_or_else(|| Failure::new(format!("the variable {name} for the webhook is not set"), HELP))?;
        let url: Option<reqwest::Url> = url.trim().parse().ok();
        let is_local = |url: &reqwest::Url| matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        // The text of a webhook would cross the network in clear.
        let url = url.filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_local(url)));
        let url = url.ok_or_else(|| Failure::new(format!("the variable {name} has no https URL"), HELP))?;
        let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT);
        let builder = if is_local(&url) { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(failed)?;
        Ok(Self { url, client })
    }

    /// Posts a text once. A webhook has no keys to repeat a post by, so that a failure is reported and not retried.
    pub(super) async fn post(self, text: &str) -> Result<(), Failure> {
        let body = json!({ "text": shortened(&escaped(text)) }).to_string();
        let request = self.client.post(self.url).header("content-type", "application/json").body(body);
        let response = request.send().await.map_err(failed)?;
        if response.status().is_success() {
            return Ok(());
        }
        let status = response.status();
        // Slack gives the reason in a word, such as `no_service`.
        let reason = response.text().await.unwrap_or_default();
        let reason: String = printable(&reason).chars().take(100).collect();
        Err(Failure::new(format!("the summary was not posted: the webhook responded {status}: {reason}"), HELP))
    }
}

fn failed(error: reqwest::Error) -> Failure {
    // The URL of the webhook is in the error otherwise.
    Failure::new(format!("the summary was not posted: {}", with_causes(&error.without_url())), HELP)
}

/// Text in which Slack finds no links, mentions and entities.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The lines that fit into a message.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut short = String::new();
    for line in text.lines() {
        if short.chars().count() + line.chars().count() > LONGEST {
            break;
        }
        short = short + line + "\n";
    }
    short + "… the rest is in the output of `ti sync`"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_mentions_no_channel_and_is_not_too_long() {
        assert_eq!(escaped("<!channel> & co"), "&lt;!channel&gt; &amp; co");
        let long = "tenant: applied\n".repeat(1_000);
        let short = shortened(&long);
        assert!(short.chars().count() < LONGEST + 60 && short.ends_with("`ti sync`"), "{short}");
        assert_eq!(shortened("short"), "short");
    }
}
