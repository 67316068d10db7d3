//! The rate limiter of a machine: processes that use one key share its limits through a file.

mod file;
mod state;
#[cfg(unix)]
mod unused;

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use self::file::{SharedFile, digest};
use self::state::{Change, State};
use super::headers::RateLimitHeaders;
use super::limiter::{Permit, PermitRequest, RateLimiter};
use super::limits::Limits;
use super::shared::SharedRateLimiter;
use super::turns::{Counts, Turns};
use super::windows::{Limit, Line, Outcome, Rules, Sent};
use crate::Secret;
use crate::clock::{Clock, system_time};
use crate::profile::LimitProfile;
use crate::runtime::{OperationKind, Surface};

/// Keeps all processes of a user on one machine that use the same tenant and key within one set of limits.
///
/// The processes count their requests in a small file in a folder of the user, such as one in `$XDG_RUNTIME_DIR`, and are
/// served in order of arrival. The name of the file is a digest of tenant and key; the file has neither. The folder and the
/// file are created with access for this user only, and refused if another user could change them. The folder has to be on a
/// local disk, where locks of files work.
///
/// If the file cannot be used, the limiter logs one warning and becomes that of its process
/// ([`SharedRateLimiter`]); no call fails for it. What a killed process had in flight is released after 15 seconds. If the
/// clock of the machine is set, the processes count anew. On Unix, opening a limiter removes the files of other tenants and
/// keys that were not used for 7 days.
///
/// [`ClientBuilder::with_machine_limits`](crate::ClientBuilder::with_machine_limits) makes one for a client.
///
/// ```
/// use std::sync::Arc;
/// use thought_industries::{Client, Limits, MachineRateLimiter};
///
/// let folder = std::env::temp_dir().join("limits-of-an-example");
/// let url = "https://acme.thoughtindustries.com/";
/// let limiter = MachineRateLimiter::open(&folder, url, "key", &Limits::documented(), 100);
/// let builder = Client::builder().set_url(url).set_api_key("key").with_rate_limiter(Arc::new(limiter));
/// # _ = (builder, std::fs::remove_dir_all(folder));
/// ```
#[derive(Debug)]
pub struct MachineRateLimiter {
    rules: Rules,
    turns: Turns,
    /// The limiter of the process, if there is no file.
    own: SharedRateLimiter,
    file: Option<SharedFile>,
    is_broken: AtomicBool,
    /// How often the file was locked in a row.
    locked: AtomicU32,
    /// This limiter, among those that use the file.
    id: u64,
    /// What could not be written yet, because the file was locked.
    pending: Mutex<Vec<Change>>,
    /// The time of the machine, and how many microseconds it is ahead of that of the client.
    clock: Option<Arc<dyn Clock>>,
    ahead: AtomicI64,
}

/// How long a caller waits if another process has the file, and how often in a row: then it is stuck.
const LOCKED: Duration = Duration::from_millis(1);
const MOST_LOCKED: u32 = 3_000;

impl MachineRateLimiter {
    /// A limiter that uses `percent` of the limits, from 1 to 100, and shares them with all limiters of this tenant and key
    /// in this folder. The folder is created if it does not exist; its parent has to exist. Give the address of the tenant
    /// as [`Client::url`](crate::Client::url) returns it.
    pub fn open(folder: &Path, url: &str, api_key: impl Into<Secret>, limits: &Limits, percent: u32) -> Self {
        let name = digest(&[url, api_key.into().reveal()]);
        let file = SharedFile::open(folder, &name);
        // Elsewhere, a process would not notice that its file was removed.
        #[cfg(unix)]
        if file.is_ok() {
            unused::remove(folder, &name, system_time());
        }
        Self {
            rules: Rules::new(limits, percent),
            turns: Turns::default(),
            own: SharedRateLimiter::with_share(limits, percent),
            is_broken: AtomicBool::new(file.is_err()),
            locked: AtomicU32::new(0),
            id: RandomState::new().build_hasher().finish(),
            pending: Mutex::default(),
            clock: None,
            ahead: AtomicI64::new(0),
            file: file.map_err(|error| warn(&error)).ok(),
        }
    }

    /// Replaces the time of the machine.
    pub(crate) fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    fn now(&self) -> Duration {
        let now = self.clock.as_ref().map_or_else(system_time, |clock| clock.now());
        // The precision of the file.
        Duration::from_micros(micros(now).unsigned_abs())
    }

    /// Changes the state that processes share. Returns `None` if there is none, or it is locked.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        let file = self.file.as_ref().filter(|_| !self.is_broken())?;
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = file.change(|state: &mut State| {
            state.advance(&self.rules, self.now());
            for change in pending.drain(..) {
                state.change(&self.rules, self.id, &change);
            }
            change(state)
        });
        match changed {
            Ok(Some(changed)) => {
                self.locked.store(0, Ordering::Relaxed);
                return Some(changed);
            }
            Ok(None) if self.locked.fetch_add(1, Ordering::Relaxed) < MOST_LOCKED => {}
            Ok(None) => self.give_up(&std::io::Error::other("another process does not release it")),
            Err(error) => self.give_up(&error),
        }
        None
    }

    fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    fn give_up(&self, error: &std::io::Error) {
        if !self.is_broken.swap(true, Ordering::Relaxed) {
            warn(error);
        }
    }

    fn apply(&self, change: Change) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).push(change);
        self.change(|_| ());
    }

    /// A time of the client's clock, by that of the machine.
    fn of_machine(&self, time: Duration) -> Duration {
        let ahead = self.ahead.load(Ordering::Relaxed);
        let by = Duration::from_micros(ahead.unsigned_abs());
        if ahead < 0 { time.saturating_sub(by) } else { time.saturating_add(by) }
    }
}

