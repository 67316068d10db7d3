//! Exports, as they run, are interrupted, and are compared.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod changing;
mod compared;
mod files;
mod interrupted;
#[allow(dead_code, reason = "the tests of the library read more of a request")]
#[path = "../../../../tests/it/seam.rs"]
mod seam;
mod support;
