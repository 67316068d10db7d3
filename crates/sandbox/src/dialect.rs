//! Where each dialect has GraphQL.

use thought_industries_spec::Dialect;

/// The path of a dialect's GraphQL endpoint.
pub fn graphql_path(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Documented => "/incoming/api/graphql",
        Dialect::Observed => "/helium",
    }
}

/// Whether a path is that of GraphQL in either dialect.
pub(crate) fn is_graphql_path(path: &str) -> bool {
    Dialect::ALL.into_iter().any(|dialect| graphql_path(dialect) == path)
}
