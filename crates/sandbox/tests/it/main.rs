//! The sandbox as its callers see it.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod deliveries;
mod limits;
mod seeds;
mod tenant;
mod unknowns;
mod writes;
