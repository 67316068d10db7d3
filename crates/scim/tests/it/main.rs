//! The gateway in front of a sandbox: over a socket, and in virtual time.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod cycle;
mod dialects;
mod faults;
mod operations;
mod reads;
#[path = "../../../../tests/it/seam.rs"]
mod seam;
mod site;
mod world;
mod writes;
