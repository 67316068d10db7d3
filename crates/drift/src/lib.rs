//! Reads a GraphQL schema from an endpoint or a file, prints it in a canonical form (the same schema always gives the
//! same bytes), pins it, and checks operations against it.
//!
//! ```
//! let schema = graphql_drift::sdl::load("type Query { b: Int, a: String }")?;
//! assert_eq!(graphql_drift::sdl::print(&schema), "type Query {\n  a: String\n  b: Int\n}\n");
//! # Ok::<(), graphql_drift::LoadError>(())
//! ```
//!
//! *Invariant*: this crate knows no particular API and opens no connection. The caller passes the function
//! that sends requests to [`introspection::introspect`].

mod accept;
mod capabilities;
mod change;
pub mod changelog;
mod coerce;
mod compare;
mod coordinate;
pub mod cost;
pub mod coverage;
mod diff;
mod effect;
mod error;
mod expensive;
mod finding;
mod format;
pub mod history;
mod impact;
pub mod introspection;
mod kind;
mod level;
mod levels;
mod operations;
mod options;
pub mod pin;
mod policy;
mod printable;
mod problems;
mod read;
mod renames;
pub mod repair;
pub mod report;
mod rules;
mod schema;
pub mod sdl;
mod selector;
mod suggest;
mod timeline;
pub mod validate;
mod version;
mod warning;

pub use accept::{Accepted, Entry};
pub use capabilities::Capability;
pub use change::{Change, Side};
pub use compare::compare;
pub use coordinate::Coordinate;
pub use coverage::{Coverage, coverage};
pub use effect::{Impact, Status};
pub use error::LoadError;
pub use format::{Format, FormatError};
pub use history::{History, HistoryBuilder};
pub use kind::Kind;
pub use level::{Break, Level, Levels};
pub use operations::Operations;
pub use options::{FailOn, FormatOptions};
pub use policy::{Policy, Treatment};
pub use printable::printable;
pub use problems::Validation;
pub use read::read;
pub use renames::Rename;
pub use report::{CapabilityChange, Note, OperationCounts, Report, Summary};
pub use schema::{
    Applied, Deprecation, DirectiveDefinition, EnumValue, Field, InputValue, Position, Repeats, Schema, TypeDefinition,
    TypeKind, TypeRef,
};
pub use selector::Selector;
pub use suggest::closest;
pub use timeline::{Life, Moment, Notice, Timeline};
pub use version::{Version, decode};
pub use warning::Warning;

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
