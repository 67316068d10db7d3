//! Events that report what a client is doing.

use std::fmt;
use std::time::Duration;

use crate::ErrorKind;
use crate::runtime::Surface;

/// Something that happened while a call ran: for progress, and for metrics.
///
/// A call begins with [`Start`](Self::Start) and ends with [`End`](Self::End), also if its future is dropped. In between
/// come its attempts, each followed by [`Response`](Self::Response) or [`NoResponse`](Self::NoResponse) unless it is
/// dropped, its waits and its demotions. A call may take requests of several operations: a read of a user may look up their
/// address, and read their client as well. Each page of a list is a call. No event has a URL, a key, or a value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A call begins.
    #[non_exhaustive]
    Start {
        /// The operation, such as `users.get`.
        operation: &'static str,
    },
    /// A request is sent.
    #[non_exhaustive]
    Attempt {
        /// The operation, such as `users.get`.
        operation: &'static str,
        /// The surface it is sent to.
        surface: Surface,
        /// Starts at 1.
        attempt: u32,
    },
    /// The response to a request is complete, whatever its status.
    #[non_exhaustive]
    Response {
        /// The operation.
        operation: &'static str,
        /// The surface that responded.
        surface: Surface,
        /// The HTTP status.
        status: u16,
        /// From sending the request until the last byte of the response.
        duration: Duration,
        /// The size of the body, decompressed.
        bytes: usize,
        /// The cost in points: as the tenant reported it, or as computed from the query; 0 over REST.
        points: u32,
    },
    /// A request got no response, or one that was rejected.
    #[non_exhaustive]
    NoResponse {
        /// The operation.
        operation: &'static str,
        /// The surface it was sent to.
        surface: Surface,
        /// [`Timeout`](ErrorKind::Timeout) or [`Transport`](ErrorKind::Transport).
        cause: ErrorKind,
        /// Since the request was sent.
        duration: Duration,
    },
    /// The call waits.
    #[non_exhaustive]
    Wait {
        /// The operation.
        operation: &'static str,
        /// The surface it will be sent to.
        surface: Surface,
        /// The length of the wait.
        duration: Duration,
        /// The reason for the wait.
        reason: WaitReason,
    },
    /// A surface was found to lack an operation; other surfaces are used from now on.
    #[non_exhaustive]
    Demotion {
        /// The operation.
        operation: &'static str,
        /// The surface that does not have it.
        surface: Surface,
        /// The reason.
        reason: String,
    },
    /// A call ended.
    #[non_exhaustive]
    End {
        /// The operation.
        operation: &'static str,
        /// How it ended.
        outcome: CallOutcome,
        /// Since the call began, with all waits.
        duration: Duration,
        /// The number of requests that were sent.
        attempts: u32,
    },
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallOutcome {
    /// With a response.
    Succeeded,
    /// With an error of this kind.
    Failed(ErrorKind),
    /// Its future was dropped.
    Cancelled,
}

impl CallOutcome {
    /// A name for labels of metrics: `ok`, `cancelled`, or the [name of the error's kind](ErrorKind::name).
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "ok",
            Self::Failed(kind) => kind.name(),
            Self::Cancelled => "cancelled",
        }
    }
}

/// Why a call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The tenant's rate limit leaves no room until then.
    Pace,
    /// The tenant asked for the wait: HTTP 429.
    RateLimited,
    /// An attempt failed; the wait precedes the next one.
    Backoff,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { operation } => write!(f, "{operation} starts"),
            Self::Attempt { operation, surface, attempt: 1 } => write!(f, "{operation} over {surface}"),
            Self::Attempt { operation, surface, attempt } => {
                write!(f, "{operation} over {surface}, attempt {attempt}")
            }
            Self::Response { operation, surface, status, duration, bytes, .. } => {
                write!(f, "{operation} over {surface}: {status}, {bytes} bytes after {:.1} s", duration.as_secs_f64())
            }
            Self::NoResponse { operation, surface, cause, duration } => {
                let why = if *cause == ErrorKind::Timeout { "no response in time" } else { "no response" };
                write!(f, "{operation} over {surface}: {why} after {:.1} s", duration.as_secs_f64())
            }
            Self::Wait { operation, duration, reason, .. } => {
                let why = match reason {
                    WaitReason::Pace => "until the tenant's limit has room",
                    WaitReason::RateLimited => "as the tenant requested",
                    WaitReason::Backoff => "before it is retried",
                };
                write!(f, "{operation} waits {:.1} s {why}", duration.as_secs_f64())
            }
            Self::Demotion { operation, surface, reason } => write!(f, "{operation} is not on {surface}: {reason}"),
            Self::End { operation, outcome, duration, attempts } => {
                let (name, seconds) = (outcome.name(), duration.as_secs_f64());
                write!(f, "{operation} ended with {name} after {seconds:.1} s and {attempts} requests")
            }
        }
    }
}

/// The callback for each event.
type Call = Box<dyn Fn(&Event) + Send + Sync>;

/// An optional callback for events.
#[derive(Default)]
pub(crate) struct Listener(pub(crate) Option<Call>);

impl Listener {
    pub(crate) fn emit(&self, event: &Event) {
        match event {
            Event::Attempt { operation, surface, attempt } => {
                tracing::debug!(operation, %surface, attempt, "attempt");
            }
            Event::Wait { .. } | Event::Demotion { .. } => tracing::info!("{event}"),
            other => tracing::debug!("{other}"),
        }
        if let Some(listener) = &self.0 {
            listener(event);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.0.is_some()).finish()
    }
}
