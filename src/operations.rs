//! The operations, generated from `queries/`: each is a `graphql_client` query with its variables.

pub use crate::generated::operations::*;
