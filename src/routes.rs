//! The route table, generated from `queries/routes.toml` and `schema/capabilities.toml`.

pub(crate) use crate::generated::routes::*;
