//! Faults of content: the request is carried out, but the response is wrong.

use axum::body::{Body, to_bytes};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::Fault;

/// A change to the JSON of a response.
pub(super) type Change = fn(&mut Value);

/// How a fault changes responses, if it does.
pub(super) fn change(fault: Fault) -> Option<Change> {
    Some(match fault {
        Fault::PartialData => partial,
        Fault::NullForNonNull => |body| each_object(body, &mut |fields| null(fields, "id")),
        Fault::UnknownEnumValue => |body| each_object(body, &mut unknown_values),
        Fault::UnknownUnionMember => |body| {
            each_object(body, &mut |fields| {
                if let Some(name) = fields.get_mut("__typename") {
                    *name = json!("SomethingBrandNew");
                }
            });
        },
        Fault::ExtraFields => |body| {
            each_object(body, &mut |fields| _ = fields.insert("brandNew".into(), json!({ "nested": [1, null] })));
        },
        Fault::MalformedDate => |body| each_object(body, &mut bad_dates),
        Fault::RepeatedCursor => |body| {
            each_page(body, &|info| {
                info.insert("hasMore".into(), json!(true));
                info.insert("cursor".into(), json!("Mg"));
                info.insert("currentPage".into(), Value::Null);
            });
        },
        Fault::EndlessCursor => |body| {
            each_page(body, &|info| {
                let page = info.get("currentPage").and_then(Value::as_u64).unwrap_or(1);
                info.insert("hasMore".into(), json!(true));
                // Alternates between page 1 and page 2, with a new cursor each time.
                let next = if page == 1 { "2" } else { "1" };
                let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
                info.insert("cursor".into(), json!(crate::cursor::encode_named(next, now)));
                info.insert("currentPage".into(), Value::Null);
            });
        },
        _ => return None,
    })
}

/// Changes the response. A body that is not JSON stays unchanged.
pub(super) async fn changed(response: Response, change: Change) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return Response::from_parts(parts, Body::empty()) };
    let Ok(mut json) = serde_json::from_slice(&bytes) else { return Response::from_parts(parts, Body::from(bytes)) };
    change(&mut json);
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(json.to_string()))
}

/// Sets a field of the first object to null, and adds an error that reports it.
fn partial(body: &mut Value) {
    let Some(data) = body.get_mut("data").filter(|data| data.is_object()) else { return };
    let mut path = Vec::new();
    if lose_a_field(data, &mut path)
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("errors".into(), json!([{ "message": "Could not be read", "path": path }]));
    }
}

fn lose_a_field(value: &mut Value, path: &mut Vec<Value>) -> bool {
    match value {
        Value::Object(fields) => {
            if path.len() > 1
                && let Some((name, lost)) = fields.iter_mut().find(|(name, value)| *name != "id" && value.is_string())
            {
                *lost = Value::Null;
                path.push(json!(name));
                return true;
            }
            fields.iter_mut().any(|(name, inner)| {
                path.push(json!(name));
                lose_a_field(inner, path) || path.pop().is_none()
            })
        }
        Value::Array(items) => items.iter_mut().enumerate().any(|(place, inner)| {
            path.push(json!(place));
            lose_a_field(inner, path) || path.pop().is_none()
        }),
        _ => false,
    }
}

fn each_object(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(|inner| each_object(inner, change));
            change(fields);
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| each_object(inner, change)),
        _ => {}
    }
}

fn each_page(body: &mut Value, change: &dyn Fn(&mut Map<String, Value>)) {
    each_object(body, &mut |fields| {
        if let Some(Value::Object(info)) = fields.get_mut("pageInfo") {
            change(info);
        }
    });
}

fn null(fields: &mut Map<String, Value>, name: &str) {
    if let Some(value) = fields.get_mut(name) {
        *value = Value::Null;
    }
}

fn unknown_values(fields: &mut Map<String, Value>) {
    let enums = ["status", "licenseRole", "kind", "alternativePricingType", "accessibilityType"];
    for (name, value) in fields.iter_mut() {
        if enums.contains(&name.as_str()) && value.is_string() {
            *value = json!("brandNewValue");
        }
    }
}

fn bad_dates(fields: &mut Map<String, Value>) {
    for (name, value) in fields.iter_mut() {
        if (name.ends_with("At") || name.ends_with("Date")) && value.is_string() {
            *value = json!("the day before yesterday");
        }
    }
}
