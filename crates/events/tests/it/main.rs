//! The receiver and the hand-over over sockets, with senders and receivers that are written down here.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod fill;
mod forward;
mod receiver;
mod whole;
