//! Tests of graphql-drift, in one binary.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod accept;
mod changes;
mod drawn;
mod history;
mod hostile;
mod impacts;
mod introspect;
mod levels;
mod mutations;
mod operations;
mod peers;
mod properties;
mod reports;
mod schemas;
