//! Decodes a page of a list in one pass: reduced to the selected fields, with their names of the schema, and with what it
//! lacks.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;
use serde_json::value::RawValue;
use thought_industries_spec::{Leaf, Selection, Shape};

use super::seen::{Key, Seen};
use super::shape::fit;
use super::text::in_page;

/// What was decoded.
#[derive(Debug, PartialEq)]
pub(crate) struct Filtered<T> {
    pub(crate) value: T,
    /// The paths of selected keys that the response does not have, as [`pick`](super::pick) finds them.
    pub(crate) missing: BTreeSet<String>,
}

/// Decodes JSON as `pick` would reduce it. `None` if that takes a second look, or the decoding of what `pick` reduces it
/// to fails: a value is of another type than the schema's, or the body has a key that a record does not have.
pub(crate) fn filter<T: DeserializeOwned>(selection: &Selection, json: &str) -> Option<Filtered<T>> {
    let (mut seen, mut json) = (Seen::of(selection), serde_json::Deserializer::from_str(json));
    let filter = Filter { json: &mut json, selection, shape: OBJECT, seen: &mut seen };
    let value = in_page(|| T::deserialize(filter)).ok()?;
    json.end().ok()?;
    // These belong to an envelope, and may say that the record is none.
    let is_envelope = |key: &str| matches!(key, "data" | "errors" | "error" | "success" | "message");
    let is_record = seen.keys().is_some_and(|mut keys| !keys.any(is_envelope));
    is_record.then(|| Filtered { value, missing: seen.missing(selection) })
}

/// The same for a record that is wrapped as `data.<operation>`.
pub(crate) fn filter_wrapped<T: DeserializeOwned>(selection: &Selection, json: &str) -> Option<Filtered<T>> {
    let (mut seen, mut json) = (Seen::of(selection), serde_json::Deserializer::from_str(json));
    let record = Record { selection, shape: OBJECT, seen: &mut seen, seed: std::marker::PhantomData::<T> };
    let value = in_page(|| json.deserialize_map(Envelope(Some(record)))).ok()?;
    json.end().ok()?;
    Some(Filtered { value, missing: seen.missing(selection) })
}

const OBJECT: Shape = Shape { leaf: Leaf::Object, depth: 0 };

/// A deserializer that shows the selected fields only.
struct Filter<'s, D> {
    json: D,
    selection: &'s Selection,
    shape: Shape,
    seen: &'s mut Seen,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Filter<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { json, selection, shape, seen } = self;
        match shape.leaf {
            Leaf::Any => json.deserialize_any(visitor),
            _ => json.deserialize_any(Shaped { visitor, selection, shape, seen }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { json, selection, shape, seen } = self;
        json.deserialize_option(Shaped { visitor, selection, shape, seen })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.json.deserialize_ignored_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

/// Decodes what is below a key, or an item of a list.
struct Record<'s, S> {
    seed: S,
    selection: &'s Selection,
    shape: Shape,
    seen: &'s mut Seen,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Record<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<S::Value, D::Error> {
        let Self { seed, selection, shape, seen } = self;
        seed.deserialize(Filter { json, selection, shape, seen })
    }
}

/// Hands a value to the visitor of the type, if it is of the schema's type or can be converted to it.
struct Shaped<'s, V> {
    visitor: V,
    selection: &'s Selection,
    shape: Shape,
    seen: &'s mut Seen,
}

/// The error of a value that takes a second look. It is never shown.
fn unfit<E: Error>() -> E {
    E::custom("a value of another type")
}

