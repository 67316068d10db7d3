//! From what a directory sends to what the gateway keeps: names in their spelling, values of their type, and nothing unknown.

use serde_json::{Map, Value, json};

use crate::error::{ScimError, ScimType};
use crate::schema::{Attribute, ENTERPRISE_SCHEMA, Place, ResourceKind, ValueKind, split_urn};

pub(crate) fn invalid(detail: impl Into<String>) -> ScimError {
    ScimError::bad_request(ScimType::InvalidValue, detail)
}

/// The attributes of a resource that a directory sends, as a whole. Null is an absent attribute, unknown attributes and those
/// that only the gateway writes are left out.
///
/// # Errors
/// If a value has the wrong type, or a required part is missing: 400 `invalidValue`.
pub(crate) fn resource(body: &Map<String, Value>, kind: ResourceKind) -> Result<Map<String, Value>, ScimError> {
    let mut resource = Map::new();
    for (name, value) in body {
        let (urn, rest) = split_urn(name);
        if rest.is_empty() && urn.is_some_and(|urn| urn.eq_ignore_ascii_case(ENTERPRISE_SCHEMA)) {
            for (name, value) in value.as_object().into_iter().flatten() {
                insert(&mut resource, kind.find(Some(ENTERPRISE_SCHEMA), name), value)?;
            }
        } else {
            insert(&mut resource, kind.find(urn, rest), value)?;
        }
    }
    Ok(resource)
}

fn insert(resource: &mut Map<String, Value>, place: Option<Place>, value: &Value) -> Result<(), ScimError> {
    let Some(place) = place.filter(|place| place.attribute.is_writable()) else { return Ok(()) };
    if let (Some(value), Some(own)) = (cleaned(place.attribute, value)?, container(resource, place)) {
        own.insert(place.attribute.name.to_owned(), value);
    }
    Ok(())
}

/// The object that has an attribute: the resource, or its extension.
pub(crate) fn container(resource: &mut Map<String, Value>, place: Place) -> Option<&mut Map<String, Value>> {
    if !place.is_extension {
        return Some(resource);
    }
    resource.entry(ENTERPRISE_SCHEMA).or_insert_with(|| json!({})).as_object_mut()
}

/// A value of an attribute; `None` if it is no value.
///
/// # Errors
/// If it has the wrong type.
pub(crate) fn cleaned(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    if !attribute.is_multi {
        return single(attribute, value);
    }
    let entries = match value {
        Value::Null => return Ok(None),
        Value::Array(entries) => entries.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut cleaned = Vec::new();
    for entry in entries {
        if let Some(entry) = single(attribute, entry)? {
            // A value that is sent twice is one value.
            if !cleaned.contains(&entry) {
                cleaned.push(entry);
            }
        }
    }
    if cleaned.iter().filter(|entry| is_primary(entry)).count() > 1 {
        return Err(invalid(format!("`{}` has several primary values; send one at most", attribute.name)));
    }
    Ok(Some(Value::Array(cleaned)))
}

pub(crate) fn is_primary(entry: &Value) -> bool {
    entry.get("primary") == Some(&Value::Bool(true))
}

/// One value of an attribute.
fn single(attribute: &Attribute, value: &Value) -> Result<Option<Value>, ScimError> {
    let wrong = |expected: &str| Err(invalid(format!("`{}` has to be {expected}", attribute.name)));
    Ok(Some(match (attribute.kind, value) {
        (_, Value::Null) => return Ok(None),
        (ValueKind::Boolean, Value::Bool(_))
        | (ValueKind::Text | ValueKind::Reference | ValueKind::DateTime, Value::String(_)) => value.clone(),
        // Entra sends texts, in the spelling of its own language.
        (ValueKind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => json!(true),
        (ValueKind::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => json!(false),
        (ValueKind::Boolean, _) => return wrong("true or false"),
        (ValueKind::Complex, Value::Object(fields)) => return parts(attribute, fields),
        // Entra sends the manager, and other directories members, as a bare id.
        (ValueKind::Complex, Value::String(_)) if attribute.sub_attribute("value").is_some() => {
            return parts(attribute, &Map::from_iter([("value".to_owned(), value.clone())]));
        }
        (ValueKind::Complex, _) => return wrong("an object"),
        (ValueKind::Text | ValueKind::Reference | ValueKind::DateTime, _) => return wrong("a text"),
    }))
}

/// The parts of a complex value.
fn parts(attribute: &Attribute, fields: &Map<String, Value>) -> Result<Option<Value>, ScimError> {
    let mut parts = Map::new();
    let mut is_cleared = false;
    for (name, value) in fields {
        let Some(sub) = attribute.sub_attribute(name).filter(|sub| sub.is_writable()) else { continue };
        let value = cleaned(sub, value)?;
        if sub.is_required && value.as_ref().is_none_or(|value| value == "") {
            is_cleared = true;
        } else if let Some(value) = value {
            parts.insert(sub.name.to_owned(), value);
        }
    }
    // A telephone number without a number is none. An entry that never names its value is a mistake of the directory.
    if is_cleared || parts.is_empty() {
        return Ok(None);
    }
    if let Some(missing) = attribute.sub.iter().find(|sub| sub.is_required && !parts.contains_key(sub.name)) {
        return Err(invalid(format!("an entry of `{}` has no `{}`", attribute.name, missing.name)));
    }
    Ok(Some(Value::Object(parts)))
}

/// The first required attribute that a resource lacks.
pub(crate) fn missing(resource: &Map<String, Value>, kind: ResourceKind) -> Option<&'static str> {
    let is_there = |attribute: &Attribute| match resource.get(attribute.name) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(entries)) => !entries.is_empty(),
        Some(_) => true,
        None => false,
    };
    kind.attributes().iter().find(|attribute| attribute.is_required && !is_there(attribute)).map(|found| found.name)
}

/// What a PUT makes of a resource: attributes that are sent replace those that were there, and absent ones stay. An empty
/// list clears an attribute that is not required.
pub(crate) fn merged(
    current: &Map<String, Value>,
    body: &Map<String, Value>,
    kind: ResourceKind,
) -> Result<Map<String, Value>, ScimError> {
    let mut merged = current.clone();
    for (name, value) in resource(body, kind)? {
        let is_required = kind.attributes().iter().any(|attribute| attribute.name == name && attribute.is_required);
        match value {
            Value::Object(fields) if name == ENTERPRISE_SCHEMA => {
                let extension = merged.entry(name).or_insert_with(|| json!({}));
                if let Value::Object(extension) = extension {
                    merge_fields(extension, fields);
                }
            }
            Value::Object(fields) => {
                let own = merged.entry(name).or_insert_with(|| json!({}));
                if let Value::Object(own) = own {
                    merge_fields(own, fields);
                }
            }
            Value::Array(entries) if entries.is_empty() && is_required => {}
            Value::Array(entries) if entries.is_empty() => _ = merged.remove(&name),
            value => _ = merged.insert(name, value),
        }
    }
    Ok(merged)
}

fn merge_fields(own: &mut Map<String, Value>, fields: Map<String, Value>) {
    for (name, value) in fields {
        match (own.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => merge_fields(inner, value),
            (_, value) => _ = own.insert(name, value),
        }
    }
}

#[cfg(test)]
mod tests;
