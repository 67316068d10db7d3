//! `ti` as a process, against tenants that run in the test.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod approval;
mod connect;
mod export;
mod guards;
mod lifecycle;
mod place;
mod rosters;
mod sync;
mod ti;
