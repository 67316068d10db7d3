//! Enforces the tenant's rate limits: counted as the tenant counts.
//!
//! *Invariant*: nothing here knows what is sent, or how.

mod headers;
mod limiter;
mod limits;
mod log;
mod machine;
mod micros;
mod quota;
mod shared;
mod turns;
mod window;
mod windows;

pub use headers::RateLimitHeaders;
pub use limiter::{Permit, PermitRequest, RateLimiter};
pub use limits::Limits;
pub use machine::MachineRateLimiter;
pub use shared::SharedRateLimiter;
