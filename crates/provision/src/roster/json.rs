//! Rosters in JSON: an array, an object on each line, or an object with a list of users, as directories respond.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::files::{LONGEST_LINE, read_line};

/// How objects are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Array,
    /// An object on each line, below so many empty ones.
    Lines(u64),
    /// The list with this name in one object.
    List(&'static str),
}

/// What is called with each object, or with what is wrong with it.
type Each<'e> = dyn FnMut(u64, Result<Map<String, Value>, String>) -> ControlFlow<()> + 'e;

/// The lists of users in the responses of directories: Microsoft Graph, Google, SCIM.
const LISTS: [&str; 3] = ["value", "users", "Resources"];

/// By what a directory names the next page.
const NEXT: [&str; 2] = ["@odata.nextLink", "nextPageToken"];

/// By what SCIM says how many users there are.
const TOTAL: &str = "totalResults";

/// Whether the objects are on lines, or in a list of the first one.
pub(super) fn layout(source: impl Read, skipped: u64) -> Layout {
    let found = Cell::new(None);
    let mut json = serde_json::Deserializer::from_reader(source);
    // An error ends the search, and is reported where the objects are read.
    _ = json.deserialize_map(ListName(&found));
    found.get().map_or(Layout::Lines(skipped), Layout::List)
}

/// Reads all objects, one by one. Each may be as long as a line.
pub(super) fn each(source: impl BufRead, layout: Layout, each: &mut Each<'_>) -> Result<(), String> {
    match layout {
        Layout::Lines(skipped) => lines(source, skipped, each),
        Layout::Array => list_within(LONGEST_LINE, source, None, each),
        Layout::List(name) => list_within(LONGEST_LINE, source, Some(name), each),
    }
}

fn lines(mut source: impl BufRead, skipped: u64, each: &mut Each<'_>) -> Result<(), String> {
    let mut line = Vec::new();
    for number in skipped + 1.. {
        line.clear();
        if read_line(&mut source, &mut line).map_err(|error| format!("line {number}: {error}"))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if each(number, serde_json::from_slice(&line).map_err(|error| error.to_string())).is_break() {
            break;
        }
    }
    Ok(())
}

/// Reads the objects of an array: that with a name in one object, or the whole text.
fn list_within(longest: u64, source: impl Read, name: Option<&'static str>, each: &mut Each<'_>) -> Result<(), String> {
    let item = Item { number: Cell::new(1), left: Cell::new(Some(longest)), longest };
    let mut json = serde_json::Deserializer::from_reader(ShortItems { inner: source, item: &item });
    let mut is_cut_short = false;
    let rows = Rows { each, item: &item, is_cut_short: &mut is_cut_short };
    let done = match name {
        None => json.deserialize_seq(rows).map(|()| None),
        Some(name) => json.deserialize_map(Page { name, rows: Some(rows), item: &item }),
    };
    let done = done.and_then(|next| json.end().map(|()| next));
    if item.left.get().is_none() {
        let (number, limit) = (item.number.get(), longest >> 20);
        return Err(format!("item {number}: the item is longer than {limit} MiB"));
    }
    match done {
        // This error only ends the reading; the wrong rows are reported already.
        _ if is_cut_short => Ok(()),
        Ok(None) => Ok(()),
        Ok(Some(next)) => Err(format!(
            "it is one page of a longer list (`{next}`), and users of the other pages would be missing: export all pages as one \
             array, or with an object on each line"
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// Finds the name of the first list of an object.
struct ListName<'f>(&'f Cell<Option<&'static str>>);

impl<'de> Visitor<'de> for ListName<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match LISTS.into_iter().find(|list| *list == name) {
                Some(list) => map.next_value_seed(Is(list, self.0))?,
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// Notes a name whose value is a list. The list may be long, so that the search ends at its first byte.
struct Is<'f>(&'static str, &'f Cell<Option<&'static str>>);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Is<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.1.set(Some(self.0));
        Err(A::Error::custom("found"))
    }
}

/// The object of a page of users. Its value is what says that there are more pages.
struct Page<'a, 'k> {
    name: &'static str,
    rows: Option<Rows<'a, 'k>>,
    item: &'a Item,
}

impl<'de> Visitor<'de> for Page<'_, '_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut next, mut total) = (None, None);
        while let Some(name) = map.next_key::<String>()? {
            if let Some(rows) = self.rows.take_if(|_| name == self.name) {
                map.next_value_seed(rows)?;
            } else if NEXT.contains(&name.as_str()) {
                let value = map.next_value::<Value>()?;
                next = next.or((!value.is_null() && value != "").then_some(name));
            } else if name == TOTAL {
                total = map.next_value::<Value>()?.as_u64();
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        let read = self.item.number.get() - 1;
        Ok(next.or_else(|| total.filter(|total| *total > read).map(|_| TOTAL.to_owned())))
    }
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

/// The objects of an array.
struct Rows<'a, 'k> {
    each: &'a mut Each<'k>,
    item: &'a Item,
    /// Whether enough rows were wrong to stop reading.
    is_cut_short: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(fields) = items.next_element_seed(Object)? {
            let number = self.item.number.replace(self.item.number.get() + 1);
            self.item.left.set(Some(self.item.longest));
            if (self.each)(number, Ok(fields)).is_break() {
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
    use super::*;

    /// Reads an array whose items may have `longest` bytes; returns how many were read.
    fn read(longest: u64, source: impl Read) -> (u64, Result<(), String>) {
        let mut read = 0;
        let mut each = |number: u64, row: Result<Map<String, Value>, String>| {
            row.expect("a row");
            read = number;
            ControlFlow::Continue(())
        };
        let done = list_within(longest, source, None, &mut each);
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

    #[test]
    fn the_list_of_a_directory_is_found_and_a_part_of_it_is_refused() {
        let user = r#"{"email":"a@example.com"}"#;
        for (text, expected) in [
            (format!("{user}\n{user}\n"), Layout::Lines(3)),
            (format!("{{\"@odata.context\": \"x\", \"value\": [{user}]}}"), Layout::List("value")),
            (format!("{{\n  \"kind\": \"admin\",\n  \"users\": [{user}]\n}}\n"), Layout::List("users")),
            (r#"{"email":"a@example.com","value":5}"#.to_owned(), Layout::Lines(3)),
            (r#"{"email":"#.to_owned(), Layout::Lines(3)),
        ] {
            assert_eq!(layout(text.as_bytes(), 3), expected, "{text}");
        }
        let page = |more: &str| {
            let mut read = 0;
            let text = format!("{{\"users\": [{user}, {user}], {more}}}");
            let done = each(text.as_bytes(), Layout::List("users"), &mut |number, _| {
                read = number;
                ControlFlow::Continue(())
            });
            (read, done)
        };
        assert_eq!(page("\"nextPageToken\": null, \"totalResults\": 2"), (2, Ok(())));
        for (more, name) in [("\"nextPageToken\": \"x\"", "nextPageToken"), ("\"totalResults\": 3", "totalResults")] {
            let error = page(more).1.expect_err("refused");
            assert!(error.starts_with(&format!("it is one page of a longer list (`{name}`), ")), "{error}");
        }
    }
}
