//! Rosters in CSV, however a spreadsheet separates cells.

use std::fs::File;
use std::io::{BufReader, Cursor, Read as _, Seek as _};

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord};

use super::heading::{self, MOST_TITLES};
use super::lines;
use super::table::Table;
use crate::files::ShortLines;

/// How many bytes are looked at to find the heading.
const SAMPLE: u64 = 1 << 16;

/// Reads the rows of a file from where it is.
pub(super) fn read(mut file: File, rows: &mut Table<'_>) -> Result<(), String> {
    let cannot = |error: std::io::Error| error.to_string();
    let start = file.stream_position().map_err(cannot)?;
    let mut sample = Vec::new();
    (&file).take(SAMPLE).read_to_end(&mut sample).map_err(cannot)?;
    file.seek(std::io::SeekFrom::Start(start)).map_err(cannot)?;
    let delimiter = delimiter(&sample, rows);
    let (source, numbers) = lines::numbered(BufReader::new(ShortLines::new(file)), delimiter);
    let mut reader = builder(delimiter).from_reader(source);
    let mut record = StringRecord::new();
    let located = |error: &csv::Error| match error.position().map(Position::byte) {
        Some(offset) if matches!(error.kind(), ErrorKind::Utf8 { .. }) => {
            format!("line {}: it is not UTF-8", numbers.line(offset))
        }
        _ => error.to_string(),
    };
    let mut is_first = true;
    while reader.read_record(&mut record).map_err(|error| located(&error))? {
        let line = numbers.line(record.position().map_or(0, Position::byte));
        // Excel reads the separator from such a line.
        let is_separator = is_first && record.get(0).is_some_and(|cell| separator(cell.as_bytes(), delimiter));
        is_first = false;
        if !is_separator && rows.push(line, record.iter().map(str::to_owned).collect())?.is_break() {
            return Ok(());
        }
    }
    // The parser accepts an open quote, and would take all rows below it for one cell.
    match numbers.open_quote() {
        Some(line) if reader.is_done() => Err(format!("line {line}: a quote opens here and is never closed")),
        _ => Ok(()),
    }
}

fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    // A row with a wrong number of cells is reported like any other bad row, and does not end the file.
    builder.flexible(true).has_headers(false).delimiter(delimiter);
    builder
}

/// Whether the first cell of a file says how cells are separated, as `sep=;`.
fn separator(cell: &[u8], delimiter: u8) -> bool {
    cell.eq_ignore_ascii_case(b"sep=")
        || (cell.len() == 5 && cell.to_ascii_lowercase() == [b"sep=", &[delimiter][..]].concat())
}

/// The separator with which most cells of a heading are known. Where none are, the one that is most frequent in the first
/// line: programs write semicolons where a comma is decimal.
fn delimiter(sample: &[u8], rows: &Table<'_>) -> u8 {
    let first = sample.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    if let [s, e, p, b'=', delimiter] = first
        && [s, e, p].map(u8::to_ascii_lowercase) == *b"sep"
    {
        return *delimiter;
    }
    let known = |delimiter: u8| {
        let records = builder(delimiter).from_reader(Cursor::new(sample)).into_records();
        // The last record of a sample may be cut, and what is not UTF-8 is reported where it is read.
        let records = records.map_while(Result::ok).take(MOST_TITLES);
        let records: Vec<Vec<String>> = records.map(|record| record.iter().map(str::to_owned).collect()).collect();
        heading::find(&records, rows.config()).known
    };
    let likely = lines::delimiter(sample);
    let others = [b'\t', b';', b',', b'|'].into_iter().filter(|delimiter| *delimiter != likely);
    // `max_by_key` returns the last of equal elements.
    others.chain([likely]).max_by_key(|delimiter| known(*delimiter)).unwrap_or(likely)
}
