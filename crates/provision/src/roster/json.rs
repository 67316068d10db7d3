//! Rosters in JSON: an array, or an object on each line.

use std::collections::HashMap;
use std::io::{BufRead, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Keep;
use super::cells::Cells;
use super::columns::Columns;
use crate::DesiredUser;
use crate::files::read_line;

/// Reads an object from each line.
pub(super) fn objects(
    mut source: impl BufRead,
    skipped: u64,
    cells: Cells<'_>,
    keep: &mut Keep<'_>,
) -> Result<(), String> {
    let (mut objects, mut line) = (Objects::new(cells), Vec::new());
    for number in skipped + 1.. {
        line.clear();
        if read_line(&mut source, &mut line).map_err(|error| format!("line {number}: {error}"))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let fields = serde_json::from_slice(&line).map_err(|error| error.to_string());
        if keep(number, fields.and_then(|fields| objects.user(number, fields))).is_break() {
            break;
        }
    }
    Ok(())
}

/// Reads the objects of an array, one by one.
pub(super) fn array(source: impl Read, cells: Cells<'_>, keep: &mut Keep<'_>) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_reader(source);
    let mut is_cut_short = false;
    let rows = Rows { objects: Objects::new(cells), keep, is_cut_short: &mut is_cut_short };
    let done = json.deserialize_seq(rows).and_then(|()| json.end());
    // This error only ends the reading; the wrong rows are reported already.
    if is_cut_short { Ok(()) } else { done.map_err(|error| error.to_string()) }
}

/// Makes users of objects, whose names are mapped as columns are.
struct Objects<'c> {
    cells: Cells<'c>,
    /// The fields of the names so far, since every object has the same ones.
    fields: HashMap<String, Option<String>>,
}

impl<'c> Objects<'c> {
    fn new(cells: Cells<'c>) -> Self {
        Self { cells, fields: HashMap::new() }
    }

    fn user(&mut self, number: u64, object: Map<String, Value>) -> Result<DesiredUser, String> {
        let Self { cells, fields } = self;
        cells.object(number, object, |name| {
            if let Some(known) = fields.get(name) {
                return Ok(known.clone());
            }
            let field = Columns::of(&[name.to_owned()], cells.config())?.fields.into_iter().next().flatten();
            fields.insert(name.to_owned(), field.clone());
            Ok(field)
        })
    }
}

struct Rows<'a, 'k> {
    objects: Objects<'a>,
    keep: &'a mut Keep<'k>,
    /// Whether enough rows were wrong to stop reading.
    is_cut_short: &'a mut bool,
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(fields) = items.next_element_seed(Object)? {
            number += 1;
            if (self.keep)(number, self.objects.user(number, fields)).is_break() {
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
