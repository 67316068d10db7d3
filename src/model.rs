//! The API's types, generated from the pinned schema: one struct for each object type that this crate's queries reach.
//!
//! A field is `None` if it is null *or was not selected*; only an `id` that can never be null is not an `Option`. A
//! response reports which selected fields its route does not provide: [`Response::gaps`](crate::Response::gaps).
//! Structs and enums may grow; enums keep values that the schema does not have as `Unknown`.

pub use crate::generated::model::*;
