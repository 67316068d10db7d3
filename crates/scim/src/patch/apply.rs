//! Carrying out one operation of a PATCH.

use serde_json::{Map, Value, json};

use super::target::Target;
use super::{OperationKind, member, syntax};
use crate::error::{ScimError, ScimType};
use crate::filter::{Filter, Literal, Operator, matches_value};
use crate::schema::{Attribute, ENTERPRISE_SCHEMA, Place, ResourceKind, split_urn};
use crate::values::{cleaned, container, invalid, is_primary};

fn no_target(detail: impl Into<String>) -> ScimError {
    ScimError::bad_request(ScimType::NoTarget, detail)
}

pub(super) fn operation(
    resource: &mut Map<String, Value>,
    operation: OperationKind,
    path: Option<&str>,
    value: Option<&Value>,
    kind: ResourceKind,
) -> Result<(), ScimError> {
    let Some(path) = path else {
        if operation == OperationKind::Remove {
            return Err(no_target("`remove` needs a path"));
        }
        let Some(fields) = value.and_then(Value::as_object) else {
            return Err(syntax("an operation without a path needs an object as its value"));
        };
        return fields.iter().try_for_each(|(name, value)| keyed(resource, operation, name, value, kind));
    };
    match (Target::of(path, kind)?, operation) {
        (Target::Ignored, _) => Ok(()),
        (Target::Extension, OperationKind::Remove) => {
            resource.remove(ENTERPRISE_SCHEMA);
            Ok(())
        }
        (Target::Extension, _) => {
            let fields = value.and_then(Value::as_object).ok_or_else(|| invalid("the extension is an object"))?;
            of_extension(resource, operation, fields, kind)
        }
        (Target::Attribute { place, filter, sub }, OperationKind::Remove) => {
            remove(resource, place, filter.as_ref(), sub, value);
            Ok(())
        }
        (Target::Attribute { place, filter, sub }, _) => {
            // Clearing with null is a removal (RFC 7643, section 2.5).
            match value.filter(|value| !value.is_null()) {
                Some(value) => write(resource, operation, place, filter.as_ref(), sub, value),
                None if operation == OperationKind::Add => Ok(()),
                None => {
                    remove(resource, place, filter.as_ref(), sub, None);
                    Ok(())
                }
            }
        }
    }
}

/// A member of the value of an operation without a path: its name is a path of its own.
fn keyed(
    resource: &mut Map<String, Value>,
    operation: OperationKind,
    name: &str,
    value: &Value,
    kind: ResourceKind,
) -> Result<(), ScimError> {
    let (urn, rest) = split_urn(name);
    if let (Some(urn), true, Value::Object(fields)) = (urn, rest.is_empty(), value) {
        if urn.eq_ignore_ascii_case(kind.schema()) {
            return fields.iter().try_for_each(|(name, value)| keyed(resource, operation, name, value, kind));
        }
        if urn.eq_ignore_ascii_case(ENTERPRISE_SCHEMA) {
            return of_extension(resource, operation, fields, kind);
        }
    }
    self::operation(resource, operation, Some(name), Some(value), kind)
}

fn of_extension(
    resource: &mut Map<String, Value>,
    operation: OperationKind,
    fields: &Map<String, Value>,
    kind: ResourceKind,
) -> Result<(), ScimError> {
    fields.iter().try_for_each(|(name, value)| {
        let path = format!("{ENTERPRISE_SCHEMA}:{name}");
        self::operation(resource, operation, Some(&path), Some(value), kind)
    })
}

fn write(
    resource: &mut Map<String, Value>,
    operation: OperationKind,
    place: Place,
    filter: Option<&Filter>,
    sub: Option<&'static Attribute>,
    value: &Value,
) -> Result<(), ScimError> {
    let attribute = place.attribute;
    let Some(own) = container(resource, place) else { return Ok(()) };
    match (attribute.is_multi, filter, sub) {
        (true, Some(filter), sub) => write_filtered(own, operation, attribute, filter, sub, value),
        (true, None, Some(sub)) => write_part_of_all(own, attribute, sub, value),
        (true, None, None) => write_values(own, operation, attribute, value),
        (false, _, Some(sub)) => {
            let Some(value) = cleaned(sub, value)? else { return Ok(()) };
            let whole = own.entry(attribute.name).or_insert_with(|| json!({}));
            if let Value::Object(parts) = whole {
                parts.insert(sub.name.to_owned(), value);
            }
            Ok(())
        }
        (false, _, None) => {
            // A complex value is changed part by part (RFC 7644, section 3.5.2.3), and an empty one is none.
            match (cleaned(attribute, value)?, own.get_mut(attribute.name)) {
                (Some(Value::Object(parts)), Some(Value::Object(there))) => there.extend(parts),
                (Some(value), _) => _ = own.insert(attribute.name.to_owned(), value),
                (None, _) => {}
            }
            Ok(())
        }
    }
}

