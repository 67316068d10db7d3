//! Reads a GraphQL schema from an endpoint or a file, writes it so that two readings of one schema are the same
//! bytes, pins it, and checks operations against it.
//!
//! ```
//! let schema = graphql_drift::sdl::load("type Query { b: Int, a: String }")?;
//! assert_eq!(graphql_drift::sdl::print(&schema), "type Query {\n  a: String\n  b: Int\n}\n");
//! # Ok::<(), graphql_drift::LoadError>(())
//! ```
//!
//! *Invariant*: this crate knows no particular API and opens no connection. Whoever introspects hands in the
//! function that sends ([`introspection::introspect`]).

mod coordinates;
mod error;
pub mod introspection;
pub mod pin;
mod read;
mod schema;
pub mod sdl;
mod suggest;
pub mod validate;

pub use error::LoadError;
pub use read::read;
pub use schema::{
    Deprecation, DirectiveDefinition, EnumValue, Field, InputValue, Schema, TypeDefinition, TypeKind, TypeRef,
};
pub use suggest::closest;
