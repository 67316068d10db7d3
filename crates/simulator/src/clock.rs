//! Time in a world: it passes while nothing can be done, and each process has its own idea of it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::Clock;
use tokio::time::Instant;

/// When every world begins: 2026-01-01.
pub(crate) const BEGINNING: Duration = Duration::from_secs(1_767_225_600);

/// The time of a world, as a tenant writes it.
pub(crate) fn timestamp(now: Duration) -> String {
    let millis = i64::try_from((BEGINNING + now).as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).map(|at| format!("{at:.3}")).unwrap_or_default()
}

/// The time of a world, as the `Date` of a response has it.
pub(crate) fn http_date(now: Duration) -> String {
    let seconds = i64::try_from((BEGINNING + now).as_secs()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_second(seconds).map(|at| at.to_zoned(jiff::tz::TimeZone::UTC));
    at.map(|at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).unwrap_or_default()
}

/// The time since a world began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WorldTime(Instant);

impl WorldTime {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }

    pub(crate) fn system(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + BEGINNING + self.now()
    }
}

/// The clock of a process.
#[derive(Debug)]
pub(crate) struct SkewedClock {
    time: WorldTime,
    /// How far it is ahead, in milliseconds.
    skew: i64,
    rng: Mutex<Rng>,
}

impl SkewedClock {
    pub(crate) fn new(time: WorldTime, skew: i64, seed: u64) -> Self {
        Self { time, skew, rng: Mutex::new(Rng::with_seed(seed)) }
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Duration {
        let skew = Duration::from_millis(self.skew.unsigned_abs());
        let now = BEGINNING + self.time.now();
        if self.skew < 0 { now.saturating_sub(skew) } else { now + skew }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        tokio::time::sleep(duration).boxed()
    }

    fn chance(&self) -> f64 {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}
