//! Rosters in CSV.

use std::io::BufRead;

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::columns::{Mapping, parse_cell};
use super::{Keep, lines, row};
use crate::desired::insert_field;
use crate::sheet;

/// Reads the rows below a heading.
pub(super) fn rows(mut source: impl BufRead, mapping: &Mapping, keep: &mut Keep<'_>) -> Result<(), String> {
    let delimiter = lines::delimiter(source.fill_buf().map_err(|error| error.to_string())?);
    let (source, numbers) = lines::numbered(source, delimiter);
    // A row with a wrong number of cells is reported like any other bad row, and does not end the file.
    let mut reader = ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(source);
    let headings = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut fields: Vec<Option<&str>> = Vec::new();
    for heading in &headings {
        let field = mapping.field(heading.trim()).map_err(|reason| format!("line 1: {reason}"))?;
        if let Some(field) = field.filter(|field| fields.contains(&Some(field))) {
            return Err(format!("line 1: the column `{field}` is a duplicate"));
        }
        fields.push(field);
    }
    let mut record = StringRecord::new();
    let located = |error: &csv::Error| match error.position().map(Position::byte) {
        Some(offset) if matches!(error.kind(), ErrorKind::Utf8 { .. }) => {
            format!("line {}: it is not UTF-8", numbers.line(offset))
        }
        _ => error.to_string(),
    };
    while reader.read_record(&mut record).map_err(|error| located(&error))? {
        let line = numbers.line(record.position().map_or(0, Position::byte));
        let values = cells(&fields, &record);
        if values.as_ref().is_ok_and(Map::is_empty) {
            continue;
        }
        if keep(line, values.map(|values| row(line, values))).is_break() {
            break;
        }
    }
    // The parser accepts an open quote, and would take all rows below it for one cell.
    match numbers.open_quote() {
        Some(line) if reader.is_done() => Err(format!("line {line}: a quote opens here and is never closed")),
        _ => Ok(()),
    }
}

fn cells(fields: &[Option<&str>], record: &StringRecord) -> Result<Map<String, Value>, String> {
    if record.len() != fields.len() {
        return Err(format!("the row has {} cells and the heading {} columns", record.len(), fields.len()));
    }
    let mut values = Map::new();
    for (field, text) in fields.iter().zip(record) {
        let Some(field) = field else { continue };
        if let Some(value) = parse_cell(field, &sheet::unescape(text)).map_err(|reason| format!("{field}: {reason}"))? {
            insert_field(&mut values, field, value);
        }
    }
    Ok(values)
}
