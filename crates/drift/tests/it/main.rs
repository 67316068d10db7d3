//! Tests of graphql-drift, in one binary.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

mod accept;
mod changelog;
mod changes;
mod drawn;
mod history;
mod hostile;
mod impacts;
mod introspect;
mod junit;
mod levels;
mod mutations;
mod operations;
mod pages;
mod peers;
mod policy;
mod properties;
mod repair;
mod reports;
mod schemas;
mod timeline;
