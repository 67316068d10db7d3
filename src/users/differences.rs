//! Compares fields that were or will be written with the user that a response shows.

use serde_json::{Map, Value};

use crate::error::Kind;
use crate::model::User;
use crate::runtime::{FieldSpec, ReadBack};
use crate::{Error, Response, UserFields};

/// A field that does not verifiably have its intended value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The name of the field; custom fields as `customFields.key`.
    pub name: String,
    /// The current value, in the form in which it is written; `None` if the response does not show it.
    pub before: Option<Value>,
    /// The intended value.
    pub after: Value,
    /// Whether the response shows that the field differs. If false, the response does not show the field, which may
    /// already have the intended value.
    pub differs: bool,
}

impl UserFields {
    /// The fields that do not verifiably have their intended values, in alphabetical order. `gaps` are the paths that
    /// the user's route does not provide ([`Response::gaps`]). Access is merged, so additional licenses, courses and
    /// learning paths are not differences.
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
        let shown = Shown::of(user, gaps);
        let findings = findings(self, &shown).into_iter().filter(|(_, finding)| *finding != Finding::Same);
        let difference = |(name, finding): (String, Finding)| Difference {
            before: shown.as_written(&name),
            after: self.named(&name).cloned().unwrap_or_default(),
            differs: finding == Finding::Different,
            name,
        };
        findings.map(difference).collect()
    }

    /// The current values of these fields, in the form in which they are written, keyed by the names of
    /// [`differences`](Self::differences). Fields that the response does not show are omitted.
    pub fn current(&self, user: &User, gaps: &[String]) -> Map<String, Value> {
        let shown = Shown::of(user, gaps);
        let names = names(self).into_iter();
        names.filter_map(|name| Some((name.clone(), shown.as_written(&name)?))).collect()
    }
}

/// What a response shows about a written field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Same,
    Different,
    /// The response does not show it.
    Unknown,
}

impl Finding {
    fn of(is_same: bool) -> Self {
        if is_same { Self::Same } else { Self::Different }
    }
}

/// Rejects a response that contradicts what was written. Returns the fields that the response does not show.
pub(super) fn verify(written: &UserFields, response: &Response<User>) -> Result<Vec<String>, Error> {
    let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
    for (name, finding) in findings(written, &Shown::of(response, response.gaps())) {
        match finding {
            Finding::Same => {}
            Finding::Different => wrong.push(name),
            Finding::Unknown if UserFields::spec(&name).is_some_and(|spec| spec.is_option) => {}
            Finding::Unknown => unknown.push(name),
        }
    }
    if wrong.is_empty() { Ok(unknown) } else { Err(Error::new(Kind::NotApplied(wrong))) }
}

/// Whether a response shows every field as written.
pub(super) fn shows_all(written: &UserFields, response: &Response<User>) -> bool {
    verify(written, response).is_ok_and(|unknown| unknown.is_empty())
}

/// Every field with what the response shows about it; custom fields as `customFields.key`.
fn findings(written: &UserFields, shown: &Shown<'_>) -> Vec<(String, Finding)> {
    let finding = |name: String| {
        let finding = match name.strip_prefix("customFields.") {
            Some(key) => {
                let given = written.get("customFields").and_then(|fields| fields.get(key)).unwrap_or(&Value::Null);
                match shown.field("customFields") {
                    Some(own) => Finding::of(same(given, own.get(key).unwrap_or(&Value::Null))),
                    None => Finding::Unknown,
                }
            }
            None => match (UserFields::spec(&name), written.get(&name)) {
                (Some(spec), Some(value)) => shown.finding(spec, value, written),
                _ => Finding::Unknown,
            },
        };
        (name, finding)
    };
    names(written).into_iter().map(finding).collect()
}

/// The names of the fields, with one for each custom field.
fn names(fields: &UserFields) -> Vec<String> {
    let each = fields.as_json().iter().flat_map(|(name, value)| match value.as_object() {
        Some(keys) if name == "customFields" => keys.keys().map(|key| format!("customFields.{key}")).collect(),
        _ => vec![name.clone()],
    });
    each.collect()
}

/// The fields that a response shows.
struct Shown<'a> {
    fields: Map<String, Value>,
    gaps: &'a [String],
}

impl<'a> Shown<'a> {
    fn of(user: &User, gaps: &'a [String]) -> Self {
        let fields = match serde_json::to_value(user) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        Self { fields, gaps }
    }

    /// The value of a schema field; `None` if the route does not provide it.
    fn field(&self, name: &str) -> Option<&Value> {
        // The model does not distinguish null from missing; only the gaps do.
        let is_gap = self.gaps.iter().any(|gap| gap == name);
        (!is_gap).then(|| self.fields.get(name).unwrap_or(&Value::Null))
    }

    /// The entries of a list, each with its id and its role, if shown.
    fn entries(&self, list: &str, key: &str) -> Option<Vec<(Option<&Value>, Option<&str>)>> {
        let inner = format!("{list}.{key}");
        let held = self.field(list).filter(|_| !self.gaps.contains(&inner))?;
        let held = held.as_array().map(Vec::as_slice).unwrap_or_default();
        Some(held.iter().map(|own| (own.get(key), own.get("licenseRole").and_then(Value::as_str))).collect())
    }

