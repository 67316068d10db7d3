//! What `build.rs` generates from `schema/` and `queries/`.

crate::include_operations!();
