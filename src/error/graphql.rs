//! The errors of GraphQL responses.

use serde::Deserialize;

/// An error of a GraphQL response.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct GraphQlError {
    /// The tenant's message.
    #[serde(default, deserialize_with = "null_is_default")]
    pub message: String,
    /// The position in the response where the error occurred.
    #[serde(default, deserialize_with = "null_is_default")]
    pub path: Vec<GraphQlPathSegment>,
    /// `extensions.code`, such as `GRAPHQL_VALIDATION_FAILED`.
    #[serde(default, rename = "extensions", deserialize_with = "code")]
    pub code: Option<String>,
}

impl GraphQlError {
    /// An error with only a message.
    pub(crate) fn from_message(message: String) -> Self {
        Self { message, path: Vec::new(), code: None }
    }
}

/// A segment of a path into a response.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum GraphQlPathSegment {
    /// Into a list.
    Index(u64),
    /// Into an object.
    Field(String),
}

fn null_is_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let extensions = Option::<serde_json::Value>::deserialize(deserializer)?;
    Ok(extensions.as_ref().and_then(|value| value.get("code")?.as_str().map(str::to_owned)))
}
