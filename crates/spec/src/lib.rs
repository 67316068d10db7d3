//! The vocabulary that the Thought Industries client, its generator and its sandbox share: surfaces, dialects, kinds of
//! operations, grades of evidence, and query documents as text.
//!
//! *Invariant*: this crate knows no schema, no tenant and no network. It holds names and pure functions only, so that the
//! sandbox can share the names without sharing an assumption about a tenant.

mod dialect;
mod document;
mod evidence;
mod kind;
mod selection;
mod surface;
mod types;

pub use dialect::Dialect;
pub use document::{Document, Field, Fragment, Inline, Operation, Selected, Spread, Variable};
pub use evidence::Evidence;
pub use kind::{OperationKind, Replay};
pub use selection::{Leaf, SelectedField, Selection, Shape};
pub use surface::{KeyPlacement, Surface};
pub use types::{FieldType, TypeFields, Types};

/// The error for a text that is none of the names of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidName(String);

impl std::fmt::Display for InvalidName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidName {}

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
