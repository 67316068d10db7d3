//! The commands of the detector as they are run.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod action;
mod commands;
mod endpoints;
