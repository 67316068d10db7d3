//! Integration tests, in one binary: what is generated, what is sent, what comes back.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod ahead;
mod answers;
mod calls;
mod catalog;
mod dialects;
mod errors;
mod events;
mod faults;
mod first_contact;
mod found;
mod generated;
mod generator;
mod imitation;
mod layout;
mod mock;
mod network;
mod operations;
mod pacing;
mod reads;
mod reduced;
mod requests;
mod retries;
mod script;
mod seam;
mod secrets;
mod sharing;
mod soak;
mod tls;
mod writes;
mod written;
