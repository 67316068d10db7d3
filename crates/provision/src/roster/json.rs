//! Rosters in JSON: an array, or an object on each line.

use std::io::{BufRead, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::columns::{Mapping, object};
use super::{Keep, row};
use crate::files::read_line;

/// Reads an object from each line.
pub(super) fn objects(
    mut source: impl BufRead,
    skipped: u64,
    mapping: &Mapping,
    keep: &mut Keep<'_>,
) -> Result<(), String> {
    let mut line = Vec::new();
    for number in skipped + 1.. {
        line.clear();
        if read_line(&mut source, &mut line).map_err(|error| format!("line {number}: {error}"))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let fields = serde_json::from_slice(&line).map_err(|error| error.to_string());
        let fields = fields.and_then(|fields| object(mapping, fields));
        if keep(number, fields.map(|fields| row(number, fields))).is_break() {
            break;
        }
    }
    Ok(())
}

/// Reads the objects of an array, one by one.
pub(super) fn array(source: impl Read, mapping: &Mapping, keep: &mut Keep<'_>) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_reader(source);
    let mut is_cut_short = false;
    let rows = Rows { mapping, keep, is_cut_short: &mut is_cut_short };
    let done = json.deserialize_seq(rows).and_then(|()| json.end());
    // This error only ends the reading; the wrong rows are reported already.
    if is_cut_short { Ok(()) } else { done.map_err(|error| error.to_string()) }
}

struct Rows<'a, 'k> {
    mapping: &'a Mapping,
    keep: &'a mut Keep<'k>,
    /// Whether enough rows were wrong to stop reading.
    is_cut_short: &'a mut bool,
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(fields) = items.next_element_seed(Object)? {
            number += 1;
            let fields = object(self.mapping, fields);
            if (self.keep)(number, fields.map(|fields| row(number, fields))).is_break() {
                *self.is_cut_short = true;
                return Err(A::Error::custom("cut short"));
            }
        }
        Ok(())
    }
}

struct Object;

impl<'de> DeserializeSeed<'de> for Object {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Map::deserialize(deserializer)
    }
}
