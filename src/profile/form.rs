//! The form of a response, without its data.

use serde::{Deserialize, Serialize};

/// The form of a response: enough to recognize another one of the same kind, and no data of any user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ResponseForm {
    /// The HTTP status.
    pub status: u16,
    /// What the body is: `empty`, `page`, `text`, `null`, `list`, or the keys of an object.
    pub body: String,
    /// The tenant's message in lower case, without the key that was asked for and without digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
