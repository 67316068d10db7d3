//! `ti webhooks check`: what a receiver does with an event without a signature.

use std::time::Duration;

use graphql_drift::printable;
use reqwest::Url;
use serde::Serialize;

use super::is_local;
use crate::failure::{Failure, with_causes};
use crate::output::{Format, List, Row};

/// How soon a receiver has to respond. TI's tutorial says five seconds; other pages give a sender 15 or 30.
const LIMIT: Duration = Duration::from_secs(5);

/// The event that is sent. Its kind is none of a tenant's, so that a receiver that accepts it does nothing.
const EVENT: &str = r#"{"event":"ti.check","data":{}}"#;

/// What was found: whether it is a problem, and what to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Finding {
    level: &'static str,
    message: String,
    advice: &'static str,
}

/// How a receiver responded.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Status(u16),
    /// A redirect, and where it leads to.
    Redirect(u16, String),
    TooLate,
    /// There was no response, for this reason.
    None(String),
}

pub(super) async fn run(format: Format, url: &Url) -> Result<(), Failure> {
    let findings = judge(url, &send(url).await?);
    let mut list = List::new::<Finding>(format)?;
    for finding in &findings {
        list.push(finding)?;
    }
    list.finish()?;
    if findings.iter().any(|finding| finding.level == "problem") { Err(Failure::Found) } else { Ok(()) }
}

async fn send(url: &Url) -> Result<Outcome, Failure> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(LIMIT);
    let builder = if is_local(url) { builder.no_proxy() } else { builder };
    let client = builder.build().map_err(|error| Failure::could_not_run(&error.without_url()))?;
    let request = client.post(url.clone()).header("content-type", "application/json").body(EVENT);
    Ok(match request.send().await {
        Ok(response) if response.status().is_redirection() => {
            let target = response.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default();
            Outcome::Redirect(response.status().as_u16(), leads_to(url, target))
        }
        Ok(response) => Outcome::Status(response.status().as_u16()),
        Err(error) if error.is_timeout() => Outcome::TooLate,
        Err(error) => Outcome::None(with_causes(&error.without_url())),
    })
}

/// Where a redirect leads to, without its path, which may be a secret.
fn leads_to(from: &Url, target: &str) -> String {
    let Ok(to) = from.join(target) else { return "an address that is not valid".to_owned() };
    if (to.scheme(), to.host_str()) == (from.scheme(), from.host_str()) {
        return "another path of the same host".to_owned();
    }
    printable(&format!("{}://{}", to.scheme(), to.host_str().unwrap_or_default()))
}

/// What the response means for events.
fn judge(url: &Url, outcome: &Outcome) -> Vec<Finding> {
    let problem = |message: String, advice| Finding { level: "problem", message, advice };
    let mut findings = Vec::new();
    if is_local(url) {
        let advice = "give a tenant an address that it can reach";
        let message = "only programs on this machine reach the address".to_owned();
        findings.push(Finding { level: "note", message, advice });
    } else if url.scheme() != "https" {
        let advice = "use https: events have names and addresses of users";
        findings.push(problem("events cross the network in clear".to_owned(), advice));
    }
    findings.push(match outcome {
        Outcome::Redirect(status, to) => problem(
            format!("it responds {status} and leads to {to}: a tenant may count that as delivered, and the event is lost"),
            "register the address that it leads to, and check that one",
        ),
        Outcome::Status(200..=299) => problem(
            "it accepts an event that is not signed, from any sender".to_owned(),
            "check `X-TI-Signature`; if the tenant does not sign, put a long random text into the path, and read what events are \
             about before acting on them",
        ),
        Outcome::Status(status @ (401 | 403)) => Finding {
            level: "ok",
            message: format!("it refuses an event that is not signed, with {status}"),
            advice: "",
        },
        Outcome::Status(status @ (404 | 405 | 410)) => {
            problem(format!("it responds {status}: nothing there takes events"), "check the path, and that it takes POST")
        }
        Outcome::Status(status @ 500..) => {
            problem(format!("it fails with {status}"), "a tenant repeats an event for some hours only: mend the receiver first")
        }
        Outcome::Status(status) => Finding {
            level: "note",
            message: format!("it refuses the event with {status}"),
            advice: "respond 401 to an event whose signature is missing or wrong, so that your logs show it",
        },
        Outcome::TooLate => problem(
            format!("no response within {} seconds", LIMIT.as_secs()),
            "store the event, respond, and process it afterwards",
        ),
        Outcome::None(reason) => problem(format!("no response: {reason}"), "check that the receiver runs, and its certificate"),
    });
    findings
}

impl Row for Finding {
    const HEADINGS: &'static [&'static str] = &["level", "message", "advice"];

    fn cells(&self) -> Vec<String> {
        vec![self.level.to_owned(), self.message.clone(), self.advice.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;

    use super::*;

    fn levels(url: &str, outcome: &Outcome) -> Vec<&'static str> {
        judge(&url.parse().expect("a URL"), outcome).iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn a_receiver_is_judged_by_its_response() {
        let https = "https://hr.example.com/secret";
        for status in [401, 403] {
            assert_eq!(levels(https, &Outcome::Status(status)), ["ok"]);
        }
        for status in [200, 202, 204, 404, 405, 410, 500, 503] {
            assert_eq!(levels(https, &Outcome::Status(status)), ["problem"], "{status}");
        }
        for status in [400, 413, 422, 429] {
            assert_eq!(levels(https, &Outcome::Status(status)), ["note"], "{status}");
        }
        for outcome in [Outcome::TooLate, Outcome::None("refused".to_owned()), Outcome::Redirect(308, "x".to_owned())] {
            assert_eq!(levels(https, &outcome), ["problem"]);
            assert_eq!(levels("http://hr.example.com", &outcome), ["problem", "problem"]);
            assert_eq!(levels("http://[::1]:8787", &outcome), ["note", "problem"]);
        }
    }

    #[test]
    fn a_redirect_shows_no_path() {
        let from: Url = "http://hr.example.com/secret".parse().expect("a URL");
        for (target, expected) in [
            ("https://hr.example.com/secret", "https://hr.example.com"),
            ("/secret/", "another path of the same host"),
            ("http://[", "an address that is not valid"),
        ] {
            assert_eq!(leads_to(&from, target), expected);
        }
    }

    /// The event goes out once, without a signature and without following anything.
    #[tokio::test]
    async fn a_receiver_gets_one_event_without_a_signature() {
        crate::choose_cryptography();
        let moved = || async { (StatusCode::PERMANENT_REDIRECT, [("location", "https://elsewhere.example/secret")]) };
        let strict = |headers: HeaderMap, body: String| async move {
            assert_eq!(body, EVENT);
            if headers.contains_key("x-ti-signature") { StatusCode::OK } else { StatusCode::UNAUTHORIZED }
        };
        let router = Router::new().route("/moved", post(moved)).route("/strict", post(strict));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let of = async |path: &str| {
            let url = format!("http://{address}{path}").parse().expect("a URL");
            send(&url).await.expect("an outcome")
        };
        assert_eq!(of("/strict").await, Outcome::Status(401));
        assert_eq!(of("/moved").await, Outcome::Redirect(308, "https://elsewhere.example".to_owned()));
        assert_eq!(of("/nothing").await, Outcome::Status(404));
        server.abort();
        let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address");
        let url = format!("http://{closed}/").parse().expect("a URL");
        assert!(matches!(send(&url).await.expect("an outcome"), Outcome::None(_)));
    }
}