impl<'de, V: Visitor<'de>> Shaped<'_, V> {
    /// The shape of a single value of the schema's type.
    fn is(&self, leaf: Leaf) -> bool {
        self.shape == Shape { leaf, depth: 0 }
    }

    fn converted<E: Error>(self, value: Value) -> Result<V::Value, E> {
        match fit(self.shape, value) {
            Ok(Value::String(text)) => self.visitor.visit_string(text),
            Ok(Value::Bool(flag)) => self.visitor.visit_bool(flag),
            Ok(Value::Number(number)) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(number), ..) => self.visitor.visit_i64(number),
                (_, Some(number), _) => self.visitor.visit_u64(number),
                (.., Some(number)) => self.visitor.visit_f64(number),
                _ => Err(unfit()),
            },
            _ => Err(unfit()),
        }
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Shaped<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<V::Value, D::Error> {
        let Self { visitor, selection, shape, seen } = self;
        visitor.visit_some(Filter { json, selection, shape, seen })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        if !self.is(Leaf::Object) {
            return Err(unfit());
        }
        let Self { visitor, selection, seen, .. } = self;
        seen.begin();
        visitor.visit_map(Fields { map, selection, seen, position: 0, current: Current::Ignored, aliases: Vec::new() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        let Self { visitor, selection, shape: Shape { leaf, depth }, seen } = self;
        let Some(depth) = depth.checked_sub(1) else { return Err(unfit()) };
        visitor.visit_seq(Items { list: items, selection, shape: Shape { leaf, depth }, seen })
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<V::Value, E> {
        if self.is(Leaf::Flag) { self.visitor.visit_bool(flag) } else { self.converted(flag.into()) }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<V::Value, E> {
        let fits = self.is(Leaf::Integer) || self.is(Leaf::Number);
        if fits { self.visitor.visit_i64(number) } else { self.converted(number.into()) }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<V::Value, E> {
        let fits = self.is(Leaf::Integer) || self.is(Leaf::Number);
        if fits { self.visitor.visit_u64(number) } else { self.converted(number.into()) }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<V::Value, E> {
        if self.is(Leaf::Number) { self.visitor.visit_f64(number) } else { self.converted(number.into()) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        let fits = self.is(Leaf::Text) || self.is(Leaf::Date);
        if fits { self.visitor.visit_str(text) } else { self.converted(text.into()) }
    }
}

/// The items of a list.
struct Items<'s, A> {
    list: A,
    selection: &'s Selection,
    shape: Shape,
    seen: &'s mut Seen,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Items<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let Self { list, selection, shape, seen } = self;
        list.next_element_seed(Record { seed, selection, shape: *shape, seen })
    }

    fn size_hint(&self) -> Option<usize> {
        self.list.size_hint()
    }
}

/// What the next value is.
enum Current<'de> {
    Ignored,
    Typename,
    Field(usize),
    /// A field under another name, which the object did not have under its own.
    Alias(usize, &'de RawValue),
}

/// The selected fields of an object.
struct Fields<'s, 'de, A> {
    map: A,
    selection: &'s Selection,
    seen: &'s mut Seen,
    position: usize,
    current: Current<'de>,
    /// Values under other names. The schema's name takes precedence, wherever in the object it is.
    aliases: Vec<(usize, &'de RawValue)>,
}

impl<'de, A: MapAccess<'de>> Fields<'_, 'de, A> {
    /// The name in the schema of the next selected field.
    fn next(&mut self) -> Result<Option<&str>, A::Error> {
        loop {
            let found =
                self.map.next_key_seed(KeyAt { position: self.position, fields: self.selection, seen: self.seen })?;
            self.position += 1;
            match found {
                Some(Key::Field(at)) => {
                    self.seen.add(at);
                    self.current = Current::Field(at);
                    return Ok(self.selection.fields.get(at).map(|field| field.key.as_str()));
                }
                Some(Key::Alias(at)) => self.aliases.push((at, self.map.next_value()?)),
                // Unions are decoded by it, whatever the selection lists.
                Some(Key::Typename) => {
                    self.current = Current::Typename;
                    return Ok(Some("__typename"));
                }
                Some(Key::Other) => _ = self.map.next_value::<IgnoredAny>()?,
                None => return Ok(self.next_alias()),
            }
        }
    }

    fn next_alias(&mut self) -> Option<&str> {
        while !self.aliases.is_empty() {
            let (at, value) = self.aliases.remove(0);
            if self.seen.add(at) {
                self.current = Current::Alias(at, value);
                return self.selection.fields.get(at).map(|field| field.key.as_str());
            }
        }
        self.seen.end(self.selection);
        None
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'_, 'de, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        match self.next()? {
            Some(key) => seed.deserialize(StrDeserializer::new(key)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let (at, value) = match std::mem::replace(&mut self.current, Current::Ignored) {
            Current::Field(at) => (at, None),
            Current::Alias(at, value) => (at, Some(value)),
            Current::Typename | Current::Ignored => return self.map.next_value_seed(seed),
        };
        let (Some(field), Some(below)) = (self.selection.fields.get(at), self.seen.below(at)) else {
            return Err(unfit());
        };
        let record = Record { seed, selection: &field.selection, shape: field.shape, seen: below };
        match value {
            None => self.map.next_value_seed(record),
            Some(value) => {
                let mut json = serde_json::Deserializer::from_str(value.get());
                record.deserialize(&mut json).map_err(A::Error::custom)
            }
        }
    }
}

/// Finds out what a key is, without keeping its text.
struct KeyAt<'s> {
    position: usize,
    fields: &'s Selection,
    seen: &'s mut Seen,
}

impl<'de> DeserializeSeed<'de> for KeyAt<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Key, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyAt<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(self.seen.key(self.fields, self.position, key))
    }
}

/// An envelope with one operation and no errors.
struct Envelope<R>(Option<R>);

impl<'de, R: DeserializeSeed<'de>> Visitor<'de> for Envelope<R> {
    type Value = R::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<R::Value, A::Error> {
        let mut value = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "data" => {
                    let record = self.0.take().ok_or_else(unfit)?;
                    value = Some(map.next_value_seed(Data(record))?);
                }
                "extensions" => _ = map.next_value::<IgnoredAny>()?,
                "errors" if map.next_value::<Value>()?.is_null() => {}
                _ => return Err(unfit()),
            }
        }
        value.ok_or_else(unfit)
    }
}

/// The value of the only key of an object.
struct Data<R>(R);

impl<'de, R: DeserializeSeed<'de>> DeserializeSeed<'de> for Data<R> {
    type Value = R::Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<R::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de, R: DeserializeSeed<'de>> Visitor<'de> for Data<R> {
    type Value = R::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with one key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<R::Value, A::Error> {
        map.next_key::<IgnoredAny>()?.ok_or_else(unfit)?;
        let value = map.next_value_seed(self.0)?;
        if map.next_key::<IgnoredAny>()?.is_some() { Err(unfit()) } else { Ok(value) }
    }
}

#[cfg(test)]
mod tests;