/// Changes the values of an attribute.
fn change<T>(
    own: &mut Map<String, Value>,
    attribute: &Attribute,
    change: impl FnOnce(&mut Vec<Value>) -> Result<T, ScimError>,
) -> Result<T, ScimError> {
    let mut entries = match own.remove(attribute.name) {
        Some(Value::Array(entries)) => entries,
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    };
    let done = change(&mut entries);
    if !entries.is_empty() {
        own.insert(attribute.name.to_owned(), Value::Array(entries));
    }
    done
}

/// Replaces the values of an attribute, or adds to them.
fn write_values(
    own: &mut Map<String, Value>,
    operation: OperationKind,
    attribute: &Attribute,
    value: &Value,
) -> Result<(), ScimError> {
    let Some(Value::Array(given)) = cleaned(attribute, value)? else { return Ok(()) };
    change(own, attribute, |entries| {
        if operation == OperationKind::Replace {
            *entries = given;
            return Ok(());
        }
        for entry in given {
            match entries.iter_mut().find(|own| is_same(own, &entry)) {
                Some(own) => merge_entry(own, &entry),
                None => entries.push(entry.clone()),
            }
            keep_one_primary(entries, &entry);
        }
        Ok(())
    })
}

/// Whether two entries are the same value: a member is named by its id alone.
fn is_same(own: &Value, given: &Value) -> bool {
    match (own.get("value"), given.get("value")) {
        (Some(own_value), Some(given_value)) if own_value == given_value => {
            let own_kind = own.get("type");
            given.get("type").is_none_or(|kind| own_kind.is_none_or(|own| own == kind))
        }
        (None, None) => own == given,
        _ => false,
    }
}

fn merge_entry(own: &mut Value, given: &Value) {
    if let (Value::Object(own), Value::Object(given)) = (own, given) {
        own.extend(given.clone());
    }
}

/// At most one value is primary: the last one that was said to be.
fn keep_one_primary(entries: &mut [Value], chosen: &Value) {
    if !is_primary(chosen) {
        return;
    }
    let kept = entries.iter().position(|entry| is_same(entry, chosen));
    for (place, entry) in entries.iter_mut().enumerate() {
        if let (true, Value::Object(parts)) = (Some(place) != kept && is_primary(entry), entry) {
            parts.insert("primary".to_owned(), json!(false));
        }
    }
}

/// Writes to the values that match a filter.
fn write_filtered(
    own: &mut Map<String, Value>,
    operation: OperationKind,
    attribute: &'static Attribute,
    filter: &Filter,
    sub: Option<&'static Attribute>,
    value: &Value,
) -> Result<(), ScimError> {
    // What is to be written: parts of the value.
    let parts = match sub {
        Some(sub) => match cleaned(sub, value)? {
            // A number without digits is none: the entry goes.
            Some(text) if sub.is_required && text == "" => {
                remove_entries(own, attribute, |entry| matches_value(filter, entry, attribute));
                return Ok(());
            }
            Some(value) => Map::from_iter([(sub.name.to_owned(), value)]),
            None => return Ok(()),
        },
        None => known_parts(attribute, value)?,
    };
    change(own, attribute, |entries| {
        let mut written = None;
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            if matches_value(filter, entry, attribute) {
                entry.extend(parts.clone());
                written = Some(Value::Object(entry.clone()));
            }
        }
        if written.is_none() && operation == OperationKind::Add {
            let mut entry = parts_of_filter(filter, attribute)?;
            entry.extend(parts);
            let Some(Value::Array(added)) = cleaned(attribute, &Value::Object(entry))? else { return Ok(()) };
            written = added.first().cloned();
            entries.extend(added);
        }
        match written {
            Some(written) => {
                keep_one_primary(entries, &written);
                Ok(())
            }
            None => Err(no_target(format!("no value of `{}` matches the filter", attribute.name))),
        }
    })
}

/// The parts of an entry that is written over others.
fn known_parts(attribute: &Attribute, value: &Value) -> Result<Map<String, Value>, ScimError> {
    let Some(fields) = value.as_object() else {
        return Err(invalid(format!("a value of `{}` has to be an object", attribute.name)));
    };
    let mut parts = Map::new();
    for (name, value) in fields {
        let Some(sub) = attribute.sub_attribute(name).filter(|sub| sub.is_writable()) else { continue };
        parts.extend(cleaned(sub, value)?.map(|value| (sub.name.to_owned(), value)));
    }
    Ok(parts)
}

