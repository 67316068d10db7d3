//! The export as a Singer tap: messages for a target, one on each line.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use thought_industries::Date;

use crate::checkpoint::Checkpoint;
use crate::column::{Column, ColumnKind};
use crate::error::{Error, ErrorKind};
use crate::selection::{Output, Selection};
use crate::sink::{Reject, Sink};
use crate::stream::STREAMS;

/// How columns are named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Names {
    /// As the API does: `firstName`.
    #[default]
    Api,
    /// In lower case with underscores, for targets that fold case: `first_name`.
    Snake,
}

impl Names {
    fn of(self, name: &str) -> String {
        if self == Self::Api {
            return name.to_owned();
        }
        let mut snake = String::new();
        for character in name.chars() {
            if character.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.extend(character.to_lowercase());
        }
        snake
    }
}

/// The catalog of the tap: every stream with its schema. `is_deep` is about the form of the streams.
pub fn catalog(is_deep: bool, names: Names) -> Value {
    let stream = |stream: &&'static crate::stream::Stream| {
        let columns = stream.columns(is_deep && stream.name != "enrollments");
        let key: Vec<String> = stream.key.iter().map(|name| names.of(name)).collect();
        let mut metadata = vec![json!({ "breadcrumb": [], "metadata": {
            "inclusion": "available", "selected-by-default": stream.in_all, "table-key-properties": key,
            "forced-replication-method": "FULL_TABLE",
        } })];
        metadata.extend(columns.iter().map(|column| {
            let inclusion = if stream.key.contains(&column.name.as_str()) { "automatic" } else { "available" };
            json!({ "breadcrumb": ["properties", names.of(&column.name)], "metadata": { "inclusion": inclusion } })
        }));
        json!({ "tap_stream_id": stream.name, "stream": stream.name, "key_properties": key,
                "schema": schema(&columns, stream.key, names), "metadata": metadata })
    };
    json!({ "streams": STREAMS.iter().map(stream).collect::<Vec<_>>() })
}

/// The selection that a catalog makes: streams and columns. A stream is selected if it says so, or by default.
///
/// # Errors
/// If the catalog selects nothing, or what the tap does not have.
pub fn selection_of(catalog: &Value, is_deep: bool, names: Names) -> Result<Selection, Error> {
    #[derive(Deserialize)]
    struct Catalog {
        streams: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        tap_stream_id: String,
        #[serde(default)]
        metadata: Vec<Metadata>,
    }
    #[derive(Deserialize)]
    struct Metadata {
        breadcrumb: Vec<String>,
        metadata: Map<String, Value>,
    }
    let wrong = |error| Error::new(ErrorKind::Argument, format!("the catalog is not readable: {error}"));
    let catalog: Catalog = Catalog::deserialize(catalog).map_err(wrong)?;
    let is_selected = |metadata: &Map<String, Value>, default: bool| {
        let flag = metadata.get("selected").or_else(|| metadata.get("selected-by-default"));
        flag.and_then(Value::as_bool).unwrap_or(default)
    };
    let (mut streams, mut left_out) = (Vec::new(), BTreeSet::new());
    for entry in catalog.streams {
        let root = entry.metadata.iter().find(|own| own.breadcrumb.is_empty());
        if !root.is_some_and(|root| is_selected(&root.metadata, false)) {
            continue;
        }
        for own in entry.metadata.iter().filter(|own| !is_selected(&own.metadata, true)) {
            left_out.extend(own.breadcrumb.get(1).map(|name| (entry.tap_stream_id.clone(), name.clone())));
        }
        streams.push(entry.tap_stream_id);
    }
    if streams.is_empty() {
        let help = "set `selected` to true in the metadata of a stream, or leave out --catalog for all of them";
        return Err(Error::new(ErrorKind::Argument, "the catalog selects no stream").with_help(help));
    }
    // The catalog has the enrollments of the list of users, whatever else is selected.
    let is_deep = is_deep && streams != ["enrollments"];
    let selection = Selection::of_streams(streams.iter().map(String::as_str), is_deep)?;
    Ok(selection.without(|stream, column| left_out.contains(&(stream.to_owned(), names.of(column)))))
}

fn schema(columns: &[Column], key: &[&str], names: Names) -> Value {
    let property = |column: &Column| {
        let kind = match column.kind {
            ColumnKind::Text | ColumnKind::Date | ColumnKind::Json => "string",
            ColumnKind::Integer => "integer",
            ColumnKind::Number => "number",
            ColumnKind::Flag => "boolean",
        };
        // The key of an enrollment may lack its course.
        let is_required = key == [column.name.as_str()];
        let kinds = if is_required { json!([kind]) } else { json!(["null", kind]) };
        let is_date = column.kind == ColumnKind::Date;
        let property = if is_date { json!({ "type": kinds, "format": "date-time" }) } else { json!({ "type": kinds }) };
        (names.of(&column.name), property)
    };
    json!({ "type": "object", "properties": columns.iter().map(property).collect::<Map<_, _>>() })
}

/// Writes messages of Singer: SCHEMA before the records of a stream, RECORD for each row, and STATE after everything that it
/// covers was flushed. Lists and objects are JSON texts, which every target can store.
pub struct SingerSink<W> {
    out: W,
    names: Names,
    extracted: Date,
}

