//! A file of any kind, and what it has besides its rows.

use std::io::{BufRead, BufReader, Seek as _, SeekFrom};
use std::ops::ControlFlow;

use super::cells::Cells;
use super::json::Layout;
use super::objects::{Objects, Tabular};
use super::table::{Around, Consumer, Table, Users};
use super::text::Content;
use super::{EachRow, csv, json};
use crate::config::SyncConfig;

/// Reads the users of a file. Returns what is around them, and a column that looks like a status and is not read.
pub(super) fn users(
    content: Content,
    cells: Cells<'_>,
    keep: &mut EachRow<'_>,
) -> Result<(Around, Option<String>), String> {
    match json_of(content)? {
        Shape::Json(source, layout) => {
            let mut objects = Objects::new(cells);
            let mut is_cut_short = false;
            json::each(source, layout, &mut |number, object| {
                let kept = keep(number, object.and_then(|object| objects.user(number, object)));
                is_cut_short |= kept.is_break();
                kept
            })?;
            // The wrong rows are reported already, and those behind them may have what is absent so far.
            if !is_cut_short {
                objects.check()?;
            }
            Ok((around(layout), None))
        }
        Shape::Table(content) => {
            let mut users = Users::new(cells, keep);
            let around = table(content, cells.config(), &mut users)?;
            Ok((around, users.unread_status()))
        }
    }
}

/// Reads the rows of a table. The values of JSON are the cells of a table with all of its names.
pub(super) fn rows(content: Content, config: &SyncConfig, consumer: &mut dyn Consumer) -> Result<Around, String> {
    let (mut source, layout) = match json_of(content)? {
        Shape::Table(content) => return table(content, config, consumer),
        Shape::Json(source, layout) => (source, layout),
    };
    let cannot = |error: std::io::Error| error.to_string();
    let start = source.stream_position().map_err(cannot)?;
    let mut table = Tabular::default();
    let mut wrong = None;
    json::each(&mut source, layout, &mut |number, object| match object {
        Ok(object) => {
            table.note(object);
            ControlFlow::Continue(())
        }
        Err(reason) => {
            wrong = Some(format!("{} {number}: {reason}", around(layout).unit));
            ControlFlow::Break(())
        }
    })?;
    if let Some(reason) = wrong {
        return Err(reason);
    }
    table.heading(consumer)?;
    source.seek(SeekFrom::Start(start)).map_err(cannot)?;
    json::each(source, layout, &mut |number, object| match object {
        Ok(object) => table.row(number, object, consumer),
        Err(_) => ControlFlow::Continue(()),
    })?;
    Ok(around(layout))
}

/// What JSON has besides its objects. Those of an array have positions instead of lines.
fn around(layout: Layout) -> Around {
    let unit = if matches!(layout, Layout::Lines(_)) { "line" } else { "item" };
    Around { unit, is_json: true, ..Around::default() }
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
    Json(BufReader<std::fs::File>, Layout),
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
        Some(b'[') => Shape::Json(source, Layout::Array),
        Some(b'{') => {
            let start = source.stream_position().map_err(|error| error.to_string())?;
            let layout = json::layout(&mut source, skipped);
            source.seek(SeekFrom::Start(start)).map_err(|error| error.to_string())?;
            Shape::Json(source, layout)
        }
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
