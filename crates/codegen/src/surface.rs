//! The ways to reach a tenant.

use serde::{Deserialize, Serialize};

/// A way to reach a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    /// The GraphQL endpoint.
    GraphQl,
    /// REST below `/incoming/v2`.
    V2,
    /// REST below `/incoming/api/v1`.
    V1,
}
