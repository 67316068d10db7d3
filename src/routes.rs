//! The route table, generated from `queries/routes.toml` and `schema/capabilities.toml`.

include!(concat!(env!("OUT_DIR"), "/routes.rs"));
