//! Rosters in JSON: an array, or an object on each line.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Keep;
use super::cells::Cells;
use super::columns::Columns;
use crate::DesiredUser;
use crate::files::{LONGEST_LINE, read_line};

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

/// Reads the objects of an array, one by one. Each may be as long as a line.
pub(super) fn array(source: impl Read, cells: Cells<'_>, keep: &mut Keep<'_>) -> Result<(), String> {
    array_within(LONGEST_LINE, source, cells, keep)
}

fn array_within(longest: u64, source: impl Read, cells: Cells<'_>, keep: &mut Keep<'_>) -> Result<(), String> {
    let item = Item { number: Cell::new(1), left: Cell::new(Some(longest)), longest };
    let mut json = serde_json::Deserializer::from_reader(ShortItems { inner: source, item: &item });
    let mut is_cut_short = false;
    let rows = Rows { objects: Objects::new(cells), keep, item: &item, is_cut_short: &mut is_cut_short };
    let done = json.deserialize_seq(rows).and_then(|()| json.end());
    if item.left.get().is_none() {
        let (number, limit) = (item.number.get(), longest >> 20);
        return Err(format!("item {number}: the item is longer than {limit} MiB"));
    }
    // This error only ends the reading; the wrong rows are reported already.
    if is_cut_short { Ok(()) } else { done.map_err(|error| error.to_string()) }
}

/// The item that is being read.
struct Item {
    /// The first is 1.
    number: Cell<u64>,
    /// The bytes that it may still have; `None` if it had more.
    left: Cell<Option<u64>>,
    longest: u64,
}

/// A reader that refuses an item that is too long, as a device has it.
struct ShortItems<'a, R> {
    inner: R,
    item: &'a Item,
}

impl<R: Read> Read for ShortItems<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let left = self.item.left.get().and_then(|left| left.checked_sub(length as u64));
        self.item.left.set(left);
        if left.is_some() { Ok(length) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
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
    item: &'a Item,
    /// Whether enough rows were wrong to stop reading.
    is_cut_short: &'a mut bool,
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(fields) = items.next_element_seed(Object)? {
            let number = self.item.number.replace(self.item.number.get() + 1);
            self.item.left.set(Some(self.item.longest));
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

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    /// Reads an array whose items may have `longest` bytes; returns how many were read.
    fn read(longest: u64, source: impl Read) -> (u64, Result<(), String>) {
        let mut read = 0;
        let mut keep = |number: u64, row: Result<crate::DesiredUser, String>| {
            row.expect("a row");
            read = number;
            ControlFlow::Continue(())
        };
        let config = crate::SyncConfig::new();
        let cells = Cells::new(&config, jiff::civil::date(2026, 1, 1));
        let done = array_within(longest, source, cells, &mut keep);
        (read, done)
    }

    #[test]
    fn an_item_without_an_end_is_named_and_a_long_array_is_read() {
        const MIB: u64 = 1 << 20;
        let refused = |number: u64| Err(format!("item {number}: the item is longer than 1 MiB"));
        let start = br#"[{"email":"a@example.com"},{"email":""#;
        assert_eq!(read(MIB, start.chain(io::repeat(b'a'))), (1, refused(2)));
        // White space between and after items counts as well.
        assert_eq!(read(MIB, b"[{},".chain(io::repeat(b' '))), (1, refused(2)));
        assert_eq!(read(MIB, b"[{}]".chain(io::repeat(b' '))), (1, refused(2)));
        let half = format!(r#"{{"firstName":"{}"}}"#, "a".repeat(700_000));
        assert_eq!(read(MIB, format!("[{half},{half},{half}]").as_bytes()), (3, Ok(())));
        assert_eq!(read(MIB, b"[]".as_slice()), (0, Ok(())));
    }
}
