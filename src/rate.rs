//! Enforces the tenant's rate limits: one queue for each.
//!
//! *Invariant*: nothing here knows what is sent, or how.

mod headers;
mod limiter;
mod limits;
mod queue;
mod shared;
mod window;

pub use headers::RateLimitHeaders;
pub use limiter::{Permit, PermitRequest, RateLimiter};
pub use limits::Limits;
pub use shared::SharedRateLimiter;
