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

/// Lists that name the same access by other keys, which no answer shows.
const BY_OTHER_KEYS: [(&str, &[&str]); 4] = [
    ("studentLicenseIds", &["studentLicenseSkus"]),
    ("managerLicenseIds", &["managerLicenseSkus"]),
    ("courseIds", &["courseSlugs", "courseSkus"]),
    ("learningPathIds", &["learningPathSlugs", "learningPathSkus"]),
];

/// Arguments that say how to write, and are nothing that anybody has afterwards.
const HOW: [&str; 6] = [
    "sendInvite",
    "password",
    "replaceLicenseAccess",
    "replaceCourseAccess",
    "replaceLearningPathAccess",
    "replaceBundleAccess",
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

/// A field that is not what it is to be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The field, as it is written; custom fields as `customFields.key`.
    pub name: String,
    /// What is there, in the form in which it is written; `None` where that is not shown.
    pub before: Option<Value>,
    /// What is to be there.
    pub after: Value,
    /// Whether the answer shows that it differs. Otherwise it says nothing of the field, which may be as it is to be.
    pub differs: bool,
}

impl UserFields {
    /// The fields that are not shown to be what they are to be, in the order of names. `gaps` are the paths that the route
    /// of the person does not give ([`Answer::gaps`]). Access is merged, so that what is held beside is no difference.
    ///
    /// ```
    /// use thought_industries::{UserFields, model::User};
    ///
    /// let mut ada = User::default();
    /// ada.first_name = Some("Ada".to_owned());
    /// let differences = UserFields::new().first_name("Ada").last_name("Byron").differences(&ada, &[]);
    /// assert_eq!(differences.len(), 1);
    /// assert_eq!(differences[0].name, "lastName");
    /// ```
    pub fn differences(&self, user: &User, gaps: &[String]) -> Vec<Difference> {
        let seen = Seen::of(user, gaps);
        let different = names(self, &seen, |finding| finding == Finding::Different);
        let names = names(self, &seen, |finding| finding != Finding::Same);
        let of = |name: &String| {
            let after = match name.strip_prefix("customFields.") {
                Some(key) => self.get("customFields").and_then(|fields| fields.get(key)),
                None => self.get(name),
            };
            Difference {
                name: name.clone(),
                before: seen.written_as(name),
                after: after.cloned().unwrap_or_default(),
                differs: different.contains(name),
            }
        };
        names.iter().map(of).collect()
    }

    /// What a person has of these fields, in the form in which they are written, by the names of
    /// [`differences`](Self::differences). What is not shown is left out.
    pub fn current(&self, user: &User, gaps: &[String]) -> Map<String, Value> {
        let seen = Seen::of(user, gaps);
        let mut current = Map::new();
        for (name, value) in self.as_json() {
            let keys = value.as_object().filter(|_| name == "customFields");
            let names = match keys {
                Some(keys) => keys.keys().map(|key| format!("customFields.{key}")).collect(),
                None => vec![name.clone()],
            };
            current.extend(names.into_iter().filter_map(|name| Some((name.clone(), seen.written_as(&name)?))));
        }
        current
    }
}

/// What an answer says of a field that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Same,
    Different,
    /// The answer does not show it.
    Unknown,
}

/// Refuses what is there if it is not what was written. Gives the fields that the answer does not show.
pub(super) fn verify(written: &UserFields, answer: &Answer<User>) -> Result<Vec<String>, Error> {
    let wrong = not_applied(written, answer);
    if !wrong.is_empty() {
        return Err(Error::new(Kind::NotApplied(wrong)));
    }
    let seen = Seen::of(answer, answer.gaps());
    let mut unknown = names(written, &seen, |finding| finding == Finding::Unknown);
    unknown.retain(|name| !HOW.contains(&name.as_str()));
    Ok(unknown)
}

/// The fields that are not what was written, in the order of names; custom fields as `customFields.key`. What the
/// answer does not show is not among them.
pub(super) fn not_applied(written: &UserFields, answer: &Answer<User>) -> Vec<String> {
    names(written, &Seen::of(answer, answer.gaps()), |finding| finding == Finding::Different)
}

/// The fields that are not shown to be what is to be written: those that differ, and those of which nothing is known.
pub(super) fn differing(written: &UserFields, answer: &Answer<User>) -> Vec<String> {
    names(written, &Seen::of(answer, answer.gaps()), |finding| finding != Finding::Same)
}

