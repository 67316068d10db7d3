//! What time it is for a tenant.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use super::World;

/// A clock: that of this computer, or that of a test.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time as the API writes it: ISO 8601 in UTC with milliseconds.
    pub(super) fn now(&self) -> String {
        let since = (self.0)().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(since.as_millis()).ok().and_then(|now| jiff::Timestamp::from_millisecond(now).ok());
        now.map(|now| format!("{now:.3}")).unwrap_or_default()
    }
}

impl World<'_> {
    /// The time, in milliseconds of the Unix epoch, up to which events have happened.
    pub(crate) fn horizon(self) -> Option<i64> {
        let horizon = self.ledger.horizon.load(Ordering::Relaxed);
        (horizon > 0).then_some(horizon)
    }

    /// Lets events happen up to a time only.
    pub(crate) fn set_horizon(self, horizon: i64) {
        self.ledger.horizon.store(horizon, Ordering::Relaxed);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
