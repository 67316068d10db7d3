//! Whether a write did what was asked for: what was written, held against what is there.

use serde_json::{Map, Value};

use super::fields::UserFields;
use crate::error::Kind;
use crate::model::User;
use crate::{Answer, Error};

/// Fields that no answer shows, so that nothing can be said of them.
const NEVER_SHOWN: [&str; 9] = [
    "password",
    "groups",
    "ssoId",
    "sendInvite",
    "dualRole",
    "tieredSubscription",
    "enforceAccessDays",
    "panoramaEnrollmentOptions",
    "upsert",
];

/// Access that is named by SKU or slug, which the answer may not show.
const NAMED: [(&str, &str); 8] = [
    ("studentLicenseSkus", "allocatedLicenses"),
    ("managerLicenseSkus", "allocatedLicenses"),
    ("courseSlugs", "purchasedCourses"),
    ("courseSkus", "purchasedCourses"),
    ("learningPathSlugs", "allocatedLearningPaths"),
    ("learningPathSkus", "allocatedLearningPaths"),
    ("bundleSlugs", "purchasedBundles"),
    ("clientSku", "client"),
];

/// Access by id: the field that is written, the list that is shown, and the key of its entries.
const BY_ID: [(&str, &str, &str); 4] = [
    ("studentLicenseIds", "allocatedLicenses", "licenseId"),
    ("managerLicenseIds", "allocatedLicenses", "licenseId"),
    ("courseIds", "purchasedCourses", "courseId"),
    ("learningPathIds", "allocatedLearningPaths", "learningPathId"),
];

/// Refuses what is there if it is not what was written.
pub(crate) fn verify(written: &UserFields, answer: &Answer<User>) -> Result<(), Error> {
    let wrong = not_applied(written, answer);
    if wrong.is_empty() { Ok(()) } else { Err(Error::new(Kind::NotApplied(wrong)).with_surface(answer.surface())) }
}

/// The fields that are not what was written, in the order of names; custom fields as `customFields.key`. What the
/// answer does not show is not among them.
pub(crate) fn not_applied(written: &UserFields, answer: &Answer<User>) -> Vec<String> {
    let shown = match serde_json::to_value(&**answer) {
        Ok(Value::Object(shown)) => shown,
        _ => Map::new(),
    };
    let is_gap = |name: &str| answer.gaps().iter().any(|gap| gap == name || name.starts_with(&format!("{gap}.")));
    let mut wrong = Vec::new();
    for (name, value) in written.as_json() {
        if NEVER_SHOWN.contains(&name.as_str()) || name.starts_with("replace") {
            continue;
        }
        if name == "customFields" {
            if !is_gap(name) {
                let own = shown.get(name).and_then(Value::as_object);
                let given = value.as_object().into_iter().flatten();
                wrong.extend(
                    given
                        .filter(|(key, value)| !same(value, own.and_then(|own| own.get(*key))))
                        .map(|(key, _)| format!("customFields.{key}")),
                );
            }
            continue;
        }
        let applied = match name.as_str() {
            "active" => {
                is_gap("disabled") || shown.get("disabled") == value.as_bool().map(|on| Value::Bool(!on)).as_ref()
            }
            "email" => {
                let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_lowercase);
                text(Some(value)) == text(shown.get("email"))
            }
            "role" => is_gap("roleKey") || same(value, shown.get("roleKey")),
            "language" => is_gap("lang") || same(value, shown.get("lang")),
            "avatarUrl" => is_gap("asset") || same(value, shown.get("asset")),
            name if BY_ID.iter().any(|(field, ..)| *field == name) => has_all(name, value, &shown, &is_gap),
            name if NAMED.iter().any(|(field, _)| *field == name) || name == "clientSlug" => true,
            name => is_gap(name) || same(value, shown.get(name)),
        };
        if !applied {
            wrong.push(name.clone());
        }
    }
    wrong
}

/// Whether a value is what was written; none at all is null.
fn same(written: &Value, shown: Option<&Value>) -> bool {
    match (written, shown.unwrap_or(&Value::Null)) {
        // A balance of 12 may come back as 12.0.
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

/// Whether every id that was given is among what is held, in the right role where roles are told.
fn has_all(name: &str, ids: &Value, shown: &Map<String, Value>, is_gap: &dyn Fn(&str) -> bool) -> bool {
    let Some((_, list, key)) = BY_ID.iter().find(|(field, ..)| *field == name) else { return true };
    if is_gap(list) || is_gap(&format!("{list}.{key}")) {
        return true;
    }
    let role = match name {
        "studentLicenseIds" => Some("student"),
        "managerLicenseIds" => Some("manager"),
        _ => None,
    };
    let held = shown.get(*list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    ids.as_array().into_iter().flatten().all(|id| {
        held.iter().any(|own| {
            let in_role =
                own.get("licenseRole").and_then(Value::as_str).is_none_or(|own| role.is_none_or(|role| own == role));
            own.get(*key) == Some(id) && in_role
        })
    })
}
