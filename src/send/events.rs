//! What a client is doing, for whoever waits for it.

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
        /// Where it goes.
        surface: Surface,
        /// Counted from 1.
        attempt: u32,
    },
    /// The call waits.
    #[non_exhaustive]
    Wait {
        /// The operation.
        operation: &'static str,
        /// Where it will go.
        surface: Surface,
        /// For how long.
        duration: Duration,
        /// What for.
        reason: WaitReason,
    },
    /// A surface proved not to have an operation; it goes elsewhere from now on.
    #[non_exhaustive]
    Demotion {
        /// The operation.
        operation: &'static str,
        /// The surface that does not have it.
        surface: Surface,
        /// Why.
        reason: String,
    },
}

/// Why a call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The tenant's limit has no room until then.
    Pace,
    /// The tenant asked for it: HTTP 429.
    RateLimited,
    /// An attempt failed, and the next is to go better.
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
                    WaitReason::RateLimited => "as the tenant asked for",
                    WaitReason::Backoff => "before it is tried again",
                };
                write!(f, "{operation} waits {:.1} s {why}", duration.as_secs_f64())
            }
            Self::Demotion { operation, surface, reason } => write!(f, "{operation} is not on {surface}: {reason}"),
        }
    }
}

/// What is called with each event.
type Call = Box<dyn Fn(&Event) + Send + Sync>;

/// Who is told.
#[derive(Default)]
pub(crate) struct Listener(pub(crate) Option<Call>);

impl Listener {
    pub(crate) fn tell(&self, event: &Event) {
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
