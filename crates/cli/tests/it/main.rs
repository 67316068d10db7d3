//! `ti` as a process, against tenants that run in the test.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod approval;
mod connect;
mod export;
mod guards;
mod lifecycle;
mod listen;
mod place;
mod reconcile;
mod rosters;
mod scim;
mod sync;
mod ti;