/// The entry that a filter describes: what a directory adds that it takes to be there.
fn parts_of_filter(filter: &Filter, attribute: &'static Attribute) -> Result<Map<String, Value>, ScimError> {
    match filter {
        Filter::Compare(path, Operator::Eq, literal) => {
            let Some(sub) = attribute.sub_attribute(&path.name) else {
                return Err(no_target(format!("`{}` has no part `{}`", attribute.name, path.name)));
            };
            let value = match literal {
                Literal::Text(text) | Literal::Number(text) => json!(text),
                Literal::Boolean(value) => json!(value),
                Literal::Null => Value::Null,
            };
            Ok(cleaned(sub, &value)?.map(|value| (sub.name.to_owned(), value)).into_iter().collect())
        }
        Filter::And(left, right) => {
            let mut parts = parts_of_filter(left, attribute)?;
            parts.extend(parts_of_filter(right, attribute)?);
            Ok(parts)
        }
        _ => Err(no_target(format!("no value of `{}` matches the filter", attribute.name))),
    }
}

/// Writes a part of every value: `emails.type`.
fn write_part_of_all(
    own: &mut Map<String, Value>,
    attribute: &Attribute,
    sub: &Attribute,
    value: &Value,
) -> Result<(), ScimError> {
    let Some(value) = cleaned(sub, value)? else { return Ok(()) };
    change(own, attribute, |entries| {
        if entries.is_empty() {
            let entry = Map::from_iter([(sub.name.to_owned(), value)]);
            if let Some(Value::Array(added)) = cleaned(attribute, &Value::Object(entry))? {
                entries.extend(added);
            }
            return Ok(());
        }
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            entry.insert(sub.name.to_owned(), value.clone());
        }
        let is_one = entries.iter().filter(|entry| is_primary(entry)).count() <= 1;
        if is_one { Ok(()) } else { Err(invalid(format!("`{}` has one primary value at most", attribute.name))) }
    })
}

fn remove(
    resource: &mut Map<String, Value>,
    place: Place,
    filter: Option<&Filter>,
    sub: Option<&'static Attribute>,
    value: Option<&Value>,
) {
    let attribute = place.attribute;
    let Some(own) = container(resource, place) else { return };
    let matches = |entry: &Map<String, Value>| filter.is_none_or(|filter| matches_value(filter, entry, attribute));
    match (attribute.is_multi, sub) {
        (true, None) => match (filter, value.filter(|value| !value.is_null())) {
            // Entra names members to remove by a list of values.
            (None, Some(value)) => {
                let given = named_values(value);
                remove_entries(own, attribute, |entry| {
                    entry.get("value").and_then(Value::as_str).is_some_and(|own| given.iter().any(|value| value == own))
                });
            }
            _ => remove_entries(own, attribute, matches),
        },
        // A value without its required part is none.
        (true, Some(sub)) if sub.is_required => remove_entries(own, attribute, matches),
        (true, Some(sub)) => {
            let there = own.get_mut(attribute.name).and_then(Value::as_array_mut);
            for entry in there.into_iter().flatten().filter_map(Value::as_object_mut) {
                if matches(entry) {
                    entry.remove(sub.name);
                }
            }
            remove_entries(own, attribute, Map::is_empty);
        }
        (false, Some(sub)) => {
            if let Some(Value::Object(parts)) = own.get_mut(attribute.name) {
                parts.remove(sub.name);
                if parts.is_empty() {
                    own.remove(attribute.name);
                }
            }
        }
        (false, None) => _ = own.remove(attribute.name),
    }
    if resource.get(ENTERPRISE_SCHEMA).and_then(Value::as_object).is_some_and(Map::is_empty) {
        resource.remove(ENTERPRISE_SCHEMA);
    }
}

/// The ids in a value: one, a list, or objects that have one.
fn named_values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(entries) => entries.iter().flat_map(named_values).collect(),
        Value::Object(fields) => member(fields, "value").map(named_values).unwrap_or_default(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn remove_entries(own: &mut Map<String, Value>, attribute: &Attribute, is_gone: impl Fn(&Map<String, Value>) -> bool) {
    if let Some(Value::Array(entries)) = own.get_mut(attribute.name) {
        entries.retain(|entry| !entry.as_object().is_some_and(&is_gone));
        if entries.is_empty() {
            own.remove(attribute.name);
        }
    }
}
