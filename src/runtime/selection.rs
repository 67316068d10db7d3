//! What an operation selects, as data, and what of it an answer lacks.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The fields selected of a value.
#[derive(Debug)]
pub struct Selection(pub &'static [Selected]);

/// A selected field.
#[derive(Debug)]
pub struct Selected {
    /// Its response key.
    pub key: &'static str,
    /// How REST answers spell it, if differently.
    pub alias: Option<&'static str>,
    /// What is selected of it; nothing of leaves.
    pub selection: Selection,
}

impl Selection {
    /// The selection of a field.
    pub(crate) fn of(&self, key: &str) -> Option<&Selection> {
        self.0.iter().find(|selected| selected.key == key).map(|selected| &selected.selection)
    }

    /// The paths that were selected and whose keys the answer does not have, such as `purchasedCourses.course`. A
    /// key that is there and null is not missing. What lies below a missing key is not listed.
    pub(crate) fn missing<'de, D: Deserializer<'de>>(&'static self, answer: D) -> Result<BTreeSet<String>, D::Error> {
        let mut found = BTreeSet::new();
        Search { selection: self, path: &mut Vec::new(), found: &mut found }.deserialize(answer)?;
        Ok(found)
    }
}

struct Search<'s> {
    selection: &'static Selection,
    path: &'s mut Vec<&'static str>,
    found: &'s mut BTreeSet<String>,
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.selection.0.is_empty() {
            return IgnoredAny::deserialize(deserializer).map(|_| ());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let selected = self.selection.0.iter().find(|field| field.key == key || field.alias == Some(&*key));
            let Some(selected) = selected else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            seen.insert(selected.key);
            self.path.push(selected.key);
            map.next_value_seed(Search {
                selection: &selected.selection,
                path: &mut *self.path,
                found: &mut *self.found,
            })?;
            self.path.pop();
        }
        for field in self.selection.0.iter().filter(|field| !seen.contains(field.key)) {
            let mut path = self.path.join(".");
            if !path.is_empty() {
                path.push('.');
            }
            self.found.insert(path + field.key);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { selection, path, found } = self;
        while items.next_element_seed(Search { selection, path: &mut *path, found: &mut *found })?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    // A leaf where an object was expected is for decoding to complain about.
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static COURSE: Selection = Selection(&[
        Selected { key: "id", alias: None, selection: Selection(&[]) },
        Selected { key: "lang", alias: Some("language"), selection: Selection(&[]) },
    ]);
    static USER: Selection = Selection(&[
        Selected { key: "id", alias: None, selection: Selection(&[]) },
        Selected {
            key: "courses",
            alias: None,
            selection: Selection(&[Selected { key: "course", alias: None, selection: Selection(COURSE.0) }]),
        },
    ]);

    fn check(json: &str, expected: &[&str]) {
        let missing = USER.missing(&mut serde_json::Deserializer::from_str(json)).expect("JSON");
        assert_eq!(missing.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{json}");
    }

    #[test]
    fn keys_that_are_not_there_are_missing() {
        check(r#"{"id":1,"courses":[{"course":{"id":1,"lang":"en","more":{}}}]}"#, &[]);
        check(r#"{"id":null,"courses":null}"#, &[]);
        check(r#"{"id":1}"#, &["courses"]);
        check(r#"{"id":1,"courses":[]}"#, &[]);
        check(r#"{"id":1,"courses":[{"course":null},{}]}"#, &["courses.course"]);
        check(
            r#"{"id":1,"courses":[{"course":{"id":1,"language":"en"}},{"course":{"id":1}}]}"#,
            &["courses.course.lang"],
        );
        check(r#"{"id":1,"courses":"surprise"}"#, &[]);
    }
}