    /// The value of a field as it would be written; `None` if it is not shown.
    fn as_written(&self, name: &str) -> Option<Value> {
        if let Some(key) = name.strip_prefix("customFields.") {
            return self.field("customFields").map(|fields| fields.get(key).cloned().unwrap_or_default());
        }
        match UserFields::spec(name)?.read {
            ReadBack::Hidden | ReadBack::AnyOf(_) => None,
            ReadBack::Field(field) => self.field(field).cloned(),
            ReadBack::Inverted(field) => self.field(field)?.as_bool().map(|flag| Value::Bool(!flag)),
            ReadBack::Entries { list, key, role } => {
                let entries = self.entries(list, key)?;
                // Without roles, it is unknown whether a license is held as a student or as a manager.
                if role.is_some() && entries.iter().any(|(_, own)| own.is_none()) {
                    return None;
                }
                let of_role = entries.into_iter().filter(|(_, own)| role.is_none_or(|role| *own == Some(role)));
                let mut ids: Vec<Value> = of_role.filter_map(|(id, _)| id.cloned()).collect();
                ids.sort_by_key(ToString::to_string);
                Some(Value::Array(ids))
            }
        }
    }

    fn finding(&self, spec: &FieldSpec, value: &Value, written: &UserFields) -> Finding {
        match spec.read {
            ReadBack::Hidden => Finding::Unknown,
            ReadBack::Field(field) => match self.field(field) {
                Some(own) if spec.ignores_case => Finding::of(same_ignoring_case(value, own)),
                Some(own) => Finding::of(same(value, own)),
                None => Finding::Unknown,
            },
            ReadBack::Inverted(field) => match (value.as_bool(), self.field(field).and_then(Value::as_bool)) {
                (Some(flag), Some(opposite)) => Finding::of(flag != opposite),
                _ => Finding::Unknown,
            },
            ReadBack::AnyOf(fields) => {
                let shown: Vec<bool> = fields.iter().filter_map(|field| Some(!self.field(field)?.is_null())).collect();
                match value.as_bool() {
                    Some(wanted) if shown.len() == fields.len() => {
                        let is_set = shown.contains(&true);
                        // Turning it off leaves the records unchanged.
                        if wanted || wanted == is_set { Finding::of(wanted == is_set) } else { Finding::Unknown }
                    }
                    _ => Finding::Unknown,
                }
            }
            ReadBack::Entries { list, key, role } => {
                let Some(entries) = self.entries(list, key) else { return Finding::Unknown };
                let replaces = spec.replaced_by.and_then(|flag| written.get(flag)) == Some(&Value::Bool(true));
                let finding = holds(&entries, role, value, replaces);
                // Additional access may have been granted by another key.
                if finding == Finding::Different && replaces && is_given_by_other_keys(spec.name, written) {
                    return match holds(&entries, role, value, false) {
                        Finding::Same => Finding::Unknown,
                        other => other,
                    };
                }
                finding
            }
        }
    }
}

/// Whether the same access is also granted by SKU or slug.
fn is_given_by_other_keys(name: &str, written: &UserFields) -> bool {
    let others = UserFields::specs().iter().filter(|spec| spec.same_as == Some(name));
    others
        .into_iter()
        .any(|other| written.get(other.name).and_then(Value::as_array).is_some_and(|keys| !keys.is_empty()))
}

/// Whether every id is held, in the intended role if roles are shown, and nothing else if all other access was to be
/// revoked.
fn holds(entries: &[(Option<&Value>, Option<&str>)], role: Option<&str>, ids: &Value, replaces: bool) -> Finding {
    let of_role = || entries.iter().filter(|(_, own)| own.is_none_or(|own| role.is_none_or(|role| own == role)));
    // Null means that nothing should be held.
    let replaces = replaces || ids.is_null();
    let ids = ids.as_array().map(Vec::as_slice).unwrap_or_default();
    let has_all = ids.iter().all(|id| of_role().any(|(own, _)| own.is_some_and(|own| same_id(own, id))));
    let shows_roles = role.is_none() || entries.iter().all(|(_, own)| own.is_some());
    let is_given = |own: &Value| ids.iter().any(|id| same_id(own, id));
    let has_others = of_role().any(|(own, _)| own.is_none_or(|own| !is_given(own)));
    match (has_all, replaces && has_others) {
        (true, false) => Finding::Same,
        // Without roles, the others may be held in the other role, so they prove nothing.
        (true, true) if !shows_roles => Finding::Unknown,
        _ => Finding::Different,
    }
}

/// UUIDs are case-insensitive.
fn same_id(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

fn same_ignoring_case(a: &Value, b: &Value) -> bool {
    match (a.as_str(), b.as_str()) {
        (Some(a), Some(b)) => a.to_lowercase() == b.to_lowercase(),
        _ => a == b,
    }
}

/// Whether a value is as written; a missing one counts as null.
fn same(written: &Value, shown: &Value) -> bool {
    match (written, shown) {
        // A balance of 12 may come back as 12.0.
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}
