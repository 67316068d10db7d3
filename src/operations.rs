//! The operations, generated from `queries/`: each is a `graphql_client` query with its variables.

include!(concat!(env!("OUT_DIR"), "/operations.rs"));
