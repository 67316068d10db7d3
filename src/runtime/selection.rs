//! The fields that an operation selects, as data. Responses are reduced to them and checked for missing ones.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The fields selected of a value.
#[derive(Debug)]
pub struct Selection(pub &'static [Selected]);

/// A selected field.
#[derive(Debug)]
pub struct Selected {
    /// Its response key.
    pub key: &'static str,
    /// The name in REST responses, if different.
    pub alias: Option<&'static str>,
    /// Whether a response may omit it: it is read if present, and never reported as missing.
    pub is_optional: bool,
    /// The selection below it; empty for leaves.
    pub selection: Selection,
}

impl Selection {
    /// Selects nothing: the response is not read.
    pub(crate) const NONE: &'static Self = &Self(&[]);

    /// The selection of a field.
    pub(crate) fn of(&self, key: &str) -> Option<&'static Selection> {
        self.0.iter().find(|selected| selected.key == key).map(|selected| &selected.selection)
    }

    /// Reads the selected fields from a response that may have more, fewer, or differently named fields. Returns them
    /// with the paths of missing keys, such as `purchasedCourses.course`. A key whose value is null is not missing.
    /// Keys below a missing key are not listed.
    pub(crate) fn pick<'de, D: Deserializer<'de>>(
        &'static self,
        answer: D,
    ) -> Result<(Value, BTreeSet<String>), D::Error> {
        let mut missing = BTreeSet::new();
        let picked = Pick { selection: self, path: &mut Vec::new(), missing: &mut missing }.deserialize(answer)?;
        Ok((picked, missing))
    }
}

struct Pick<'p> {
    selection: &'static Selection,
    path: &'p mut Vec<&'static str>,
    missing: &'p mut BTreeSet<String>,
}

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.selection.0.is_empty() {
            return Value::deserialize(deserializer);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut picked = Map::new();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            // Unions are decoded by it, whatever the selection lists.
            if key == "__typename" {
                picked.insert(key.into_owned(), map.next_value()?);
                continue;
            }
            let Some(field) = self.selection.0.iter().find(|field| field.key == key || field.alias == Some(&*key))
            else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.path.push(field.key);
            let inner = Pick { selection: &field.selection, path: &mut *self.path, missing: &mut *self.missing };
            let value = map.next_value_seed(inner)?;
            self.path.pop();
            // If a response has both names, the schema's name takes precedence.
            if field.key == key || !picked.contains_key(field.key) {
                picked.insert(field.key.to_owned(), value);
            }
        }
        for field in self.selection.0.iter().filter(|field| !field.is_optional && !picked.contains_key(field.key)) {
            let path: Vec<&str> = self.path.iter().copied().chain([field.key]).collect();
            self.missing.insert(path.join("."));
        }
        Ok(Value::Object(picked))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Self { selection, path, missing } = self;
        let mut picked = Vec::new();
        while let Some(item) = items.next_element_seed(Pick { selection, path: &mut *path, missing: &mut *missing })? {
            picked.push(item);
        }
        Ok(Value::Array(picked))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    // If a leaf appears where an object was expected, decoding reports it.
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const fn leaf(key: &'static str, alias: Option<&'static str>) -> Selected {
        Selected { key, alias, is_optional: false, selection: Selection(&[]) }
    }

    static COURSE: &[Selected] = &[leaf("id", None), leaf("lang", Some("language"))];
    static HELD: &[Selected] =
        &[Selected { key: "course", alias: None, is_optional: false, selection: Selection(COURSE) }];
    static USER: Selection = Selection(&[
        leaf("id", None),
        Selected { key: "cursor", alias: None, is_optional: true, selection: Selection(&[]) },
        Selected { key: "courses", alias: None, is_optional: false, selection: Selection(HELD) },
    ]);

    fn check(answer: &Value, picked: &Value, missing: &[&str]) {
        let text = answer.to_string();
        let expected = (picked.clone(), missing.iter().map(|path| (*path).to_owned()).collect());
        assert_eq!(USER.pick(&mut serde_json::Deserializer::from_str(&text)).expect("JSON"), expected, "{text}");
        assert_eq!(USER.pick(answer).expect("JSON"), expected, "{text}");
    }

    #[test]
    fn what_was_selected_is_taken_and_what_is_not_there_is_missed() {
        let whole = json!({ "id": 1, "courses": [{ "course": { "id": 1, "lang": "en" } }] });
        check(&whole, &whole, &[]);
        let more = json!({ "id": 1, "name": "x", "courses": [{ "course": { "id": 1, "lang": "en", "more": {} } }] });
        check(&more, &whole, &[]);
        let nulls = json!({ "id": null, "courses": null });
        check(&nulls, &nulls, &[]);
        check(&json!({ "id": 1 }), &json!({ "id": 1 }), &["courses"]);
        let mixed = json!({ "id": 1, "courses": [{ "course": null }, {}] });
        check(&mixed, &mixed, &["courses.course"]);
        let leaf = json!({ "id": 1, "courses": "surprise" });
        check(&leaf, &leaf, &[]);
        let paged = json!({ "id": 1, "courses": [], "cursor": "Mg" });
        check(&paged, &paged, &[]);
    }

    #[test]
    fn other_spellings_are_taken_for_the_schemas() {
        let spelled = |course: Value| json!({ "id": 1, "courses": [{ "course": course }] });
        let expected = spelled(json!({ "id": 1, "lang": "en" }));
        check(&spelled(json!({ "id": 1, "language": "en" })), &expected, &[]);
        check(&spelled(json!({ "id": 1, "lang": "en", "language": "fr" })), &expected, &[]);
        check(&spelled(json!({ "id": 1, "language": "fr", "lang": "en" })), &expected, &[]);
    }
}
