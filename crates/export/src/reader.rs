//! Reads exports: row by row, in any format, with the manifest.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::column::{Column, ColumnKind};
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::manifest::Manifest;
use crate::selection::{OutputRecord, key_of};
use crate::sink::{Place, encode, open_read_only, quoted};

/// An export that is done: its manifest, and its rows.
#[derive(Debug)]
pub struct Exported {
    path: PathBuf,
    manifest: Manifest,
}

/// A row of an export, in the order of the columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExportedRow {
    pub(crate) key: String,
    pub(crate) cells: Vec<Value>,
}

/// The longest line, in bytes: far more than any row has.
const LONGEST_LINE: u64 = 64 << 20;

impl Exported {
    /// Opens an export by its file or folder, or by its manifest.
    ///
    /// ```no_run
    /// use thought_industries_export::Exported;
    ///
    /// let users = Exported::open("users.ndjson".as_ref())?;
    /// println!("{} rows of {}", users.manifest().report.rows, users.manifest().report.tenant);
    /// # Ok::<(), thought_industries_export::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no manifest, or it cannot be read. An export that is not done has none.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let path = match name.strip_suffix("manifest.json") {
            Some("") => {
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
            }
            Some(own) => path.with_file_name(own.trim_end_matches('.')),
            None => path.to_owned(),
        };
        let place = Place::existing(&path);
        let manifest = place.manifest();
        let text = std::fs::read_to_string(&manifest).map_err(|error| {
            let help = if place.is_begun() {
                "the export is not done: continue it with --resume"
            } else {
                "name the file or the folder of an export"
            };
            Error::of_io(&manifest, "read", error).with_help(help)
        })?;
        let parsed: Result<Manifest, _> = serde_json::from_str(&text);
        let unreadable = |error| Error::of_file(ErrorKind::Damaged, &manifest, format!("not a manifest: {error}"));
        Ok(Self { path, manifest: parsed.map_err(unreadable)? })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Hands each row of a stream to a function, by the names of its columns. Values that are null are left out. CSV has no
    /// types, and its cells become those of the columns again.
    ///
    /// ```no_run
    /// use thought_industries_export::Exported;
    ///
    /// Exported::open("users.csv".as_ref())?.each("users", &mut |user| println!("{:?}", user.get("email")))?;
    /// # Ok::<(), thought_industries_export::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the export does not have the stream, or is damaged.
    pub fn each(&self, stream: &str, on_row: &mut dyn FnMut(Map<String, Value>)) -> Result<(), Error> {
        let Some(output) = self.outputs().iter().find(|output| output.stream == stream) else {
            let reason = format!("the export has no {stream}");
            return Err(Error::of_file(ErrorKind::Argument, &self.path, reason));
        };
        let is_text = self.format() == Format::Csv;
        self.each_row(output, &mut |row| {
            let cells = output.columns.iter().zip(row.cells).filter(|(_, value)| !value.is_null());
            let typed = |column: &Column, value| if is_text { typed(column.kind, value) } else { value };
            on_row(cells.map(|(column, value)| (column.name.clone(), typed(column, value))).collect());
            Ok(())
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The streams with their columns.
    pub(crate) fn outputs(&self) -> &[OutputRecord] {
        &self.manifest.report.selection.outputs
    }

    pub(crate) fn format(&self) -> Format {
        let file = self.manifest.files.first().map(|file| Path::new(&file.path)).and_then(Format::of_path);
        file.or_else(|| Format::of_path(&self.path)).unwrap_or_else(|| self.format_of_content())
    }

    /// The format of a file whose name does not show it.
    fn format_of_content(&self) -> Format {
        let mut start = [0; 4];
        let read = File::open(&self.path).and_then(|mut file| file.read_exact(&mut start));
        match (read, &start) {
            (Ok(()), b"SQLi") => Format::Sqlite,
            (Ok(()), [0x28, 0xb5, 0x2f, 0xfd]) => Format::NdjsonZstd,
            (Ok(()), [b'{', ..]) | (Err(_), _) => Format::Ndjson,
            _ => Format::Csv,
        }
    }

    /// The file of a stream.
    pub(crate) fn file_of(&self, stream: &str) -> PathBuf {
        if !self.path.is_dir() {
            return self.path.clone();
        }
        self.path.join(format!("{stream}.{}", self.format().extension()))
    }

    /// Hands each row of a stream to a function.
    pub(crate) fn each_row(
        &self,
        output: &OutputRecord,
        on_row: &mut dyn FnMut(ExportedRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let path = self.file_of(&output.stream);
        let file = || File::open(&path).map_err(|error| Error::of_io(&path, "read", error));
        let mut on_cells = |cells: Vec<Value>| on_row(ExportedRow { key: key_of(output.key.len(), &cells), cells });
        match self.format() {
            Format::Sqlite => each_of_table(&path, output, &mut on_cells),
            Format::Csv => each_record(&path, file()?, output, &mut on_cells),
            Format::Ndjson => each_line(&path, file()?, output, &mut on_cells),
            Format::NdjsonZstd => {
                let decoder = zstd::Decoder::new(file()?).map_err(|error| Error::of_io(&path, "read", error))?;
                each_line(&path, decoder, output, &mut on_cells)
            }
        }
    }
}

type OnCells<'f> = &'f mut dyn FnMut(Vec<Value>) -> Result<(), Error>;

fn each_line(path: &Path, source: impl Read, output: &OutputRecord, on_cells: OnCells<'_>) -> Result<(), Error> {
    let (mut source, mut line) = (BufReader::new(source), Vec::new());
    for number in 1_u64.. {
        line.clear();
        let read = source.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| Error::of_io(path, "read", error))? == 0 {
            break;
        }
        let parsed: Result<Map<String, Value>, _> = serde_json::from_slice(&line);
        let wrong = |error| Error::of_file(ErrorKind::Damaged, path, format!("line {number}: {error}"));
        let mut row = parsed.map_err(wrong)?;
        on_cells(output.columns.iter().map(|column| row.remove(&column.name).unwrap_or_default()).collect())?;
    }
    Ok(())
}

fn each_record(path: &Path, file: File, output: &OutputRecord, on_cells: OnCells<'_>) -> Result<(), Error> {
    let mut reader = csv::Reader::from_reader(BufReader::new(file));
    let heading = reader.headers()?.clone();
    if !heading.iter().eq(output.columns.iter().map(|column| column.name.as_str())) {
        let message = "the heading is not that of the manifest";
        return Err(Error::of_file(ErrorKind::Damaged, path, message));
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        on_cells(record.iter().map(cell_of_csv).collect())?;
    }
    Ok(())
}

/// A cell as text: CSV has no types, and no null.
fn cell_of_csv(cell: &str) -> Value {
    if cell.is_empty() { Value::Null } else { Value::String(encode::plain(cell).to_owned()) }
}

/// The value of a cell of CSV, by the type of its column.
fn typed(kind: ColumnKind, value: Value) -> Value {
    match (kind, &value) {
        (ColumnKind::Text | ColumnKind::Date, _) => value,
        // A cell that was changed by hand stays the text that it is.
        (_, Value::String(text)) => serde_json::from_str(text).unwrap_or(value),
        _ => value,
    }
}

fn each_of_table(path: &Path, output: &OutputRecord, on_cells: OnCells<'_>) -> Result<(), Error> {
    let database = open_read_only(path)?;
    let names: Vec<String> = output.columns.iter().map(|column| quoted(&column.name)).collect();
    let query = format!("SELECT {} FROM {} ORDER BY rowid", names.join(", "), quoted(&output.stream));
    let mut query = database.prepare(&query)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let cell = |(place, column): (usize, &Column)| Ok(cell_of_sql(column.kind, row.get(place)?));
        let cells: Result<Vec<Value>, rusqlite::Error> = output.columns.iter().enumerate().map(cell).collect();
        on_cells(cells?)?;
    }
    Ok(())
}

fn cell_of_sql(kind: ColumnKind, value: rusqlite::types::Value) -> Value {
    use rusqlite::types::Value as SqlValue;

    match (kind, value) {
        (ColumnKind::Flag, SqlValue::Integer(flag)) => Value::Bool(flag != 0),
        (_, SqlValue::Integer(number)) => number.into(),
        (_, SqlValue::Real(number)) => number.into(),
        (ColumnKind::Json, SqlValue::Text(text)) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        (_, SqlValue::Text(text)) => Value::String(text),
        _ => Value::Null,
    }
}
