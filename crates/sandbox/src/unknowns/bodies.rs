//! REST bodies with other keys and other types than documented.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::forms::OddScalar;
use super::{PROTECTED, Unknowns};

/// Values that belong to the caller: nothing in them is changed.
const OPAQUE: [&str; 2] = ["customFields", "record"];

/// Changes the JSON of a response. A body that is not JSON stays unchanged.
pub(crate) async fn bodies(State(unknowns): State<Arc<Unknowns>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if unknowns.odd_scalars.is_empty() && !unknowns.extra_keys && unknowns.missing_keys.is_empty() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return Response::from_parts(parts, Body::empty()) };
    let Ok(mut json) = serde_json::from_slice(&bytes) else { return Response::from_parts(parts, Body::from(bytes)) };
    change(&unknowns, &mut json, "");
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(json.to_string()))
}

/// Changes a value and everything in it; `name` is the key that it has.
fn change(unknowns: &Unknowns, value: &mut Value, name: &str) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| PROTECTED.contains(&key.as_str()) || !unknowns.missing_keys.contains(key));
            for (key, inner) in fields.iter_mut().filter(|(key, _)| !OPAQUE.contains(&key.as_str())) {
                change(unknowns, inner, key);
            }
            for odd in &unknowns.odd_scalars {
                change_type(*odd, fields);
            }
            // The keys of `data` are operations.
            if unknowns.extra_keys && name != "data" {
                fields.insert("xMetadata".into(), json!({ "nested": [1, null, { "flag": true }] }));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change(unknowns, item, name)),
        _ => {}
    }
}

/// The value in another type; `None` if it stays as it is.
type Convert = fn(&Value) -> Option<Value>;

fn change_type(odd: OddScalar, fields: &mut Map<String, Value>) {
    let (names, convert): (&[&str], Convert) = match odd {
        OddScalar::BalanceText => (&["balance", "startingBalance", "currentBalance"], |value| {
            value.as_f64().map(|balance| json!(format!("{balance:.2}")))
        }),
        OddScalar::ExternalIdNumber => (&["externalCustomerId"], |value| {
            let text = value.as_str()?;
            // A number with a leading zero would be another id.
            text.parse::<u64>().ok().filter(|number| number.to_string() == text).map(Value::from)
        }),
        OddScalar::DateMillis => (&["createdAt", "updatedAt"], |value| {
            let date: jiff::Timestamp = value.as_str()?.parse().ok()?;
            Some(json!(date.as_millisecond()))
        }),
        OddScalar::LabelTexts => (&["tags", "courseTags"], |value| {
            let labels = value.as_array()?.iter().map(|tag| tag.get("label").cloned());
            labels.collect::<Option<Vec<_>>>().map(Value::Array)
        }),
        OddScalar::SeatsLimitText => (&["seatsLimit"], number_text),
        OddScalar::FlagText => {
            (&["enableDiscussions", "enableGlobalLinks", "repeatable", "twoFactorEnabled"], |value| {
                value.as_bool().map(|flag| json!(flag.to_string()))
            })
        }
        OddScalar::CountText => (&["currentPage", "total"], number_text),
    };
    for name in names {
        if let Some(value) = fields.get_mut(*name)
            && let Some(converted) = convert(value)
        {
            *value = converted;
        }
    }
}

fn number_text(value: &Value) -> Option<Value> {
    value.as_i64().map(|number| json!(number.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_changes_as_declared() {
        let cases = [
            (OddScalar::BalanceText, json!({ "balance": 0.0 }), json!({ "balance": "0.00" })),
            (OddScalar::ExternalIdNumber, json!({ "externalCustomerId": "42" }), json!({ "externalCustomerId": 42 })),
            (
                OddScalar::ExternalIdNumber,
                json!({ "externalCustomerId": "042" }),
                json!({ "externalCustomerId": "042" }),
            ),
            (OddScalar::DateMillis, json!({ "createdAt": "1970-01-01T00:00:01.500Z" }), json!({ "createdAt": 1500 })),
            (OddScalar::LabelTexts, json!({ "tags": [{ "id": "1", "label": "a" }] }), json!({ "tags": ["a"] })),
            (OddScalar::SeatsLimitText, json!({ "seatsLimit": 3 }), json!({ "seatsLimit": "3" })),
            (OddScalar::FlagText, json!({ "enableDiscussions": true }), json!({ "enableDiscussions": "true" })),
            (OddScalar::CountText, json!({ "pageInfo": { "total": 3 } }), json!({ "pageInfo": { "total": "3" } })),
        ];
        for (odd, mut body, expected) in cases {
            change(&Unknowns { odd_scalars: [odd].into(), ..Unknowns::none() }, &mut body, "");
            assert_eq!(body, expected, "{odd}");
        }
    }

    #[test]
    fn keys_come_and_go_except_for_those_that_matter() {
        let missing = ["id", "lang", "cursor"].map(str::to_owned).into();
        let unknowns = Unknowns { extra_keys: true, missing_keys: missing, ..Unknowns::none() };
        let mut body = json!({ "data": { "UserById": { "id": "1", "lang": "en", "customFields": { "lang": "x" } } } });
        change(&unknowns, &mut body, "");
        let extra = json!({ "nested": [1, null, { "flag": true }] });
        let user = json!({ "id": "1", "customFields": { "lang": "x" }, "xMetadata": extra });
        assert_eq!(body, json!({ "data": { "UserById": user }, "xMetadata": extra }));
    }

    #[test]
    fn what_lists_need_is_never_dropped() {
        let needed: [&str; 12] = [
            "id",
            "email",
            "disabled",
            "roleKey",
            "licenseId",
            "hasMore",
            "cursor",
            "users",
            "clients",
            "licenses",
            "pageInfo",
            "clientId",
        ];
        let whole = json!({
            "users": [{ "id": "1", "email": null, "disabled": false, "roleKey": "a", "clientId": "2" }],
            "clients": [{ "id": "2", "disabled": true }],
            "licenses": [{ "licenseId": "3" }],
            "pageInfo": { "hasMore": true, "cursor": "4" },
        });
        let mut body = whole.clone();
        let missing_keys = needed.map(str::to_owned).into();
        change(&Unknowns { missing_keys, ..Unknowns::none() }, &mut body, "");
        assert_eq!(body, whole);
        for seed in 0..500 {
            let dropped = Unknowns::draw(seed).missing_keys;
            let of_list: Vec<&String> = dropped.iter().filter(|key| PROTECTED.contains(&key.as_str())).collect();
            assert!(of_list.is_empty(), "seed {seed}: {of_list:?}");
        }
    }
}
