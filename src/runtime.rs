//! Support for generated code. Not public API: names may change with any release.

mod field;
mod input;
mod open;
pub mod scalar;
mod selection;
mod shape;
mod spec;

pub use field::{FieldKind, FieldSpec, ReadBack};
pub use input::Input;
pub use open::{OpenEnum, OpenUnion, member, open_enum_traits, open_union_traits, tagged, union_from, union_to};
pub(crate) use selection::Picked;
pub use selection::{Selected, Selection};
pub use shape::{Leaf, Shape};
pub use spec::{
    EndpointSpec, Evidence, GeneratedOperation, KeyPlacement, OperationKind, OperationSpec, Replay, RestRoute, Surface,
};
