//! Time and randomness, which tests can replace.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, SystemTime};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::time::Instant;

/// Time, waiting, and randomness. The default uses tokio; a test replaces it with
/// [`ClientBuilder::with_clock`](crate::ClientBuilder::with_clock).
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time since the Unix epoch. Never goes back.
    fn now(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;

    /// A random number from 0 to 1.
    fn chance(&self) -> f64;

    /// Whether [`sleep`](Self::sleep) needs a Tokio runtime: a call without one then fails with a
    /// [settings error](crate::Error::is_settings) before anything is sent. False by default.
    fn needs_tokio(&self) -> bool {
        false
    }
}

/// The clock of clients by default: the system time at startup, advanced by tokio's clock. Parts of a program that wait without a
/// client take it, so that their tests can replace it as well.
///
/// ```
/// use thought_industries::{Clock, TokioClock};
///
/// assert!(TokioClock::default().now().as_secs() > 0);
/// ```
#[derive(Debug)]
pub struct TokioClock {
    start: Duration,
    started: Instant,
}

impl Default for TokioClock {
    fn default() -> Self {
        Self { start: system_time(), started: Instant::now() }
    }
}

/// The time that all processes of the machine see. It may go back.
pub(crate) fn system_time() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

impl Clock for TokioClock {
    fn now(&self) -> Duration {
        // The system time is read only once, because it may be set back later.
        self.start + self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        tokio::time::sleep(duration).boxed()
    }

    fn needs_tokio(&self) -> bool {
        true
    }

    fn chance(&self) -> f64 {
        // The keys of a hasher are random, which is random enough to keep clients from retrying in step.
        let random = RandomState::new().build_hasher().finish();
        f64::from(u32::try_from(random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
    }
}
