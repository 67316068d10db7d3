//! Data on standard output, in the requested format.

use std::io::{self, BufWriter, StdoutLock, Write as _};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use comfy_table::{Table, presets};
use graphql_drift::printable;

pub(crate) use graphql_drift::Format as ReportFormat;
use serde::Serialize;

use crate::failure::Failure;

/// The requested output format: one of [`Format`] for data, one of [`ReportFormat`] for reports. JSON is both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Output(&'static str);

/// How to print data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A human-readable table or tree
    Table,
    /// One JSON document
    Json,
    /// One JSON object on each line
    Ndjson,
    /// Comma-separated values with a heading
    Csv,
}

impl Format {
    const ALL: [Self; 4] = [Self::Table, Self::Json, Self::Ndjson, Self::Csv];

    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// The requested format of data; a table by default.
    pub(crate) fn of(output: Option<Output>) -> Result<Self, Failure> {
        let Some(output) = output else { return Ok(Self::Table) };
        let format = Self::ALL.into_iter().find(|format| format.name() == output.0);
        format.ok_or_else(|| output.unsupported(&Self::ALL.map(Self::name)))
    }
}

/// The requested format of a report; text by default.
pub(crate) fn report_format(output: Option<Output>) -> Result<ReportFormat, Failure> {
    let Some(output) = output else { return Ok(ReportFormat::Text) };
    output.0.parse().map_err(|_| {
        let names: Vec<_> = ReportFormat::ALL.iter().map(|format| format.name()).collect();
        output.unsupported(&names)
    })
}

impl Output {
    /// Parses the argument of `--output`.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Self> {
        // `json` is in both lists, and the help would show it twice.
        let reports = ReportFormat::ALL.iter().map(|format| format.name()).filter(|name| *name != "json");
        let names: Vec<&'static str> = Format::ALL.into_iter().map(Format::name).chain(reports).collect();
        PossibleValuesParser::new(names.clone())
            .map(move |given| Self(names.iter().copied().find(|name| *name == given).unwrap_or_default()))
    }

    pub(crate) fn name(self) -> &'static str {
        self.0
    }

    /// The error for a format that a command does not print; `supported` lists those that it prints.
    pub(crate) fn unsupported(self, supported: &[&str]) -> Failure {
        let supported = match supported {
            [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
            only => only.concat(),
        };
        let reason = format!("this command does not print `{}`: use {supported}", self.0);
        Failure::CouldNotRun { reason, help: None }
    }
}

/// A row of a list. Serialized, it has the API's own field names, nulls included.
pub(crate) trait Row: Serialize + Default {
    /// Headings of the table.
    const HEADINGS: &'static [&'static str];

    /// Cells of the table, under the headings.
    fn cells(&self) -> Vec<String>;
}

/// A list that is being printed. Only tables are kept until the last row; the other formats write each row at once,
/// so that memory does not grow with the list.
pub(crate) struct List {
    out: Out,
}

enum Out {
    Table(Table),
    Json {
        out: BufWriter<StdoutLock<'static>>,
        is_first: bool,
    },
    Ndjson(BufWriter<StdoutLock<'static>>),
    /// The heading is written before the first row, or at the end of a list without rows: a list that cannot be read
    /// has none.
    Csv {
        out: Box<csv::Writer<StdoutLock<'static>>>,
        heading: Option<csv::StringRecord>,
    },
}

impl List {
    pub(crate) fn new<R: Row>(format: Format) -> Result<Self, Failure> {
        let stdout = || BufWriter::new(io::stdout().lock());
        let out = match format {
            Format::Table => Out::Table(table(R::HEADINGS)),
            Format::Json => Out::Json { out: stdout(), is_first: true },
            Format::Ndjson => Out::Ndjson(stdout()),
            Format::Csv => {
                let out = csv::WriterBuilder::new().has_headers(false).from_writer(io::stdout().lock());
                Out::Csv { out: Box::new(out), heading: Some(heading::<R>()?) }
            }
        };
        Ok(Self { out })
    }

    pub(crate) fn push<R: Row>(&mut self, row: &R) -> Result<(), Failure> {
        match &mut self.out {
            // A name may hold control characters that a terminal would interpret.
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
            Out::Csv { out, heading } => {
                if let Some(heading) = heading.take() {
                    out.write_record(&heading)?;
                }
                out.serialize(row)?;
            }
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
            Out::Csv { mut out, heading } => {
                if let Some(heading) = heading {
                    out.write_record(&heading)?;
                }
                out.flush()?;
            }
        }
        Ok(())
    }
}

/// The heading of a row in CSV: the names of its fields.
fn heading<R: Row>() -> Result<csv::StringRecord, Failure> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.serialize(R::default())?;
    let text = out.into_inner().map_err(|error| Failure::could_not_run(&error))?;
    Ok(csv::Reader::from_reader(text.as_slice()).headers()?.clone())
}

/// Prints one value: as `text` if the format is a table, as a row in CSV, else as JSON with all its fields.
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
            let mut list = List::new::<R>(format)?;
            list.push(&row())?;
            list.finish()?;
        }
    }
    Ok(())
}

/// A table as wide as its content: an id that is broken in two can be neither copied nor searched for.
fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings);
    table
}

/// A table with these rows.
pub(crate) fn plain_table(headings: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = table(headings);
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    trimmed(&table)
}

/// Removes the padding of the last column.
fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n")
}
