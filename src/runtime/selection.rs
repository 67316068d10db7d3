//! The fields that an operation selects, as data. Responses are reduced to them and checked for missing ones.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use thought_industries_spec::Selection;

use super::shape::fit;

/// What was read from a response.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Picked {
    /// The selected fields.
    pub(crate) value: Value,
    /// The paths of selected keys that the response does not have, such as `purchasedCourses.course`.
    pub(crate) missing: BTreeSet<String>,
    /// The paths of values that were dropped because of their JSON type, with both types.
    pub(crate) dropped: BTreeMap<String, String>,
}

/// Reads the selected fields from a response that may have more, fewer, or differently named fields. A key whose value is
/// null is not missing. Keys below a missing key are not listed. A value of another JSON type than expected is converted
/// if that loses nothing, otherwise dropped.
pub(crate) fn pick<'de, D: Deserializer<'de>>(selection: &'static Selection, response: D) -> Result<Picked, D::Error> {
    let mut picked = Picked::default();
    let pick = Pick { selection, path: &mut Vec::new(), found: &mut picked };
    picked.value = pick.deserialize(response)?;
    Ok(picked)
}

struct Pick<'p> {
    selection: &'static Selection,
    path: &'p mut Vec<&'static str>,
    found: &'p mut Picked,
}

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.selection.is_empty() {
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
            let own = self.selection.field(&key);
            let spelled = || self.selection.fields.iter().find(|field| field.alias.as_deref() == Some(&*key));
            let Some(field) = own.or_else(spelled) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            self.path.push(&field.key);
            let inner = Pick { selection: &field.selection, path: &mut *self.path, found: &mut *self.found };
            let value = fit(field.shape, map.next_value_seed(inner)?);
            match value {
                // If a response has both names, the schema's name takes precedence.
                Ok(value) if field.key == key || !picked.contains_key(&field.key) => {
                    picked.insert(field.key.clone(), value);
                }
                Ok(_) => {}
                Err(types) => _ = self.found.dropped.insert(self.path.join("."), types),
            }
            self.path.pop();
        }
        let required = self.selection.fields.iter().filter(|field| !field.is_optional);
        for field in required.filter(|field| !picked.contains_key(&field.key)) {
            let path: Vec<&str> = self.path.iter().copied().chain([field.key.as_str()]).collect();
            self.found.missing.insert(path.join("."));
        }
        Ok(Value::Object(picked))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let Self { selection, path, found } = self;
        let mut picked = Vec::new();
        while let Some(item) = items.next_element_seed(Pick { selection, path: &mut *path, found: &mut *found })? {
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

    // If a leaf appears where an object was expected, its shape does not fit.
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

    use std::sync::LazyLock;

    use thought_industries_spec::{Document, Types};

    use super::*;

    static USER: LazyLock<Selection> = LazyLock::new(|| {
        let types = "query Query\nQuery user:User\nUser id:* courses:[Held] cursor?:*\nHeld course:Course\n\
            Course id:* lang/language:*\n";
        let document = Document::parse("query Q{user{id courses{course{id lang}}}}").expect("a document");
        let whole = Selection::of(&document, document.operation(None).expect("one"), &Types::parse(types));
        whole.below("user").clone()
    });

    fn check(answer: &Value, value: &Value, missing: &[&str]) {
        check_dropped(answer, value, missing, &[]);
    }

    fn check_dropped(answer: &Value, value: &Value, missing: &[&str], dropped: &[(&str, &str)]) {
        let text = answer.to_string();
        let expected = Picked {
            value: value.clone(),
            missing: missing.iter().map(|path| (*path).to_owned()).collect(),
            dropped: dropped.iter().map(|(path, types)| ((*path).to_owned(), (*types).to_owned())).collect(),
        };
        assert_eq!(pick(&USER, &mut serde_json::Deserializer::from_str(&text)).expect("JSON"), expected, "{text}");
        assert_eq!(pick(&USER, answer).expect("JSON"), expected, "{text}");
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
        let types = ("courses", "a string instead of a list of objects");
        check_dropped(&leaf, &json!({ "id": 1 }), &["courses"], &[types]);
        let inner = json!({ "id": 1, "courses": [{ "course": 7 }] });
        let types = ("courses.course", "a number instead of an object");
        check_dropped(&inner, &json!({ "id": 1, "courses": [{}] }), &["courses.course"], &[types]);
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
