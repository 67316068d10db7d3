//! Data on standard output, in the requested format.

use std::io::{self, BufWriter, StdoutLock, Write as _};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use comfy_table::{Table, presets};
use graphql_drift::printable;

pub(crate) use graphql_drift::Format as ReportFormat;
use serde::Serialize;
use thought_industries_provision::sheet;

use crate::failure::Failure;

/// The requested output format: one of [`Format`] for data, one of [`ReportFormat`] for reports. JSON is both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Output {
    name: &'static str,
    cells: Cells,
}

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
    Csv(Cells),
}

/// How the cells of CSV are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cells {
    /// For a spreadsheet, which must not run them ([`sheet::escape`])
    ForSpreadsheets,
    /// As they are
    Raw,
}

impl Format {
    const ALL: [Self; 4] = [Self::Table, Self::Json, Self::Ndjson, Self::Csv(Cells::ForSpreadsheets)];

    fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv(_) => "csv",
        }
    }

    /// The requested format of data; a table by default.
    pub(crate) fn of(output: Option<Output>) -> Result<Self, Failure> {
        let Some(output) = output else { return Ok(Self::Table) };
        let format = Self::ALL.into_iter().find(|format| format.name() == output.name);
        let format = format.ok_or_else(|| output.unsupported(&Self::ALL.map(Self::name)))?;
        Ok(if let Self::Csv(_) = format { Self::Csv(output.cells) } else { format })
    }
}

/// The requested format of a report; text by default.
pub(crate) fn report_format(output: Option<Output>) -> Result<ReportFormat, Failure> {
    let Some(output) = output else { return Ok(ReportFormat::Text) };
    output.name.parse().map_err(|_| {
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
        PossibleValuesParser::new(names.clone()).map(move |given| {
            let name = names.iter().copied().find(|name| *name == given).unwrap_or_default();
            Self { name, cells: Cells::ForSpreadsheets }
        })
    }

    /// The same, with the cells of CSV as they are. Refused for other formats, which have none.
    pub(crate) fn raw(output: Option<Self>) -> Result<Option<Self>, Failure> {
        match output {
            Some(output) if matches!(Format::of(Some(output)), Ok(Format::Csv(_))) => {
                Ok(Some(Self { cells: Cells::Raw, ..output }))
            }
            _ => Err(Failure::new("--raw-csv is about CSV", "use it with `-o csv`")),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        self.name
    }

    pub(crate) fn cells(self) -> Cells {
        self.cells
    }

    /// The error for a format that a command does not print; `supported` lists those that it prints.
    pub(crate) fn unsupported(self, supported: &[&str]) -> Failure {
        let supported = match supported {
            [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
            only => only.concat(),
        };
        let reason = format!("this command does not print `{}`: use {supported}", self.name);
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
        out: Box<Csv>,
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
            Format::Csv(cells) => Out::Csv { out: Box::new(Csv::new(cells)), heading: Some(records(&R::default())?.0) },
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
                    out.write(&heading)?;
                }
                out.write(&records(row)?.1)?;
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
                    out.write(&heading)?;
                }
                out.flush()?;
            }
        }
        Ok(())
    }
}

/// Comma-separated values on standard output.
pub(crate) struct Csv {
    out: csv::Writer<StdoutLock<'static>>,
    cells: Cells,
}

impl Csv {
    pub(crate) fn new(cells: Cells) -> Self {
        Self { out: csv::Writer::from_writer(io::stdout().lock()), cells }
    }

    pub(crate) fn write<'c>(&mut self, record: impl IntoIterator<Item = &'c str>) -> Result<(), Failure> {
        let record = record.into_iter();
        match self.cells {
            Cells::ForSpreadsheets => self.out.write_record(record.map(|cell| sheet::escape(cell).into_owned()))?,
            Cells::Raw => self.out.write_record(record)?,
        }
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }
}

/// The heading of a row in CSV, which is the names of its fields, and its cells.
fn records<R: Row>(row: &R) -> Result<(csv::StringRecord, csv::StringRecord), Failure> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.serialize(row)?;
    let text = out.into_inner().map_err(|error| Failure::could_not_run(&error))?;
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let mut cells = csv::StringRecord::new();
    reader.read_record(&mut cells)?;
    Ok((reader.headers()?.clone(), cells))
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
        Format::Csv(_) => {
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
