//! The pinned schema for cynic: derive with `#[cynic(schema_module = "thought_industries::schema")]`.

/// The pinned schema's types and fields, to derive cynic operations against.
#[allow(missing_docs, clippy::pedantic, reason = "written by cynic")]
#[cynic::schema("thought_industries")]
pub mod schema {}
