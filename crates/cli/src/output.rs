//! Data on standard output, in the format that was asked for.

use std::io::{self, BufWriter, StdoutLock, Write as _};

use clap::ValueEnum;
use comfy_table::{Table, presets};
use graphql_drift::printable;
use serde::Serialize;

use crate::failure::Failure;

/// How to print: lists and trees have the first formats, reports on schemas the others, and both have JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Table,
    Json,
    Ndjson,
    Csv,
    Text,
    Markdown,
    Github,
    Sarif,
    Junit,
    Html,
}

/// How to print data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A table, or a tree, for people
    Table,
    /// One JSON document
    Json,
    /// One JSON object on each line
    Ndjson,
    /// Comma-separated values with a heading
    Csv,
}

/// How to print a report on schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// For a terminal
    Text,
    /// One JSON document
    Json,
    /// For a job summary or an issue
    Markdown,
    /// Annotations of a workflow, and its summary
    Github,
    /// For code scanning
    Sarif,
    /// For whatever shows test results
    Junit,
    /// A page to look at
    Html,
}

impl Format {
    /// The format of data that was asked for.
    pub(crate) fn of(asked: Option<Output>) -> Result<Self, Failure> {
        match asked {
            None | Some(Output::Table) => Ok(Self::Table),
            Some(Output::Json) => Ok(Self::Json),
            Some(Output::Ndjson) => Ok(Self::Ndjson),
            Some(Output::Csv) => Ok(Self::Csv),
            Some(other) => Err(other.unsupported("table, json, ndjson or csv")),
        }
    }
}

impl ReportFormat {
    /// The format of a report that was asked for.
    pub(crate) fn of(asked: Option<Output>) -> Result<Self, Failure> {
        match asked {
            None | Some(Output::Text) => Ok(Self::Text),
            Some(Output::Json) => Ok(Self::Json),
            Some(Output::Markdown) => Ok(Self::Markdown),
            Some(Output::Github) => Ok(Self::Github),
            Some(Output::Sarif) => Ok(Self::Sarif),
            Some(Output::Junit) => Ok(Self::Junit),
            Some(Output::Html) => Ok(Self::Html),
            Some(other) => Err(other.unsupported("text, json, markdown, github, sarif, junit or html")),
        }
    }
}

impl Output {
    /// Refuses a format that a command does not print; `supported` are those that it does.
    pub(crate) fn unsupported(self, supported: &str) -> Failure {
        let name = self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let reason = format!("this command does not print `{name}`: use {supported}");
        Failure::CouldNotRun { reason, help: None }
    }
}

/// A row of a list. Serialized, it has the API's own field names, nulls included.
pub(crate) trait Row: Serialize {
    /// Headings of the table.
    const HEADINGS: &'static [&'static str];

    /// Cells of the table, under the headings.
    fn cells(&self) -> Vec<String>;
}

/// A list on its way out. Only tables wait for the last row; the other formats write each row as it comes, so that
/// a list of any length takes no memory.
pub(crate) struct List {
    out: Out,
}

enum Out {
    Table(Table),
    Json { out: BufWriter<StdoutLock<'static>>, is_first: bool },
    Ndjson(BufWriter<StdoutLock<'static>>),
    Csv(Box<csv::Writer<StdoutLock<'static>>>),
}

impl List {
    pub(crate) fn new<R: Row>(format: Format) -> Self {
        let stdout = || BufWriter::new(io::stdout().lock());
        let out = match format {
            Format::Table => Out::Table(table(R::HEADINGS)),
            Format::Json => Out::Json { out: stdout(), is_first: true },
            Format::Ndjson => Out::Ndjson(stdout()),
            Format::Csv => Out::Csv(Box::new(csv::Writer::from_writer(io::stdout().lock()))),
        };
        Self { out }
    }

    pub(crate) fn push<R: Row>(&mut self, row: &R) -> Result<(), Failure> {
        match &mut self.out {
            Out::Table(table) => _ = table.add_row(row.cells().iter().map(|cell| printable(cell))),
            Out::Json { out, is_first } => {
                out.write_all(if *is_first { b"[\n  " } else { b",\n  " })?;
                serde_json::to_writer(&mut *out, row)?;
                *is_first = false;
            }
            Out::Ndjson(out) => {
                serde_json::to_writer(&mut *out, row)?;
                out.write_all(b"\n")?;
            }
            Out::Csv(out) => out.serialize(row)?,
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self.out {
            Out::Table(table) => writeln!(io::stdout().lock(), "{}", trimmed(&table))?,
            Out::Json { mut out, is_first } => {
                out.write_all(if is_first { b"[]\n" } else { b"\n]\n" })?;
                out.flush()?;
            }
            Out::Ndjson(mut out) => out.flush()?,
            Out::Csv(mut out) => out.flush()?,
        }
        Ok(())
    }
}

/// Prints one thing: as `text` for people, as a row of a list in CSV, else as JSON with all its fields.
pub(crate) fn one<R: Row>(
    format: Format,
    value: &impl Serialize,
    row: impl FnOnce() -> R,
    text: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match format {
        Format::Table => write!(out, "{}", text())?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, value)?;
            writeln!(out)?;
        }
        Format::Ndjson => {
            serde_json::to_writer(&mut out, value)?;
            writeln!(out)?;
        }
        Format::Csv => {
            drop(out);
            let mut list = List::new::<R>(format);
            list.push(&row())?;
            list.finish()?;
        }
    }
    Ok(())
}

/// A table as wide as what is in it: an id that is broken in two can be neither copied nor searched for.
fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings);
    table
}

/// Columns are padded to their width, and the last one needs no padding.
fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n")
}
