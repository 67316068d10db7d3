//! Events that report what a client is doing.

use std::fmt;
use std::time::Duration;

use crate::runtime::Surface;

/// Something that happened while a call ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
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
            Self::Attempt { operation, surface, attempt: 1 } => write!(f, "{operation} over {surface}"),
            Self::Attempt { operation, surface, attempt } => {
                write!(f, "{operation} over {surface}, attempt {attempt}")
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
            other => tracing::info!("{other}"),
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
