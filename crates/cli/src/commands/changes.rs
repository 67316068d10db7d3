//! `ti changes`.

use serde::Serialize;
use serde_json::Value;
use thought_industries_export::{Change, ChangeKind, Error, Exported, FieldChange, changes};

use crate::arguments::ChangesArguments;
use crate::failure::Failure;
use crate::output::{Format, List, Row};

/// A row that changed, with its fields.
#[derive(Debug, Default, Serialize)]
struct ChangeRow {
    stream: String,
    change: &'static str,
    key: String,
    fields: Vec<FieldChange>,
}

/// A field that changed: CSV has a line for each.
#[derive(Debug, Default, Serialize)]
struct FieldRow {
    stream: String,
    change: &'static str,
    key: String,
    field: String,
    before: String,
    after: String,
}

pub(crate) fn run(format: Format, settings: &ChangesArguments) -> Result<(), Failure> {
    let (before, after) = (Exported::open(&settings.since)?, Exported::open(&settings.run)?);
    let ignored: Vec<&str> = settings.ignore.iter().map(|column| column.trim()).collect();
    let is_csv = matches!(format, Format::Csv(_));
    let mut list = if is_csv { List::new::<FieldRow>(format)? } else { List::new::<ChangeRow>(format)? };
    let mut failure = None;
    let counts = changes(&before, &after, &ignored, &mut |change| {
        let pushed = if is_csv {
            FieldRow::of(&change).iter().try_for_each(|row| list.push(row))
        } else {
            list.push(&ChangeRow::from(change))
        };
        pushed.map_err(|error| {
            failure = Some(error);
            Error::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe))
        })
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    let counts = counts?;
    list.finish()?;
    for count in counts {
        let (added, changed, absent, same) = (count.added, count.changed, count.absent, count.same);
        eprintln!("{}: {added} added, {changed} changed, {absent} absent, {same} the same", count.stream);
    }
    Ok(())
}

impl From<Change> for ChangeRow {
    fn from(change: Change) -> Self {
        Self { change: change.change.name(), stream: change.stream, key: change.key, fields: change.fields }
    }
}

impl FieldRow {
    fn of(change: &Change) -> Vec<Self> {
        let row = |field: &FieldChange| Self {
            stream: change.stream.clone(),
            change: change.change.name(),
            key: change.key.clone(),
            field: field.name.clone(),
            before: text(&field.before),
            after: text(&field.after),
        };
        // A row whose only column is its key has no fields.
        if change.fields.is_empty() {
            let (stream, key) = (change.stream.clone(), change.key.clone());
            return vec![Self { stream, change: change.change.name(), key, ..Self::default() }];
        }
        change.fields.iter().map(row).collect()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Row for ChangeRow {
    const HEADINGS: &'static [&'static str] = &["CHANGE", "STREAM", "KEY", "FIELDS"];

    fn cells(&self) -> Vec<String> {
        let is_changed = self.change == ChangeKind::Changed.name();
        let field = |field: &FieldChange| format!("{}: {} → {}", field.name, text(&field.before), text(&field.after));
        // Of a row that was added or is absent, a table shows that alone.
        let fields: Vec<String> = self.fields.iter().filter(|_| is_changed).map(field).collect();
        vec![self.change.to_owned(), self.stream.clone(), self.key.clone(), fields.join("; ")]
    }
}

impl Row for FieldRow {
    const HEADINGS: &'static [&'static str] = &["STREAM", "CHANGE", "KEY", "FIELD", "BEFORE", "AFTER"];

    fn cells(&self) -> Vec<String> {
        let Self { stream, change, key, field, before, after } = self;
        [stream.as_str(), change, key, field, before, after].map(str::to_owned).to_vec()
    }
}