fn names(written: &UserFields, seen: &Seen<'_>, wanted: impl Fn(Finding) -> bool) -> Vec<String> {
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

impl<'a> Seen<'a> {
    fn of(user: &User, gaps: &'a [String]) -> Self {
        let shown = match serde_json::to_value(user) {
            Ok(Value::Object(shown)) => shown,
            _ => Map::new(),
        };
        Self { shown, gaps }
    }

    /// The value of a field as it would be written; `None` if it is not shown.
    fn written_as(&self, name: &str) -> Option<Value> {
        if let Some(key) = name.strip_prefix("customFields.") {
            return self.field("customFields").map(|fields| fields.get(key).cloned().unwrap_or_default());
        }
        if let Some((_, list, key, role, _)) = BY_ID.iter().find(|(field, ..)| *field == name) {
            let held = self.field(list)?.as_array().map(Vec::as_slice).unwrap_or_default();
            let is_untold = role.is_some() && held.iter().any(|own| own.get("licenseRole").is_none_or(Value::is_null));
            if is_untold {
                // Held as a student, or as a manager: nobody can say.
                return None;
            }
            let in_role = |own: &&Value| {
                let told = own.get("licenseRole").and_then(Value::as_str);
                told.is_none_or(|told| role.is_none_or(|role| role == told))
            };
            let mut ids: Vec<Value> = held.iter().filter(in_role).filter_map(|own| own.get(*key).cloned()).collect();
            ids.sort_by_key(ToString::to_string);
            return Some(Value::Array(ids));
        }
        if name == "active" {
            return self.field("disabled")?.as_bool().map(|disabled| Value::Bool(!disabled));
        }
        let shown_as = SHOWN_AS.iter().find(|(field, _)| *field == name).map(|(_, shown)| *shown);
        let is_shown = SHOWN.contains(&name) || matches!(name, "email" | "customFields");
        self.field(shown_as.or(is_shown.then_some(name))?).cloned()
    }

    /// The value of a field; `None` if the route does not give it.
    fn field(&self, name: &str) -> Option<&Value> {
        let is_gap = self.gaps.iter().any(|gap| gap == name);
        (!is_gap).then(|| self.shown.get(name).unwrap_or(&Value::Null))
    }

    fn finding(&self, name: &str, value: &Value, written: &UserFields) -> Finding {
        if let Some((_, list, key, role, replaces)) = BY_ID.iter().find(|(field, ..)| *field == name) {
            let replaces = written.get(replaces) == Some(&Value::Bool(true));
            let others = BY_OTHER_KEYS.iter().filter(|(field, _)| *field == name).flat_map(|(_, others)| *others);
            let is_given =
                |name: &&str| written.get(name).and_then(Value::as_array).is_some_and(|keys| !keys.is_empty());
            return match self.holds(value, list, key, *role, replaces) {
                // What is held beside may be what was given by another key.
                Finding::Different if replaces && others.copied().any(|name| is_given(&name)) => {
                    self.holds(value, list, key, *role, false).or_unknown()
                }
                finding => finding,
            };
        }
        let shown = |name: &str| self.field(name);
        if name == "dualRole" {
            let record = |name: &str| shown(name).map(|id| !id.is_null());
            return match (value.as_bool(), record("managerUserId"), record("learnerUserId")) {
                (Some(wanted), Some(manager), Some(learner)) if wanted == (manager || learner) => Finding::Same,
                (Some(true), Some(_), Some(_)) => Finding::Different,
                _ => Finding::Unknown,
            };
        }
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
        // Null asks for nothing to be held.
        let replaces = replaces || ids.is_null();
        let ids = ids.as_array().map(Vec::as_slice).unwrap_or_default();
        let has_all = ids.iter().all(|id| of_role.iter().any(|own| own.get(key).is_some_and(|own| same_id(own, id))));
        let tells_roles = role.is_none() || held.iter().all(|own| role_of(own).is_some());
        let is_given = |own: &Value| ids.iter().any(|id| same_id(own, id));
        let has_others = of_role.iter().any(|own| own.get(key).is_none_or(|own| !is_given(own)));
        match (has_all, replaces && has_others) {
            (true, false) => Finding::Same,
            (true, true) if !tells_roles => Finding::Unknown,
            _ => Finding::Different,
        }
    }
}

impl Finding {
    /// At the best, nothing is known.
    fn or_unknown(self) -> Self {
        if self == Self::Same { Self::Unknown } else { self }
    }
}

/// UUIDs are the same in capital letters.
fn same_id(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => a == b,
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
