//! What generated code is made of: the traits of operations, their specifications, scalars, and inputs with three states.
//!
//! Code that `thought-industries-codegen` generates is compiled against this module, in this crate and in every crate that
//! generates operations for its own schema. The module has a [`VERSION`] of its own: a generator and a client that do not
//! fit fail to compile with a message that says so. [`Client::run`](crate::Client::run) takes everything that it knows of
//! an operation from here.

mod field;
mod filter;
mod input;
mod open;
mod operation;
pub mod scalar;
mod seen;
mod selection;
mod shape;
mod spec;
mod text;

pub use graphql_client;
pub use serde;
pub use thought_industries_spec::{
    Dialect, Document, Evidence, InvalidName, KeyPlacement, OperationKind, Replay, Selection, Surface, Types,
};

pub use field::{FieldKind, FieldSpec, ReadBack};
pub(crate) use filter::{Filtered, filter, filter_wrapped};
pub use input::Input;
pub use open::{
    OpenEnum, OpenUnion, enum_from, member, open_enum_traits, open_union_traits, tagged, union_from, union_to,
};
pub(crate) use operation::Reduction;
pub use operation::{GeneratedOperation, OperationVariables, ParsedOperation, SingleRoot};
pub(crate) use selection::{Picked, pick};
pub use spec::{EndpointSpec, OperationSpec, RestRoute};
pub(crate) use text::in_page;

/// The version of this module. It changes with what generated code needs of it.
pub const VERSION: u32 = 2;

/// Ends the compilation of generated code that needs another version of this module.
///
/// # Panics
/// At compile time, if the versions differ.
pub const fn assert_version(needed: u32) {
    assert!(
        needed == VERSION,
        "the generated operations do not fit this version of `thought-industries`: use the same version of \
         `thought-industries` and `thought-industries-codegen`"
    );
}

/// Includes the operations that the crate's `build.rs` has generated with `thought-industries-codegen`: the modules
/// `model`, `operations` and `routes`.
///
/// ```ignore
/// thought_industries::include_operations!();
///
/// let response = client.run(operations::catalog::Variables::new("rust")).await?;
/// ```
#[macro_export]
macro_rules! include_operations {
    () => {
        include!(concat!(env!("OUT_DIR"), "/operations.rs"));
    };
}
