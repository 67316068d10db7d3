//! Generates typed operations for the Thought Industries (TI) client from a schema and query documents.
//!
//! In the `build.rs` of any crate, with this crate below `[build-dependencies]`:
//!
//! ```no_run
//! thought_industries_codegen::Builder::new().schema("schema/tenant.graphql").queries("queries").compile();
//! ```
//!
//! In its `src/lib.rs`:
//!
//! ```ignore
//! thought_industries::include_operations!(); // the modules `model` and `operations`
//!
//! let variables = operations::user_by_id::Variables::new("d5a1fd66");
//! let response = client.run(variables).await?; // typed, paced, retried, traced
//! ```
//!
//! # What is generated
//! The module `model` has one struct for each GraphQL type that a selection reaches, with the union of the selected
//! fields; enums and unions keep values that the schema does not have; one struct for each input object. The module
//! `operations` has one module for each operation, with its `Variables` and its `ResponseData`.
//!
//! Names are those of the schema in Rust's spelling: `activeLicense` becomes `active_license`, `APIUsers` stays as a
//! type name, and an enum value `inPersonEvent` becomes the variant `InPersonEvent`. They depend only on the schema, so
//! adding a query never renames anything.
//!
//! # Types of its own
//! An operation with the comment `# @generate(types: narrow)` directly before it gets types of its own: exactly its
//! selection, so that null differs from not selected and `String!` is a `String`. Use it where rows are many. With
//! `# @generate(types: narrow, text: page)`, all texts of a response share one allocation.
//!
//! # What is refused
//! Everything that a server would refuse, and everything that would cost more than a query may, with file, line, column
//! and what to do about it. A malformed input is an error, never a panic.
//!
//! *Invariant*: this crate opens no connection, and the same input gives the same bytes.

mod builder;
mod cost;
mod documents;
mod fields;
mod fit;
mod generate;
mod model;
mod names;
mod operations;
mod problem;
mod resolve;
mod route_table;
mod routes;
mod rust;
mod schema;
mod selection;
mod settings;
mod source;
mod text;
mod types;
mod validate;

pub use builder::Builder;
pub use fields::{FieldSet, Fields, update_document};
pub use fit::{Fit, OperationCost, costs, fit};
pub use generate::Generated;
pub use problem::Problem;
pub use routes::{DialectRoutes, Endpoint, Key, OperationRoutes, RestRoute, Routes, WireFact};
pub use settings::Costs;
pub use source::Source;
pub use thought_industries_spec::{Dialect, Evidence, KeyPlacement, OperationKind, Replay, Surface};

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