impl RateLimiter for MachineRateLimiter {
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Option<Box<dyn Permit + 'a>>> {
        async move {
            let ahead = micros(self.now()).saturating_sub(micros(request.clock.now()));
            self.ahead.store(ahead, Ordering::Relaxed);
            if self.is_broken() {
                return self.own.acquire(request).await;
            }
            match self.turns.serve(&request, self).await {
                Some(sent) => Some(Box::new(Shared { limiter: self, sent: Some(sent), is_started: false }) as _),
                // Nothing was counted in the file.
                None if self.is_broken() => self.own.acquire(request).await,
                None => None,
            }
        }
        .boxed()
    }

    fn pause(&self, surface: Surface, kind: OperationKind, until: Duration, is_refused: bool) {
        self.own.pause(surface, kind, until, is_refused);
        self.apply(Change::Pause { line: Line::of(surface, kind), until: self.of_machine(until), is_refused });
    }

    fn reported(&self) -> BTreeMap<Surface, LimitProfile> {
        let reported = self.change(|state| state.windows().reported(&self.rules));
        reported.unwrap_or_else(|| self.own.reported())
    }
}

impl Counts for MachineRateLimiter {
    fn check(&self, request: &PermitRequest<'_>, limits: &[Limit]) -> Result<(), Duration> {
        let line = Line::of(request.surface, request.kind);
        let checked = self.change(|state| state.check(&self.rules, self.id, line, request.points, limits));
        checked.unwrap_or(Err(LOCKED))
    }

    fn take(&self, request: &PermitRequest<'_>, line: Line) -> Result<Sent, Duration> {
        self.change(|state| state.take(&self.rules, self.id, line, request.points)).unwrap_or(Err(LOCKED))
    }

    fn is_over(&self) -> bool {
        self.is_broken()
    }
}

/// A request that all processes count.
struct Shared<'a> {
    limiter: &'a MachineRateLimiter,
    /// None after its end.
    sent: Option<Sent>,
    is_started: bool,
}

impl Permit for Shared<'_> {
    fn start(&mut self) {
        self.is_started = true;
    }

    fn end(mut self: Box<Self>, headers: &RateLimitHeaders, is_refused: bool) {
        let Some(sent) = self.sent.take() else { return };
        let outcome = if is_refused { Outcome::Refused } else { Outcome::Accepted };
        let headers = RateLimitHeaders { reset: headers.reset.map(|reset| self.limiter.of_machine(reset)), ..*headers };
        self.limiter.apply(Change::Ended(sent, outcome, headers));
    }
}

impl Drop for Shared<'_> {
    fn drop(&mut self) {
        if let Some(sent) = self.sent.take() {
            let ended = || Change::Ended(sent, Outcome::Unknown, RateLimitHeaders::default());
            self.limiter.apply(if self.is_started { ended() } else { Change::Unsent(sent) });
        }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn warn(error: &std::io::Error) {
    tracing::warn!(
        "this process paces its requests on its own, since the file of all processes cannot be used: {error}"
    );
}

#[cfg(test)]
mod tests {
    use std::thread;

    use futures::executor::block_on;

    use super::*;
    use crate::runtime::OperationKind;

    /// A time that does not pass: only short waits end.
    #[derive(Debug)]
    struct Stopped;

    const PATIENCE: Duration = Duration::from_secs(1);

    impl Clock for Stopped {
        fn now(&self) -> Duration {
            Duration::from_secs(1_800_000_000)
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
            if duration >= PATIENCE {
                return Box::pin(futures::future::pending());
            }
            thread::yield_now();
            Box::pin(futures::future::ready(()))
        }

        fn chance(&self) -> f64 {
            0.5
        }
    }

    fn permits(limiter: &MachineRateLimiter, requests: u32) -> u32 {
        let is_permitted = |_: &u32| {
            let request = PermitRequest {
                surface: Surface::GraphQl,
                kind: OperationKind::Query,
                points: 1,
                patience: Stopped.now() + PATIENCE,
                clock: &Stopped,
                on_wait: Box::new(|_| {}),
            };
            let Some(mut permit) = block_on(limiter.acquire(request)) else { return false };
            permit.start();
            permit.end(&RateLimitHeaders::default(), false);
            true
        };
        u32::try_from((0..requests).filter(is_permitted).count()).unwrap_or(u32::MAX)
    }

    #[test]
    fn threads_share_the_limits_through_one_file_or_several_openings() {
        let temporary = tempfile::tempdir().expect("a folder");
        let folder = temporary.path().join("limits");
        let limits = Limits::documented().graphql_requests(100);
        let open = || MachineRateLimiter::open(&folder, "url", "key", &limits, 100).with_clock(Arc::new(Stopped));
        let limiters = [open(), open(), open()];
        let permitted: u32 = thread::scope(|scope| {
            // Two threads for each limiter.
            let threads: Vec<_> =
                limiters.iter().chain(&limiters).map(|limiter| scope.spawn(|| permits(limiter, 40))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert!(limiters.iter().all(|limiter| !limiter.is_broken()));
        assert_eq!(permitted, 100);
    }
}
