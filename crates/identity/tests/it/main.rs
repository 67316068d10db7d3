//! The identity graph, from files and from companies whose truth is known.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod graph;
mod sources;
mod world;
