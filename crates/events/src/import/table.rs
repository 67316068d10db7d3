//! Events in CSV, whose headings are paths such as `userDetail.id`.

use std::io::Read;

use serde_json::{Map, Value};

use super::{Batch, ImportError};

/// Headings of which a list of events has one.
const EXPECTED: [&str; 5] = ["id", "timestamp", "event", "user", "userDetail.id"];

pub(super) fn read(file: impl Read, batch: &mut Batch<'_>) -> Result<(), ImportError> {
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let headings = table.headers().map_err(|error| ImportError::Form(format!("the file is not CSV: {error}")))?.clone();
    if !headings.iter().any(|heading| EXPECTED.contains(&heading.trim())) {
        let expected = EXPECTED.map(|heading| format!("`{heading}`")).join(", ");
        return Err(ImportError::Form(format!(
            "the file is neither JSON nor CSV with events: it has none of the headings {expected}"
        )));
    }
    for record in table.records() {
        match record {
            Ok(record) => {
                let mut fields = Map::new();
                for (heading, cell) in headings.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
                    insert(&mut fields, heading.trim(), cell);
                }
                if !batch.take(Value::Object(fields)) {
                    return Ok(());
                }
            }
            Err(error) => {
                batch.end_early(&error);
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Inserts a cell where its heading says, so that an event of CSV is that of JSON.
fn insert(fields: &mut Map<String, Value>, path: &str, cell: &str) {
    if let Some((first, rest)) = path.split_once('.')
        && let Value::Object(inner) = fields.entry(first).or_insert_with(|| Value::Object(Map::new()))
    {
        return insert(inner, rest, cell);
    }
    // A heading below one that has a cell of its own stays as it is.
    fields.insert(path.to_owned(), Value::String(cell.to_owned()));
}

#[test]
fn headings_with_dots_are_paths() {
    let mut fields = Map::new();
    for (path, cell) in
        [("id", "1"), ("userDetail.id", "u"), ("userDetail.client.id", "c"), ("user", "a@b.c"), ("user.id", "x")]
    {
        insert(&mut fields, path, cell);
    }
    let expected = serde_json::json!({
        "id": "1", "userDetail": { "id": "u", "client": { "id": "c" } }, "user": "a@b.c", "user.id": "x",
    });
    assert_eq!(Value::Object(fields), expected);
}
