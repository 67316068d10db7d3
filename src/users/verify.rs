//! Whether a write did what was asked for: what was written, held against what is there.

use serde_json::{Map, Value};

use super::fields::UserFields;
use crate::error::Kind;
use crate::model::User;
use crate::{Answer, Error};

/// Access by id: the field that is written, the list that is shown, the key of its entries, the role that is meant, and
/// the flag that replaces what is not given.
const BY_ID: [(&str, &str, &str, Option<&str>, &str); 4] = [
    ("studentLicenseIds", "allocatedLicenses", "licenseId", Some("student"), "replaceLicenseAccess"),
    ("managerLicenseIds", "allocatedLicenses", "licenseId", Some("manager"), "replaceLicenseAccess"),
    ("courseIds", "purchasedCourses", "courseId", None, "replaceCourseAccess"),
    ("learningPathIds", "allocatedLearningPaths", "learningPathId", None, "replaceLearningPathAccess"),
];

/// Fields that answers show under another name.
const SHOWN_AS: [(&str, &str); 3] = [("role", "roleKey"), ("language", "lang"), ("avatarUrl", "asset")];

/// Fields that answers show under their own name.
const SHOWN: [&str; 25] = [
    "externalCustomerId",
    "firstName",
    "lastName",
    "clientId",
    "address1",
    "address2",
    "city",
    "state",
    "zipCode",
    "country",
    "telephone",
    "ref1",
    "ref2",
    "ref3",
    "ref4",
    "ref5",
    "ref6",
    "ref7",
    "ref8",
    "ref9",
    "ref10",
    "preferredCurrency",
    "balance",
    "sfContactId",
    "sfAccountId",
];

/// What an answer says of a field that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Same,
    Different,
    /// The answer does not show it.
    Unknown,
}

/// Refuses what is there if it is not what was written.
pub(super) fn verify(written: &UserFields, answer: &Answer<User>) -> Result<(), Error> {
    let wrong = not_applied(written, answer);
    if wrong.is_empty() { Ok(()) } else { Err(Error::new(Kind::NotApplied(wrong)).with_surface(answer.surface())) }
}

/// The fields that are not what was written, in the order of names; custom fields as `customFields.key`. What the
/// answer does not show is not among them.
pub(super) fn not_applied(written: &UserFields, answer: &Answer<User>) -> Vec<String> {
    names(written, answer, |finding| finding == Finding::Different)
}

/// The fields that are not shown to be what is to be written: those that differ, and those of which nothing is known.
pub(super) fn differing(written: &UserFields, answer: &Answer<User>) -> Vec<String> {
    names(written, answer, |finding| finding != Finding::Same)
}

fn names(written: &UserFields, answer: &Answer<User>, wanted: impl Fn(Finding) -> bool) -> Vec<String> {
    let shown = match serde_json::to_value(&**answer) {
        Ok(Value::Object(shown)) => shown,
        _ => Map::new(),
    };
    let seen = Seen { shown, gaps: answer.gaps() };
    let mut names = Vec::new();
    for (name, value) in written.as_json() {
        match value.as_object().filter(|_| name == "customFields") {
            Some(given) => {
                let own = seen.field(name);
                let found = |key: &str, value: &Value| match &own {
                    Some(own) => same(value, own.get(key)),
                    None => Finding::Unknown,
                };
                let wanted = given.iter().filter(|(key, value)| wanted(found(key, value)));
                names.extend(wanted.map(|(key, _)| format!("customFields.{key}")));
            }
            None if wanted(seen.finding(name, value, written)) => names.push(name.clone()),
            None => {}
        }
    }
    names
}

/// What an answer shows.
struct Seen<'a> {
    shown: Map<String, Value>,
    gaps: &'a [String],
}

impl Seen<'_> {
    /// The value of a field; `None` if the route does not give it.
    fn field(&self, name: &str) -> Option<&Value> {
        let is_gap = self.gaps.iter().any(|gap| gap == name);
        (!is_gap).then(|| self.shown.get(name).unwrap_or(&Value::Null))
    }

    fn finding(&self, name: &str, value: &Value, written: &UserFields) -> Finding {
        if let Some((_, list, key, role, replaces)) = BY_ID.iter().find(|(field, ..)| *field == name) {
            let replaces = written.get(replaces) == Some(&Value::Bool(true));
            return self.holds(value, list, key, *role, replaces);
        }
        let shown = |name: &str| self.field(name);
        if name == "active" {
            return match (value.as_bool(), shown("disabled").and_then(Value::as_bool)) {
                (Some(active), Some(disabled)) if active != disabled => Finding::Same,
                (Some(_), Some(_)) => Finding::Different,
                _ => Finding::Unknown,
            };
        }
        if name == "email" {
            let text = |value: &Value| value.as_str().map(str::to_lowercase);
            return match shown(name) {
                Some(own) if text(own) == text(value) => Finding::Same,
                Some(_) => Finding::Different,
                None => Finding::Unknown,
            };
        }
        let shown_as = SHOWN_AS.iter().find(|(field, _)| *field == name).map(|(_, shown)| *shown);
        let shown_as =
            shown_as.or_else(|| SHOWN.contains(&name).then_some(name)).or((name == "customFields").then_some(name));
        match shown_as.and_then(shown) {
            Some(own) => same(value, Some(own)),
            None => Finding::Unknown,
        }
    }

    /// Whether every id is among what is held, in the role that is meant where roles are told; and nothing else, where
    /// what is not given was to be taken away.
    fn holds(&self, ids: &Value, list: &str, key: &str, role: Option<&str>, replaces: bool) -> Finding {
        let inner = format!("{list}.{key}");
        let Some(held) = self.field(list).filter(|_| !self.gaps.contains(&inner)) else { return Finding::Unknown };
        let held = held.as_array().map(Vec::as_slice).unwrap_or_default();
        let role_of = |own: &Value| own.get("licenseRole").and_then(Value::as_str).map(str::to_owned);
        let of_role: Vec<&Value> =
            held.iter().filter(|own| role_of(own).is_none_or(|own| role.is_none_or(|role| own == role))).collect();
        let ids = ids.as_array().map(Vec::as_slice).unwrap_or_default();
        let has_all = ids.iter().all(|id| of_role.iter().any(|own| own.get(key) == Some(id)));
        let tells_roles = role.is_none() || held.iter().all(|own| role_of(own).is_some());
        let has_others = of_role.iter().any(|own| own.get(key).is_none_or(|own| !ids.contains(own)));
        match (has_all, replaces && has_others) {
            (true, false) => Finding::Same,
            (true, true) if !tells_roles => Finding::Unknown,
            _ => Finding::Different,
        }
    }
}

/// Whether a value is what was written; none at all is null.
fn same(written: &Value, shown: Option<&Value>) -> Finding {
    let is_same = match (written, shown.unwrap_or(&Value::Null)) {
        // A balance of 12 may come back as 12.0.
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    };
    if is_same { Finding::Same } else { Finding::Different }
}
