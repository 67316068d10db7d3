//! What time it is for a tenant.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

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
