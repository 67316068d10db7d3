//! In which line a record of a CSV file stands, and what separates its cells.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Read;
use std::rc::Rc;

/// What separates cells: a comma, or what the heading has more of, as programs write it where a comma is decimal.
pub(super) fn delimiter(beginning: &[u8]) -> u8 {
    let mut is_quoted = false;
    let heading = beginning.iter().take_while(|byte| **byte != b'\n').filter(|byte| {
        is_quoted ^= **byte == b'"';
        !is_quoted
    });
    let heading: Vec<u8> = heading.copied().collect();
    let count = |delimiter: u8| heading.split(|byte| *byte == delimiter).count();
    // The last of equals is the greatest.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// A reader that notes where lines begin, and whoever asks for that.
pub(super) fn numbered<R: Read>(inner: R) -> (Numbered<R>, Numbers) {
    let numbers = Numbers::default();
    (Numbered { inner, at: 0, line: 1, is_start: true, numbers: numbers.clone() }, numbers)
}

/// Where lines begin that have something in them: the place and the number of each.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers(Rc<RefCell<VecDeque<(u64, u64)>>>);

impl Numbers {
    /// The line of the record that is the first from a place on. Places are asked for in their order.
    pub(super) fn line(&self, place: u64) -> u64 {
        let mut starts = self.0.borrow_mut();
        while starts.front().is_some_and(|(start, _)| *start < place) {
            starts.pop_front();
        }
        starts.front().map_or(0, |(_, line)| *line)
    }
}

#[derive(Debug)]
pub(super) struct Numbered<R> {
    inner: R,
    at: u64,
    line: u64,
    is_start: bool,
    numbers: Numbers,
}

impl<R: Read> Read for Numbered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        for byte in buffer.get(..length).unwrap_or_default() {
            match byte {
                b'\n' => (self.line, self.is_start) = (self.line + 1, true),
                b'\r' => {}
                _ if self.is_start => {
                    self.numbers.0.borrow_mut().push_back((self.at, self.line));
                    self.is_start = false;
                }
                _ => {}
            }
            self.at += 1;
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<u64> {
        let (source, numbers) = numbered(text.as_bytes());
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(source);
        let records = reader.records().map(|record| record.expect("a record"));
        records.map(|record| numbers.line(record.position().expect("a place").byte())).collect()
    }

    #[test]
    fn records_are_found_where_an_editor_shows_them() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "1,2", "", "\"two", "lines\",3", "", "", "4,5"].join(end);
            assert_eq!(lines(&text), [1, 2, 4, 8], "{end:?}");
        }
        assert_eq!(lines(&format!("a\n{}b", "x\n".repeat(20_000))).last(), Some(&20_002));
    }

    #[test]
    fn a_heading_says_what_separates_cells() {
        assert_eq!(delimiter(b"email;firstName;lastName\r\na;b,c,d,e;f"), b';');
        assert_eq!(delimiter(b"email\tlastName"), b'\t');
        assert_eq!(delimiter(b"email,\"a;b;c\""), b',');
        assert_eq!(delimiter(b"email"), b',');
    }
}
