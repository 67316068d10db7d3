//! The line of each record of a CSV file, and the separator of its cells.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Read;
use std::rc::Rc;

/// The separator of cells: a tab, semicolon or comma, whichever is most frequent in the heading. Programs write
/// semicolons where a comma is decimal.
pub(super) fn delimiter(beginning: &[u8]) -> u8 {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let heading = beginning.split(is_end).find(|line| !line.is_empty()).unwrap_or_default();
    let mut is_quoted = false;
    let heading = heading.iter().filter(|byte| {
        is_quoted ^= **byte == b'"';
        !is_quoted
    });
    let heading: Vec<u8> = heading.copied().collect();
    let count = |delimiter: u8| heading.split(|byte| *byte == delimiter).count();
    // `max_by_key` returns the last of equal elements.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// A reader that records where lines begin, and a handle to what it recorded.
pub(super) fn numbered<R: Read>(inner: R, delimiter: u8) -> (Numbered<R>, Numbers) {
    let numbers = Numbers::default();
    let place = Cursor { at: 0, line: 1, is_start: true, after_return: false, quote: Quote::Before };
    (Numbered { inner, delimiter, place, numbers: numbers.clone() }, numbers)
}

/// What was recorded of a file so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers(Rc<RefCell<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    /// The offset and the number of each line that is not empty.
    starts: VecDeque<(u64, u64)>,
    /// The line of an open quote.
    open: Option<u64>,
}

impl Numbers {
    /// The line of the first record at or after an offset. Offsets must be passed in ascending order.
    pub(super) fn line(&self, place: u64) -> u64 {
        let starts = &mut self.0.borrow_mut().starts;
        while starts.front().is_some_and(|(start, _)| *start < place) {
            // Lines that were passed are dropped, so that memory does not grow with the file.
            starts.pop_front();
        }
        starts.front().map_or(0, |(_, line)| *line)
    }

    /// The line of a quote that was opened and is not closed yet.
    pub(super) fn open_quote(&self) -> Option<u64> {
        self.0.borrow().open
    }
}

#[derive(Debug)]
pub(super) struct Numbered<R> {
    inner: R,
    delimiter: u8,
    place: Cursor,
    numbers: Numbers,
}

/// The position of a reader.
#[derive(Debug)]
struct Cursor {
    at: u64,
    line: u64,
    /// Whether nothing of the line was read yet.
    is_start: bool,
    /// Whether the last byte was `\r`, which may be followed by `\n`.
    after_return: bool,
    quote: Quote,
}

/// The position relative to quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    /// At the start of a cell, where a quote may be opened.
    Before,
    Outside,
    Inside,
    /// After a quote that either closes the cell or is the first of a doubled quote.
    Closing,
}

impl<R: Read> Read for Numbered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let noted = &mut *self.numbers.0.borrow_mut();
        let place = &mut self.place;
        for byte in buffer.get(..length).unwrap_or_default() {
            // A `\r` ends a line only when the next byte is known, since `\r\n` is one end.
            if *byte == b'\n' || place.after_return {
                (place.line, place.is_start) = (place.line + 1, true);
            }
            place.after_return = *byte == b'\r';
            let is_end = matches!(byte, b'\n' | b'\r');
            if place.is_start && !is_end {
                noted.starts.push_back((place.at, place.line));
                place.is_start = false;
            }
            place.quote = match (place.quote, byte) {
                (Quote::Before, b'"') => {
                    noted.open = Some(place.line);
                    Quote::Inside
                }
                (Quote::Inside, b'"') => Quote::Closing,
                (Quote::Closing, b'"') | (Quote::Inside, _) => Quote::Inside,
                (_, byte) if is_end || *byte == self.delimiter => Quote::Before,
                (Quote::Before | Quote::Outside | Quote::Closing, _) => Quote::Outside,
            };
            if matches!(place.quote, Quote::Before | Quote::Outside) {
                noted.open = None;
            }
            place.at += 1;
        }
        // At the end of the file, nothing can double the last quote any more.
        if length == 0 && place.quote == Quote::Closing {
            noted.open = None;
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<u64> {
        let (source, numbers) = numbered(text.as_bytes(), b',');
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(source);
        let records = reader.records().map(|record| record.expect("a record"));
        records.map(|record| numbers.line(record.position().expect("a place").byte())).collect()
    }

    #[test]
    fn records_are_found_where_an_editor_shows_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "1,2", "", "\"two", "lines\",3", "", "", "4,5"].join(end);
            assert_eq!(lines(&text), [1, 2, 4, 8], "{end:?}");
        }
        assert_eq!(lines(&format!("a\n{}b", "x\n".repeat(20_000))).last(), Some(&20_002));
    }

    #[test]
    fn a_quote_that_is_never_closed_is_found() {
        for (text, line) in [
            ("a,b\n1,\"x\n2,y\n", Some(2)),
            ("a,b\n1,\"x\"\n", None),
            ("a,b\n1,\"x\"", None),
            ("a\n\"say \"\"no\"\"\"\n", None),
            ("a\n5\" pipe\n", None),
            ("a\n\"x\" y\n", None),
        ] {
            let (mut source, numbers) = numbered(text.as_bytes(), b',');
            std::io::copy(&mut source, &mut std::io::sink()).expect("read");
            assert_eq!(numbers.open_quote(), line, "{text:?}");
        }
    }

    #[test]
    fn a_heading_says_what_separates_cells() {
        assert_eq!(delimiter(b"email;firstName;lastName\r\na;b,c,d,e;f"), b';');
        assert_eq!(delimiter(b"email\tlastName"), b'\t');
        assert_eq!(delimiter(b"email,\"a;b;c\""), b',');
        assert_eq!(delimiter(b"\r\nemail;lastName\r\n"), b';');
        assert_eq!(delimiter(b"email"), b',');
    }
}