impl<W: Write> SingerSink<W> {
    /// A sink that writes to `out`; `extracted` is the time that records carry.
    pub fn new(out: W, names: Names, extracted: Date) -> Self {
        Self { out, names, extracted }
    }

    /// Writes the last STATE: the next run begins anew.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let report = checkpoint.report();
        let last = report.map(|report| {
            json!({ "run_id": report.run_id, "rows": report.rows, "complete": report.complete.name(),
                    "finished_at": report.finished_at, "id_digest": report.id_digest })
        });
        self.message(&json!({ "type": "STATE", "value": { "last_run": last } }))?;
        Ok(self.out.flush()?)
    }

    fn message(&mut self, message: &Value) -> Result<(), Error> {
        serde_json::to_writer(&mut self.out, message)?;
        Ok(self.out.write_all(b"\n")?)
    }
}

/// The checkpoint that a STATE has, if it is not that of a run which has ended.
///
/// # Errors
/// If it is not readable.
pub fn checkpoint_of(state: &Value) -> Result<Option<Checkpoint>, Error> {
    let checkpoint = state.get("checkpoint").filter(|checkpoint| !checkpoint.is_null());
    checkpoint.map(|checkpoint| Checkpoint::parse(&checkpoint.to_string())).transpose()
}

impl<W: Write> Sink for SingerSink<W> {
    fn begin(&mut self, outputs: &[Output]) -> Result<(), Error> {
        for Output { stream, columns, .. } in outputs {
            let key: Vec<String> = stream.key.iter().map(|name| self.names.of(name)).collect();
            let schema = schema(columns, stream.key, self.names);
            let message = json!({ "type": "SCHEMA", "stream": stream.name, "schema": schema, "key_properties": key });
            self.message(&message)?;
        }
        Ok(())
    }

    fn write(&mut self, _: usize, output: &Output, row: &[Value]) -> Result<(), Error> {
        let value = |(column, value): (&Column, &Value)| {
            let value = match value {
                nested @ (Value::Object(_) | Value::Array(_)) => Value::String(nested.to_string()),
                // Custom fields may be any JSON; a text is one as it is.
                other if column.kind == ColumnKind::Json && !other.is_null() && !other.is_string() => {
                    other.to_string().into()
                }
                other => other.clone(),
            };
            (self.names.of(&column.name), value)
        };
        let record: Map<String, Value> = output.columns.iter().zip(row).map(value).collect();
        let message = json!({ "type": "RECORD", "stream": output.stream.name, "record": record, "time_extracted": self.extracted });
        self.message(&message)
    }

    /// A row without a key has no place in a target: the report counts it.
    fn reject(&mut self, _: &Reject) -> Result<(), Error> {
        Ok(())
    }

    fn commit(&mut self, checkpoint: &mut Checkpoint, _: &[u64]) -> Result<(), Error> {
        // What the target has read is what was written: the state comes after it.
        self.message(&json!({ "type": "STATE", "value": { "checkpoint": checkpoint } }))?;
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_snake_case_are_unique_without_case() {
        let snake = |name: &str| Names::Snake.of(name);
        assert_eq!(
            (snake("firstName"), snake("id"), snake("ref10")),
            ("first_name".into(), "id".into(), "ref10".into())
        );
        for stream in STREAMS {
            let columns = stream.columns(true);
            let names: BTreeSet<String> = columns.iter().map(|column| snake(&column.name)).collect();
            assert_eq!(names.len(), columns.len(), "{}", stream.name);
        }
    }

    #[test]
    fn a_catalog_selects_streams_and_columns() {
        let mut all = catalog(true, Names::Snake);
        let whole = selection_of(&all, true, Names::Snake).expect("selected by default");
        assert_eq!(whole.streams().len(), 4);
        for stream in all["streams"].as_array_mut().expect("streams") {
            let is_users = stream["stream"] == "users";
            for metadata in stream["metadata"].as_array_mut().expect("metadata") {
                let is_kept =
                    metadata["breadcrumb"] == json!([]) || metadata["breadcrumb"] == json!(["properties", "role_key"]);
                metadata["metadata"]["selected"] = (is_users && is_kept).into();
            }
        }
        let selection = selection_of(&all, true, Names::Snake).expect("selected");
        let columns: Vec<String> = selection.outputs()[0].columns.iter().map(|column| column.name.clone()).collect();
        assert_eq!((selection.streams().len(), columns), (1, vec!["id".to_owned(), "roleKey".to_owned()]));
        let error = selection_of(&json!({ "streams": [] }), true, Names::Api).expect_err("nothing");
        assert_eq!(error.to_string(), "the catalog selects no stream");
        assert!(selection_of(&json!([1]), true, Names::Api).is_err());
    }

    #[test]
    fn a_state_of_a_run_that_ended_has_no_checkpoint() {
        for state in [json!({}), json!({ "last_run": { "run_id": "a" } }), json!({ "checkpoint": null })] {
            assert_eq!(checkpoint_of(&state).expect("readable"), None);
        }
        assert!(checkpoint_of(&json!({ "checkpoint": { "page": 3 } })).is_err());
    }
}
