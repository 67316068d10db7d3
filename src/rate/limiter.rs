//! What a client asks of a rate limiter, which other clients may use as well.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;

use super::headers::RateLimitHeaders;
use super::window::POLL;
use crate::clock::Clock;
use crate::profile::LimitProfile;
use crate::runtime::{OperationKind, Surface};

/// Permits the requests of one or more clients, so that they stay within the limits of one key.
///
/// [`SharedRateLimiter`](crate::SharedRateLimiter) does this for the clients of a process. Processes share a limit through
/// an implementation that keeps its counts where all of them reach it.
///
/// ```
/// use futures::future::BoxFuture;
/// use std::time::Duration;
/// use thought_industries::{OperationKind, Permit, PermitRequest, RateLimiter, RateLimitHeaders, Surface};
///
/// /// Limits nothing.
/// #[derive(Debug)]
/// struct Unlimited;
///
/// impl RateLimiter for Unlimited {
///     fn acquire<'a>(&'a self, _: PermitRequest<'a>) -> BoxFuture<'a, Option<Box<dyn Permit + 'a>>> {
///         Box::pin(async { Some(Box::new(Free) as Box<dyn Permit>) })
///     }
///
///     fn pause(&self, _: Surface, _: OperationKind, _: Duration, _: bool) {}
/// }
///
/// struct Free;
///
/// impl Permit for Free {
///     fn start(&mut self) {}
///     fn end(self: Box<Self>, _: &RateLimitHeaders, _: bool) {}
/// }
///
/// let builder = thought_industries::Client::builder().with_rate_limiter(std::sync::Arc::new(Unlimited));
/// # _ = builder;
/// ```
pub trait RateLimiter: Send + Sync + fmt::Debug {
    /// Waits until a request may be sent, and returns the permit for it. Returns `None` at once if that would be later
    /// than [`patience`](PermitRequest::patience); the call then fails as
    /// [rate limited](crate::Error::is_rate_limited). The future may be dropped at any time.
    fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Option<Box<dyn Permit + 'a>>>;

    /// Permits no request of this kind until a time since the Unix epoch, because the tenant asked for a pause.
    /// `is_refused` is true for HTTP 429, and false for a failure with a `Retry-After`.
    fn pause(&self, surface: Surface, kind: OperationKind, until: Duration, is_refused: bool);

    /// The limits that the tenant reported, for [`Client::profile`](crate::Client::profile). None by default.
    fn reported(&self) -> BTreeMap<Surface, LimitProfile> {
        BTreeMap::new()
    }
}

/// The right to send one request. If it is dropped before [`start`](Self::start), the request was not sent, and counts
/// against no limit. If it is dropped after `start`, the caller gave up, and the tenant may have counted the request.
pub trait Permit: Send {
    /// The request is sent now.
    fn start(&mut self);

    /// The request ended, with these headers of its response; they are empty without a response. `is_refused` is true if
    /// the tenant refused the request because of its limit (HTTP 429).
    fn end(self: Box<Self>, headers: &RateLimitHeaders, is_refused: bool);
}

/// A request that a client wants to send.
#[non_exhaustive]
pub struct PermitRequest<'a> {
    /// The surface: each has limits of its own.
    pub surface: Surface,
    /// Whether it reads or writes.
    pub kind: OperationKind,
    /// The cost of a GraphQL query in points; 0 over REST.
    pub points: u32,
    /// The latest time to send it, since the Unix epoch.
    pub patience: Duration,
    /// The client's time.
    pub clock: &'a dyn Clock,
    pub(crate) on_wait: Box<dyn Fn(Duration) + Send + Sync + 'a>,
}

impl PermitRequest<'_> {
    /// Reports a wait that begins now, as an event of the client.
    pub fn report_wait(&self, duration: Duration) {
        (self.on_wait)(duration);
    }

    /// Waits, or returns `None` if the request does not permit to wait that long.
    pub(super) async fn wait(&self, duration: Duration) -> Option<()> {
        if self.clock.now().saturating_add(duration) > self.patience {
            return None;
        }
        // A look at what others do is not worth an event.
        if duration > POLL {
            self.report_wait(duration);
        }
        self.clock.sleep(duration).await;
        Some(())
    }
}

impl fmt::Debug for PermitRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermitRequest")
            .field("surface", &self.surface)
            .field("kind", &self.kind)
            .field("points", &self.points)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}
