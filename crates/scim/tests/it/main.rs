//! The gateway over a socket, in front of a sandbox.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod dialects;
mod faults;
mod reads;
mod site;
mod writes;
