//! The path of a place in JSON: where decoding failed.
//!
//! Decoders that follow the path while they decode take twice the code, for every type. This finds it afterwards, from the
//! position that `serde_json` reports.

use std::fmt::Write as _;

/// An object or a list around a place.
enum Around<'j> {
    /// The key of the value that is read.
    Object(&'j str),
    /// The position of the item that is read.
    List(usize),
}

/// The path of the value at which a decoder stopped, as keys and positions: `users[3].client.name`; `.` for the whole text.
/// Lines are counted from 1, columns in bytes that were read of the line; line 0 is an unknown place.
pub(super) fn path_at(json: &str, line: usize, column: usize) -> String {
    let Some(before) = line.checked_sub(1) else { return String::new() };
    let start: usize = json.split_inclusive('\n').take(before).map(str::len).sum();
    let place = start.saturating_add(column);
    let bytes = json.as_bytes();
    let mut around = Vec::new();
    let (mut at, mut is_key) = (0, false);
    while let Some(byte) = bytes.get(at) {
        let end = match byte {
            b'"' => end_of_text(bytes, at),
            b'{' | b'}' | b'[' | b']' | b',' | b':' => at + 1,
            byte if byte.is_ascii_whitespace() => at + 1,
            _ => end_of_word(bytes, at),
        };
        match byte {
            b'{' | b'[' => {
                // A decoder that expected another type stops before the bracket or after it.
                if end >= place {
                    break;
                }
                is_key = *byte == b'{';
                around.push(if is_key { Around::Object("") } else { Around::List(0) });
            }
            b'}' | b']' => {
                _ = around.pop();
                is_key = false;
                if end >= place {
                    break;
                }
            }
            b',' => match around.last_mut() {
                Some(Around::List(position)) => *position += 1,
                _ => is_key = true,
            },
            b'"' if is_key => {
                let text = json.get(at + 1..end.saturating_sub(1)).unwrap_or_default();
                if let Some(Around::Object(key)) = around.last_mut() {
                    *key = text;
                }
                is_key = false;
            }
            b':' => {}
            byte if byte.is_ascii_whitespace() => {}
            _ if end >= place => break,
            _ => {}
        }
        at = end;
    }
    print(&around)
}

fn print(around: &[Around<'_>]) -> String {
    let mut path = String::new();
    for level in around {
        let written = match level {
            Around::Object(key) if path.is_empty() => write!(path, "{key}"),
            Around::Object(key) => write!(path, ".{key}"),
            Around::List(position) => write!(path, "[{position}]"),
        };
        // Writing to text does not fail.
        _ = written;
    }
    if path.is_empty() { ".".to_owned() } else { path }
}

/// The place after a text in quotes.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut is_escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(start + 1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

/// The place after a number, `true`, `false` or `null`.
fn end_of_word(bytes: &[u8], start: usize) -> usize {
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'"') || byte.is_ascii_whitespace();
    bytes.iter().skip(start).position(ends).map_or(bytes.len(), |length| start + length.max(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "decoded only")]
    struct Page {
        users: Vec<User>,
        page: Option<i64>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "decoded only")]
    struct User {
        id: String,
        disabled: Option<bool>,
        client: Option<BTreeMap<String, String>>,
    }

    fn path(json: &str) -> String {
        let error = serde_json::from_str::<Page>(json).expect_err("another type");
        path_at(json, error.line(), error.column())
    }

    #[test]
    fn a_failure_is_found_by_its_position() {
        for (json, expected) in [
            (r#"{"users":[{"id":"a"},{"id":5}]}"#, "users[1].id"),
            (r#"{"users":[{"id":"a"},{"id":12345,"disabled":true}]}"#, "users[1].id"),
            (r#"{"users":[{"id":"a","disabled":"no"}]}"#, "users[0].disabled"),
            (r#"{"users":[{"id":{"a":{"b":1}}}]}"#, "users[0].id"),
            (r#"{"users":[{"id":["a"]}]}"#, "users[0].id"),
            (r#"{"users":[{"id":"a","client":{"x":"}\"]","name":null}}]}"#, "users[0].client.name"),
            (r#"{"users":[{"id":"a"},{"disabled":true}],"page":1}"#, "users[1]"),
            (r#"{"users":[{"id":"a","id":"b"}]}"#, "users[0].id"),
            (r#"{"users":{}}"#, "users"),
            (r#"{"page":1}"#, "."),
            ("[]", "."),
            ("{\n  \"users\": [\n    { \"id\": \"a\" },\n    { \"id\": true }\n  ]\n}", "users[1].id"),
            (r#"{"page":1,"users":[],"page":2.5}"#, "page"),
            (r#"{"users":[{"id":"é","disabled":0}]}"#, "users[0].disabled"),
        ] {
            assert_eq!(path(json), expected, "{json}");
        }
    }

    /// Text anywhere, and nothing else.
    #[derive(Debug)]
    struct Texts;

    impl<'de> Deserialize<'de> for Texts {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(TextsVisitor)
        }
    }

    struct TextsVisitor;

    impl<'de> serde::de::Visitor<'de> for TextsVisitor {
        type Value = Texts;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("text")
        }

        fn visit_str<E>(self, _: &str) -> Result<Texts, E> {
            Ok(Texts)
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Texts, A::Error> {
            while items.next_element::<Texts>()?.is_some() {}
            Ok(Texts)
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut fields: A) -> Result<Texts, A::Error> {
            while fields.next_entry::<String, Texts>()?.is_some() {}
            Ok(Texts)
        }
    }

    /// The places of texts, as pointers and as paths.
    fn places(value: &Value, pointer: &str, path: &str) -> Vec<(String, String)> {
        let dot = if path.is_empty() { "" } else { "." };
        match value {
            Value::Object(fields) => fields
                .iter()
                .flat_map(|(key, inner)| places(inner, &format!("{pointer}/{key}"), &format!("{path}{dot}{key}")))
                .collect(),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items
                    .flat_map(|(at, inner)| places(inner, &format!("{pointer}/{at}"), &format!("{path}[{at}]")))
                    .collect()
            }
            _ => vec![(pointer.to_owned(), path.to_owned())],
        }
    }

    fn texts() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(json!("a\"]}{\\")), Just(json!("")), Just(json!("x,y:\nz"))];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let key = prop_oneof![Just("a".to_owned()), Just("b c".to_owned()), Just("ä".to_owned())];
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(key, inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Wherever one value is of another type, its path is found, however the text is laid out.
        #[test]
        fn any_single_wrong_value_is_found(
            mut value in texts(),
            at in any::<prop::sample::Index>(),
            wrong in prop_oneof![Just(json!(1)), Just(json!(false)), Just(json!(null)), Just(json!(-12.5))],
            is_pretty in any::<bool>(),
        ) {
            let places = places(&value, "", "");
            prop_assume!(!places.is_empty());
            let (pointer, path) = at.get(&places);
            *value.pointer_mut(pointer).expect("a place") = wrong;
            let json = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let json = json.expect("JSON");
            let error = serde_json::from_str::<Texts>(&json).expect_err("another type");
            let expected = if path.is_empty() { "." } else { path };
            prop_assert_eq!(path_at(&json, error.line(), error.column()), expected, "{}", json);
        }

        /// No text and no position is too strange.
        #[test]
        fn any_text_has_a_path(json in ".{0,40}", line in 0..5_usize, column in 0..60_usize) {
            path_at(&json, line, column);
        }
    }
}
