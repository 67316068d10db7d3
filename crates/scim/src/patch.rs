//! PATCH, in every form that directories send.

mod apply;
mod target;

use serde_json::{Map, Value};

use crate::error::{ScimError, ScimType};
use crate::schema::ResourceKind;

/// How many operations one request may have.
const MOST_OPERATIONS: usize = 10_000;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OperationKind {
    Add,
    Remove,
    Replace,
}

fn syntax(detail: impl Into<String>) -> ScimError {
    ScimError::bad_request(ScimType::InvalidSyntax, detail)
}

/// What a PATCH makes of a resource: all of its operations, or none.
///
/// # Errors
/// If the body is no PATCH, or an operation cannot be carried out.
pub(crate) fn patched(
    current: &Map<String, Value>,
    body: &Map<String, Value>,
    kind: ResourceKind,
) -> Result<Map<String, Value>, ScimError> {
    let operations = match member(body, "operations") {
        Some(Value::Array(operations)) => operations.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => return Err(syntax("the body has no list `Operations`")),
    };
    if operations.len() > MOST_OPERATIONS {
        return Err(ScimError::new(413, format!("send {MOST_OPERATIONS} operations at most")));
    }
    let mut patched = current.clone();
    for operation in operations {
        let fields = operation.as_object().ok_or_else(|| syntax("an operation is not an object"))?;
        let name = member(fields, "op").and_then(Value::as_str).unwrap_or_default();
        let operation = match name.to_ascii_lowercase().as_str() {
            "add" => OperationKind::Add,
            "remove" => OperationKind::Remove,
            "replace" => OperationKind::Replace,
            _ => return Err(syntax(format!("`{name}` is not an operation; send add, remove or replace"))),
        };
        let path = match member(fields, "path") {
            Some(Value::String(path)) => Some(path.trim()).filter(|path| !path.is_empty()),
            None | Some(Value::Null) => None,
            Some(_) => return Err(ScimError::bad_request(ScimType::InvalidPath, "the path is not a text")),
        };
        apply::operation(&mut patched, operation, path, member(fields, "value"), kind)?;
    }
    if let Some(name) = crate::values::missing(&patched, kind) {
        return Err(crate::values::invalid(format!("`{name}` is required and cannot be removed")));
    }
    Ok(patched)
}

/// A member of a message, whatever the case of its name.
pub(crate) fn member<'m>(message: &'m Map<String, Value>, name: &str) -> Option<&'m Value> {
    message.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests;
