//! `ti scim doctor`: the first requests of directories, sent to a gateway, with what each answer means.

mod calls;

use std::time::Duration;

use graphql_drift::printable;
use reqwest::{Method, Url};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::ScimDoctorArguments;
use crate::failure::{Failure, with_causes};
use crate::output::{Format, List, Row};
use crate::saved::variable;

use calls::{Call, Expected};

/// How long a directory waits at least.
const PATIENCE: Duration = Duration::from_secs(60);
/// The variable with the token.
const TOKEN: &str = "TI_SCIM_TOKEN";

/// What came back.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// The status, and the body if it is JSON.
    Answer(u16, Option<Value>),
    /// There was no answer, for this reason.
    None(String),
}

/// A request, and what its answer means.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Finding {
    directory: String,
    request: String,
    level: &'static str,
    answer: String,
    advice: String,
}

impl Row for Finding {
    const HEADINGS: &'static [&'static str] = &["directory", "request", "level", "answer", "advice"];

    fn cells(&self) -> Vec<String> {
        let Self { directory, request, level, answer, advice } = self;
        vec![directory.clone(), request.clone(), (*level).to_owned(), answer.clone(), advice.clone()]
    }
}

pub(super) async fn run(format: Format, settings: ScimDoctorArguments) -> Result<(), Failure> {
    let token = variable(TOKEN).ok_or_else(|| {
        Failure::new(format!("the variable {TOKEN} is not set"), "set it to a token of `ti scim connection token`")
    })?;
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
    let is_local = matches!(settings.address.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let builder = if is_local { builder.no_proxy() } else { builder };
    let client = builder.build().map_err(|error| Failure::could_not_run(&error.without_url()))?;
    let mut list = List::new::<Finding>(format)?;
    let mut has_problem = false;
    // What a creation has returned is asked for by the requests behind it.
    let mut created = None;
    for call in calls::all(settings.directory, settings.create.as_deref()) {
        let Some(path) = call.path_of(created.as_deref()) else { continue };
        let outcome = send(&client, &settings.address, &call, &path, token.trim()).await?;
        if let (Expected::Created, Outcome::Answer(201, Some(body))) = (call.expected, &outcome) {
            created = body.get("id").and_then(Value::as_str).map(str::to_owned);
        }
        let finding = judge(&call, &outcome);
        has_problem |= finding.level == "problem";
        list.push(&finding)?;
    }
    list.finish()?;
    if has_problem { Err(Failure::Found) } else { Ok(()) }
}

async fn send(client: &reqwest::Client, base: &Url, call: &Call, path: &str, token: &str) -> Result<Outcome, Failure> {
    // Directories put the address and the path of a request together as texts.
    let address = format!("{}{path}", base.as_str().trim_end_matches('/'));
    let url = address.parse::<Url>().map_err(|error| Failure::could_not_run(&error))?;
    let method = Method::from_bytes(call.method.as_bytes()).map_err(|error| Failure::could_not_run(&error))?;
    let token = if call.expected == Expected::Unauthorized { "tiscim_not-a-token" } else { token };
    let request = client.request(method, url).bearer_auth(token);
    let request = request.header("accept", call.accepts).header("user-agent", call.agent);
    let request = match &call.body {
        Some(body) => request.header("content-type", call.accepts).body(body.to_string()),
        None => request,
    };
    let answered = match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            response.bytes().await.map(|bytes| Outcome::Answer(status, serde_json::from_slice(&bytes).ok()))
        }
        Err(error) => Err(error),
    };
    Ok(answered.unwrap_or_else(|error| Outcome::None(with_causes(&error.without_url()))))
}

/// What an answer means for the directory.
fn judge(call: &Call, outcome: &Outcome) -> Finding {
    let (answer, problem) = match outcome {
        Outcome::None(reason) => (
            printable(reason),
            Some(
                "start `ti scim serve`, or correct the address; a directory in the cloud reaches public addresses only",
            ),
        ),
        Outcome::Answer(status, body) => {
            (shown(*status, body.as_ref()), problem(call.expected, *status, body.as_ref()))
        }
    };
    let (level, advice) = match problem {
        Some(problem) => ("problem", problem),
        None => ("ok", call.meaning),
    };
    Finding {
        directory: call.directory.to_owned(),
        request: format!("{}: {} {}", call.name, call.method, call.path),
        level,
        answer,
        advice: advice.to_owned(),
    }
}

/// An answer in a few words.
fn shown(status: u16, body: Option<&Value>) -> String {
    let Some(body) = body else {
        return if status == 204 { status.to_string() } else { format!("{status}, without JSON") };
    };
    match (body.get("totalResults").and_then(Value::as_u64), body.get("detail").and_then(Value::as_str)) {
        (Some(total), _) => format!("{status}, {total} found"),
        (None, Some(detail)) => format!("{status}: {}", printable(detail)),
        (None, None) => status.to_string(),
    }
}

/// What to do about an answer that the directory does not expect.
fn problem(expected: Expected, status: u16, body: Option<&Value>) -> Option<&'static str> {
    let of = |name: &str| body.and_then(|body| body.get(name));
    let total = of("totalResults").and_then(Value::as_u64);
    // A directory reads the status in the body, which is a text.
    let is_error = || of("status").and_then(Value::as_str) == Some(&status.to_string());
    let is_list = || status == 200 && total.is_some() && of("Resources").is_some_and(Value::is_array);
    let is_expected = match expected {
        Expected::List => is_list(),
        Expected::EmptyList => is_list() && total == Some(0),
        Expected::Document => status == 200 && of("schemas").is_some(),
        Expected::Error(wanted) => status == wanted && is_error(),
        Expected::Unauthorized => status == 401 && is_error(),
        Expected::Created => status == 201 && of("id").is_some(),
        Expected::Changed => status == 200 && of("id").is_some(),
        Expected::Deleted => status == 204,
    };
    if is_expected {
        return None;
    }
    Some(match status {
        _ if expected == Expected::Unauthorized && status == 200 => {
            "a token that is not one of the gateway is accepted: a proxy sends a token of its own; let it pass the header \
             Authorization as it is"
        }
        300..=399 => "directories do not follow redirects: give them the address that this one leads to",
        401 => {
            "the gateway does not know the token: make one with `ti scim connection token`, and check that a proxy passes the \
                header Authorization"
        }
        404 | 405 if !is_error() => {
            "no gateway answers here: check that the address ends in /scim/v2, and where the proxy sends it"
        }
        404 => "the path is not one of the gateway: check that the address ends in /scim/v2",
        403 => "the connection may not do this: `ti scim connection list` shows its domains",
        409 => "a user or a group of this name is there already: name another address with --create",
        429 => "the gateway has too much to do: wait as long as Retry-After says, or raise `requests-per-second`",
        502 | 504 => "the proxy does not reach the gateway: check its address there, and that it waits for 60 seconds",
        503 => {
            "the gateway is not ready, or the tenant does not answer: look at `ti scim status`, and try again in a minute"
        }
        200 if body.is_none() => {
            "a page instead of JSON: a proxy or a login page answers; let it pass the path of the gateway"
        }
        _ => {
            "the answer is not what SCIM asks for: look at the log of the gateway for the id in the header X-Request-Id"
        }
    })
}

#[cfg(test)]
mod tests;
