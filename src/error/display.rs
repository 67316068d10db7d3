//! Error messages: lowercase fragments that name the operation and the surface.

use std::error::Error as _;
use std::fmt;

use super::{Error, GraphQlError, Kind};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(f, "{operation}")?;
            if let Some(surface) = self.surface {
                write!(f, " over {surface}")?;
            }
            f.write_str(": ")?;
        }
        fmt_kind(&self.kind, self.status, f)?;
        // The message of a refusal is the first of these.
        if let more @ 2.. = self.listed.len() {
            write!(f, " (and {})", errors(more - 1))?;
        }
        if let Some(id) = self.request_id() {
            write!(f, " [request {id}]")?;
        }
        if self.is_retry_budget_spent {
            f.write_str(
                "; not retried: the retry budget of this client is spent, and refills with successful responses",
            )?;
        }
        if self.execution.is_unknown() {
            f.write_str("; it is unknown whether the tenant carried it out: check before you retry")?;
        }
        Ok(())
    }
}

/// The message and its causes: `main` prints this form of an error that it returns.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source();
        if cause.is_some() {
            f.write_str(" (caused by")?;
            while let Some(error) = cause {
                write!(f, ": {error}")?;
                cause = error.source();
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

fn fmt_kind(kind: &Kind, status: Option<u16>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (kind, status) {
        (
            Kind::Settings(message)
            | Kind::InvalidArgument(message)
            | Kind::NotFound(message)
            | Kind::Paging(message)
            | Kind::NoRoute(message),
            _,
        ) => f.write_str(message),
        (Kind::Unverified(error), _) => write!(f, "the write was carried out but could not be read back: {error}"),
        (Kind::NotApplied(fields), _) => {
            write!(f, "the tenant accepted the write but did not apply {}", fields.join(", "))
        }
        (Kind::Transport(error), _) => write!(f, "{error}"),
        (Kind::Elapsed(timeout), _) => write!(f, "the call took longer than {} s", timeout.as_secs_f64()),
        (Kind::Paced(most), _) => {
            write!(f, "rate limited: the wait would exceed `max_wait` ({} s)", most.as_secs_f64())
        }
        (Kind::Refused(message), Some(401)) if message.is_empty() => {
            f.write_str("the tenant did not accept the key (401)")
        }
        (Kind::Refused(message), Some(status @ 200..300)) if message.is_empty() => {
            write!(f, "the tenant answered {status} without the requested data")
        }
        (Kind::Refused(message), Some(status)) if message.is_empty() => write!(f, "the tenant answered {status}"),
        (Kind::Refused(message), Some(status)) => write!(f, "the tenant answered {status}: {message}"),
        (Kind::Refused(message), None) => write!(f, "the tenant answered: {message}"),
        (Kind::NotJson(what), Some(status)) => write!(f, "the tenant answered {status} with {what} instead of JSON"),
        (Kind::NotJson(what), None) => write!(f, "the tenant answered with {what} instead of JSON"),
        (Kind::Lacks(key), Some(status)) => write!(f, "the tenant answered {status}: the response has no `{key}`"),
        (Kind::Lacks(key), None) => write!(f, "the tenant answered: the response has no `{key}`"),
        (Kind::Mismatch, _) => f.write_str(
            "the tenant returned another record than the one that was asked for; a cache or proxy in front of it may mix \
             up responses",
        ),
        (Kind::Cached(age), _) => write!(
            f,
            "a cache in front of the tenant returned a response of {age} seconds ago, although the request forbids \
             that: exempt `/incoming` and `/helium` from it"
        ),
        (Kind::Empty, _) => f.write_str("the response body is empty"),
        (Kind::GraphQl(errors), _) => fmt_graphql(errors, f),
        (Kind::Decode { source, .. }, _) if source.is_malformed() => {
            f.write_str("the response body is truncated or malformed JSON")
        }
        (Kind::Decode { path, .. }, _) if matches!(path.as_str(), "" | ".") => {
            f.write_str("the response does not decode")
        }
        (Kind::Decode { path, .. }, _) => write!(f, "the response does not decode at `{path}`"),
    }
}

/// How many messages of a GraphQL response are shown.
const SHOWN: usize = 3;

fn fmt_graphql(listed: &[GraphQlError], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (number, error) in listed.iter().take(SHOWN).enumerate() {
        if number > 0 {
            f.write_str("; ")?;
        }
        let message = error.message.as_str();
        f.write_str(if message.is_empty() { "an error without a message" } else { message })?;
        if let Some(code) = &error.code {
            write!(f, " ({code})")?;
        }
    }
    match listed.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " (and {})", errors(more)),
    }
}

fn errors(number: usize) -> String {
    if number == 1 { "1 more error".to_owned() } else { format!("{number} more errors") }
}
