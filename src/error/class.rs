//! The kinds of failures that callers distinguish.

use super::{Error, Kind};

/// What kind of failure an [`Error`] reports: for metrics, and for a `match` instead of predicates.
///
/// A kind reports why a call failed, not whether a mutation ran: ask [`Error::execution`] for that, and
/// [`Error::is_retryable`] before you repeat a call.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// use thought_industries::ErrorKind;
///
/// match client.users().get("ada@example.com").send().await {
///     Ok(user) => println!("{}", user.id),
///     Err(error) => match error.kind() {
///         ErrorKind::NotFound => println!("no user has that address"),
///         ErrorKind::Unauthorized | ErrorKind::Forbidden => println!("use another key"),
///         _ => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client is configured incorrectly, or runs without a Tokio runtime; nothing was sent.
    Settings,
    /// An argument of the call is invalid; nothing was sent.
    InvalidArgument,
    /// No usable response: there was no connection, it broke, or the response was too large.
    Transport,
    /// No response in time, HTTP 504, or the [timeout](crate::Request::with_timeout) of the call ran out.
    Timeout,
    /// The tenant failed or is down: another HTTP status from 500 on.
    Unavailable,
    /// The tenant did not accept the key: HTTP 401.
    Unauthorized,
    /// The key lacks the permission: HTTP 403.
    Forbidden,
    /// The requested record was not found.
    NotFound,
    /// The record to create already exists.
    Conflict,
    /// The tenant's rate limit was reached, or the wait for it would exceed the longest wait.
    RateLimited,
    /// The tenant refused the call for another reason, which the message has.
    Refused,
    /// The response has GraphQL errors: see [`Error::graphql_errors`].
    GraphQl,
    /// The response is not JSON, or does not match the schema.
    Decode,
    /// The pages of a list contradict each other: the list would be incomplete, or never end.
    Paging,
    /// No surface of the tenant has the operation.
    Unsupported,
    /// A write was accepted, but fields were not applied: see [`Error::fields_not_applied`].
    NotApplied,
    /// A write was carried out, but could not be read back for verification.
    Unverified,
    /// The response shows another record than the one that was asked for, or an earlier state that a cache kept.
    Mismatch,
}

impl ErrorKind {
    /// A name for labels of metrics, such as `rate_limited`. It does not change between versions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::InvalidArgument => "invalid_argument",
            Self::Transport => "transport",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::RateLimited => "rate_limited",
            Self::Refused => "refused",
            Self::GraphQl => "graphql",
            Self::Decode => "decode",
            Self::Paging => "paging",
            Self::Unsupported => "unsupported",
            Self::NotApplied => "not_applied",
            Self::Unverified => "unverified",
            Self::Mismatch => "mismatch",
        }
    }

    pub(super) fn of(error: &Error) -> Self {
        match &*error.kind {
            Kind::Settings(_) => Self::Settings,
            Kind::InvalidArgument(_) => Self::InvalidArgument,
            Kind::Transport(transport) if transport.is_timeout() => Self::Timeout,
            Kind::Transport(_) => Self::Transport,
            Kind::Elapsed(_) => Self::Timeout,
            Kind::NotFound(_) => Self::NotFound,
            Kind::Paging(_) => Self::Paging,
            Kind::NoRoute(_) => Self::Unsupported,
            Kind::NotApplied(_) => Self::NotApplied,
            Kind::Unverified(_) => Self::Unverified,
            Kind::Paced(_) => Self::RateLimited,
            Kind::Mismatch | Kind::Cached(_) => Self::Mismatch,
            Kind::Refused(_)
            | Kind::GraphQl(_)
            | Kind::Lacks(_)
            | Kind::NotJson(_)
            | Kind::Empty
            | Kind::Decode { .. } => Self::of_response(error),
        }
    }

    /// The kind of a failure that a response shows. Its status says more than the form of its body.
    fn of_response(error: &Error) -> Self {
        match (error.status, &*error.kind) {
            (Some(401), _) => Self::Unauthorized,
            (Some(403), _) => Self::Forbidden,
            (Some(429), _) => Self::RateLimited,
            (Some(504), _) => Self::Timeout,
            (Some(500..), _) => Self::Unavailable,
            _ if error.is_not_found() => Self::NotFound,
            _ if error.is_conflict() => Self::Conflict,
            (_, Kind::GraphQl(_)) => Self::GraphQl,
            (_, Kind::Refused(_)) => Self::Refused,
            _ => Self::Decode,
        }
    }
}
