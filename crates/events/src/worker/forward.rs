//! Events to a URL, signed as Standard Webhooks 1.0.0 describes, so that receivers can use its libraries.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use hmac::Mac as _;
use reqwest::{StatusCode, Url, redirect};
use sha2::{Digest as _, Sha256};
use thought_industries::Clock;

use super::{Consumer, Taken, line};
use crate::event::KeptEvent;
use crate::keyed::code;

/// How long a receiver may take.
const LONGEST: Duration = Duration::from_secs(15);

/// Posts each event to a URL, signed by [Standard Webhooks](https://www.standardwebhooks.com) 1.0.0: `webhook-id`,
/// `webhook-timestamp`, and `webhook-signature` with `v1,`. Any 2xx takes the event; 410 refuses it; 429, 502, 503 and 504 mean
/// that the receiver cannot be reached. A redirect is not followed.
#[derive(Debug)]
pub struct ForwardConsumer {
    url: Url,
    key: Key,
    client: reqwest::Client,
    clock: Arc<dyn Clock>,
}

/// Why events cannot be forwarded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidForward(String);

/// The key of signatures.
struct Key(Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// The key in a secret: `whsec_` and the base64 of 24 to 64 bytes.
    fn parse(secret: &str) -> Result<Self, InvalidForward> {
        let help = "write `whsec_` and the base64 of 24 to 64 random bytes, such as that of `openssl rand -base64 32`";
        let text = secret.trim();
        let bytes = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).ok();
        let bytes = bytes.filter(|bytes| (24..=64).contains(&bytes.len()));
        bytes.map(Self).ok_or_else(|| InvalidForward(format!("the secret is not one of Standard Webhooks: {help}")))
    }

    fn sign(&self, id: &str, timestamp: u64, body: &[u8]) -> String {
        let signed = [id.as_bytes(), b".", timestamp.to_string().as_bytes(), b".", body].concat();
        let code = code(&self.0, &signed).map(|code| code.finalize().into_bytes());
        format!("v1,{}", STANDARD.encode(code.unwrap_or_default()))
    }
}

impl ForwardConsumer {
    /// Posts to a URL, signed with a secret: `whsec_` and the base64 of 24 to 64 bytes.
    ///
    /// # Errors
    /// If the URL or the secret cannot be used.
    pub fn new(url: &str, secret: &str, clock: Arc<dyn Clock>) -> Result<Self, InvalidForward> {
        let invalid = |reason: &str| InvalidForward(reason.to_owned());
        let url: Url = url.parse().map_err(|_| invalid("the address is not a URL"))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_local =
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        if host.is_empty() || !(url.scheme() == "https" || (url.scheme() == "http" && is_local)) {
            return Err(invalid(
                "events have names and addresses of users: name an https address, or one of this machine",
            ));
        }
        let builder = reqwest::Client::builder().redirect(redirect::Policy::none()).timeout(LONGEST);
        let builder = if is_local { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| InvalidForward(error.without_url().to_string()))?;
        Ok(Self { key: Key::parse(secret)?, url, client, clock })
    }

    async fn post(&self, event: &KeptEvent) -> Taken {
        let (id, body) = (message_id(event), line(event));
        // The time is that of the attempt: receivers refuse one that is older than five minutes.
        let timestamp = self.clock.now().as_secs();
        let signature = self.key.sign(&id, timestamp, &body);
        let request = self.client.post(self.url.clone()).header("content-type", "application/json");
        let request = request.header("webhook-id", id).header("webhook-timestamp", timestamp);
        match request.header("webhook-signature", signature).body(body).send().await {
            Ok(response) => judged(response.status()),
            Err(error) => Taken::Unavailable(unreachable(&error.without_url())),
        }
    }
}

fn judged(status: StatusCode) -> Taken {
    let code = status.as_u16();
    match code {
        200..=299 => Taken::Done { note: None },
        410 => Taken::Refused("the receiver responded 410: it takes no more events".to_owned()),
        429 | 502 | 503 | 504 => Taken::Unavailable(format!("the receiver responded {code}")),
        300..=399 => Taken::Failed(format!("the receiver responded {code}, and redirects are not followed")),
        _ => Taken::Failed(format!("the receiver responded {code}")),
    }
}

fn unreachable(error: &reqwest::Error) -> String {
    let mut text = "the receiver did not respond".to_owned();
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        // Writing to a string cannot fail.
        _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

/// The id by which a receiver knows an event again: the same at each attempt, another one once a hint is certain.
fn message_id(event: &KeptEvent) -> String {
    let digest = Sha256::digest(format!("{}\n{}\n{}", event.kind, event.id, event.is_hint));
    let mut id = "msg_".to_owned();
    for byte in digest.iter().take(16) {
        // Writing to a string cannot fail.
        _ = write!(id, "{byte:02x}");
    }
    id
}

impl Consumer for ForwardConsumer {
    fn take<'c>(&'c mut self, events: &'c [KeptEvent]) -> BoxFuture<'c, Taken> {
        async move {
            for event in events {
                match self.post(event).await {
                    Taken::Done { .. } => {}
                    other => return other,
                }
            }
            Taken::Done { note: None }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, and signatures by `openssl dgst -sha256 -mac HMAC` and Python's `hmac`.
    #[test]
    fn signatures_are_those_of_other_programs() {
        let key = Key(STANDARD.decode("plJ3nmyCDGBKInavdOK15jsl").expect("base64"));
        let body = br#"{"event_type":"ping","data":{"success":true}}"#;
        assert_eq!(
            key.sign("msg_loFOjxBNrRLzqYUf", 1_731_705_121, body),
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
        );
        assert_eq!(key.sign("msg_1", 0, b"\x00\xff"), "v1,AOiR59gI7BfVHYPHZIYpFlk3SwoI/PRmtk/p3j8xkAU=");
    }

    #[test]
    fn what_is_no_secret_or_no_safe_address_is_refused() {
        for secret in ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!", "hunter2"] {
            assert!(Key::parse(secret).is_err(), "{secret}");
        }
        let clock: Arc<dyn Clock> = Arc::new(thought_industries::TokioClock::default());
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        for url in ["", "example.com", "http://example.com/hook", "ftp://example.com", "file:///etc/passwd"] {
            assert!(ForwardConsumer::new(url, secret, Arc::clone(&clock)).is_err(), "{url}");
        }
        for url in ["http://[::1]:80/hook", "http://localhost/hook"] {
            assert!(ForwardConsumer::new(url, secret, Arc::clone(&clock)).is_ok(), "{url}");
        }
    }

    #[test]
    fn a_status_means_what_the_specification_says() {
        let of = |status: u16| judged(StatusCode::from_u16(status).expect("a status"));
        assert!([200, 202, 204].into_iter().all(|status| matches!(of(status), Taken::Done { .. })));
        assert!([301, 308, 400, 401, 404, 500].into_iter().all(|status| matches!(of(status), Taken::Failed(_))));
        assert!([429, 502, 503, 504].into_iter().all(|status| matches!(of(status), Taken::Unavailable(_))));
        assert!(matches!(of(410), Taken::Refused(_)));
    }
}
