//! What processes do, and what they were promised meanwhile.

mod calls;
mod lists;
mod provision;
mod reads;
mod saturate;

pub(crate) use calls::calls;
pub(crate) use lists::lists;
pub(crate) use provision::{Memory, provision};
pub(crate) use saturate::saturate;
