//! A file of any kind, and what it has besides its rows.

use std::io::{BufRead, BufReader, Seek as _, SeekFrom};

use super::cells::Cells;
use super::table::{Around, Consumer, Table, Users};
use super::text::Content;
use super::{Keep, csv, json};
use crate::config::SyncConfig;

/// Reads the users of a file. Returns what is around them, and a column that looks like a status and is not read.
pub(super) fn users(
    content: Content,
    cells: Cells<'_>,
    keep: &mut Keep<'_>,
) -> Result<(Around, Option<String>), String> {
    match json_of(content)? {
        Shape::Array(mut source) => {
            json::array(&mut source, cells, keep)?;
            // The objects of an array have positions instead of lines.
            Ok((Around { unit: "item", ..Around::default() }, None))
        }
        Shape::Objects(mut source, skipped) => {
            json::objects(&mut source, skipped, cells, keep)?;
            Ok((Around { unit: "line", ..Around::default() }, None))
        }
        Shape::Table(content) => {
            let mut users = Users::new(cells, keep);
            let around = table(content, cells.config(), &mut users)?;
            Ok((around, users.unread_status()))
        }
    }
}

/// Reads the rows of a table, and refuses JSON.
pub(super) fn rows(content: Content, config: &SyncConfig, consumer: &mut dyn Consumer) -> Result<Around, String> {
    match json_of(content)? {
        Shape::Table(content) => table(content, config, consumer),
        _ => Err("it is JSON, which has names instead of columns; this command is for tables".to_owned()),
    }
}

fn table(content: Content, config: &SyncConfig, consumer: &mut dyn Consumer) -> Result<Around, String> {
    match content {
        Content::Text { file, .. } => {
            let mut table = Table::new("line", config, consumer);
            csv::read(file, &mut table)?;
            table.finish()
        }
        #[cfg(feature = "xlsx")]
        Content::Workbook(file) => {
            let mut table = Table::new("row", config, consumer);
            super::workbook::read(file, config.sheet.as_deref(), &mut table)?;
            table.finish()
        }
        #[cfg(not(feature = "xlsx"))]
        Content::Workbook(_) => Err("it is a workbook, which this program cannot read; save it as CSV".to_owned()),
    }
}

/// What a file is, by its first byte.
enum Shape {
    Array(BufReader<std::fs::File>),
    /// An object on each line, below so many empty ones.
    Objects(BufReader<std::fs::File>, u64),
    Table(Content),
}

fn json_of(content: Content) -> Result<Shape, String> {
    let (mut file, encoding) = match content {
        Content::Text { file, encoding } => (file, encoding),
        Content::Workbook(file) => return Ok(Shape::Table(Content::Workbook(file))),
    };
    let start = file.stream_position().map_err(|error| error.to_string())?;
    let mut source = BufReader::new(file);
    let (first, skipped) = first_byte(&mut source).map_err(|error| error.to_string())?;
    Ok(match first {
        Some(b'[') => Shape::Array(source),
        Some(b'{') => Shape::Objects(source, skipped),
        _ => {
            file = source.into_inner();
            file.seek(SeekFrom::Start(start)).map_err(|error| error.to_string())?;
            Shape::Table(Content::Text { file, encoding })
        }
    })
}

/// The first byte that is not white space, left unread, and how many lines were skipped before it.
fn first_byte(source: &mut impl BufRead) -> std::io::Result<(Option<u8>, u64)> {
    let mut skipped = 0;
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok((None, skipped));
        }
        let spaces = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let found = buffer.get(spaces).copied();
        skipped += buffer.iter().take(spaces).map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        source.consume(spaces);
        if found.is_some() {
            return Ok((found, skipped));
        }
    }
}
