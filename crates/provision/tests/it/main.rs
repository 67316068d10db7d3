//! The engine against tenants that run in the test.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod guards;
mod identity;
mod lag;
mod pages;
mod place;
mod rosters;
#[path = "../../../../tests/it/seam.rs"]
mod seam;
mod speed;
mod strangers;
mod time;
