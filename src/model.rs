//! The API's types, generated from the pinned schema: one struct for each object type that a query of this crate
//! reaches.
//!
//! A field is `None` if it is null *or was not selected*; only an `id` that can never be null is no `Option`. An
//! answer says which of the selected fields its route cannot give: [`Answer::gaps`](crate::Answer::gaps). Structs
//! and enums may grow; enums keep values that the schema does not have as `Unknown`.

include!(concat!(env!("OUT_DIR"), "/model.rs"));
