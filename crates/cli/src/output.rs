//! Data on standard output, in the format that was asked for.

use std::io::{self, BufWriter, StdoutLock, Write as _};

use clap::ValueEnum;
use comfy_table::{Table, presets};
use serde::Serialize;
use thought_industries::Date;

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
            Some(other) => Err(no_format(other, "table, json, ndjson or csv")),
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
            Some(other) => Err(no_format(other, "text, json, markdown, github, sarif, junit or html")),
        }
    }
}

fn no_format(asked: Output, known: &str) -> Failure {
    let name = asked.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    Failure::CouldNotRun { reason: format!("this command does not print `{name}`, but {known}"), help: None }
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

/// Text for a terminal or a page: what a tenant's people type into their names must not move the cursor or turn the line.
pub(crate) fn printable(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let is_harmless = |c: char| !c.is_control() && !turns(c);
    text.chars().map(|c| if is_harmless(c) { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}

/// The day of a date.
pub(crate) fn day(date: Date) -> String {
    date.to_string().chars().take(10).collect()
}

/// Whether somebody may log in, or a client is open.
pub(crate) fn status(disabled: Option<bool>) -> &'static str {
    match disabled {
        Some(true) => "disabled",
        Some(false) => "active",
        None => "–",
    }
}

/// A seat limit: none and 0 both mean that there is none.
pub(crate) fn seats(limit: Option<i64>) -> String {
    match limit {
        None | Some(0) => "unlimited".to_owned(),
        Some(limit) => limit.to_string(),
    }
}

/// A cell for a value that may be missing.
pub(crate) fn cell(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_the_cursor_is_shown_and_not_done() {
        assert_eq!(printable("Zoë 山田 🎓"), "Zoë 山田 🎓");
        assert_eq!(printable("Eve\u{1b}[2K\nroot"), "Eve\\u{1b}[2K\\u{a}root");
        assert_eq!(printable("a\u{202e}b"), "a\\u{202e}b");
    }
}
