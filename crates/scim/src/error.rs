//! What a directory is answered when a request is not carried out.

use serde_json::{Value, json};

/// The schema of error messages (RFC 7644, section 3.12).
pub const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Why a request of a directory was not carried out, as SCIM reports it.
///
/// ```
/// use thought_industries_scim::{ScimError, ScimType};
///
/// let error = ScimError::bad_request(ScimType::InvalidFilter, "the filter ends after `eq`");
/// assert_eq!(error.to_json()["status"], "400");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScimError {
    /// The HTTP status.
    pub status: u16,
    /// The kind of a bad request or a conflict.
    pub scim_type: Option<ScimType>,
    /// What happened and what to do next. May hold values of the request.
    pub detail: String,
    /// After how many seconds the request may succeed.
    pub retry_after: Option<u64>,
}

/// The kinds of errors of RFC 7644, table 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScimType {
    /// The filter cannot be parsed, or compares what cannot be compared.
    InvalidFilter,
    /// Another resource has the value.
    Uniqueness,
    /// The attribute cannot be written.
    Mutability,
    /// The body is not what the request needs.
    InvalidSyntax,
    /// The path of a PATCH operation cannot be parsed, or names no attribute.
    InvalidPath,
    /// The path of a PATCH operation matches nothing.
    NoTarget,
    /// A value is missing or of the wrong type.
    InvalidValue,
    /// The cursor of a page is not one of this server (RFC 9865).
    InvalidCursor,
}

impl ScimType {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidCursor => "invalidCursor",
        }
    }
}

impl ScimError {
    /// An error with a status.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into(), retry_after: None }
    }

    /// 400, with the kind.
    pub fn bad_request(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { scim_type: Some(scim_type), ..Self::new(400, detail) }
    }

    /// 404: the resource does not exist, or the connection may not see it.
    pub fn not_found(kind: &str, id: &str) -> Self {
        Self::new(404, format!("{kind} `{id}` not found"))
    }

    /// 409: another resource has the value.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self { scim_type: Some(ScimType::Uniqueness), ..Self::new(409, detail) }
    }

    /// 503: nothing is wrong with the request, and it may be repeated.
    pub fn unavailable(detail: impl Into<String>, retry_after: u64) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(503, detail) }
    }

    /// 500: the gateway failed. The cause is in its log.
    pub fn internal() -> Self {
        Self::new(500, "the gateway failed; its log has the cause")
    }

    /// The message. `status` is a string (RFC 7644, section 3.12).
    pub fn to_json(&self) -> Value {
        let mut message =
            json!({ "schemas": [ERROR_SCHEMA], "status": self.status.to_string(), "detail": self.detail });
        if let (Some(scim_type), Some(message)) = (self.scim_type, message.as_object_mut()) {
            message.insert("scimType".to_owned(), json!(scim_type.name()));
        }
        message
    }
}

impl std::fmt::Display for ScimError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for ScimError {}
