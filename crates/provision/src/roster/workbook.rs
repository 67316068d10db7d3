//! Rosters in workbooks of Excel.

use std::fs::File;
use std::io::BufReader;

use calamine::{Data, Reader as _, Xlsx};

use super::table::Table;

/// Reads the rows of a sheet: that of this name, or the first one.
pub(super) fn read(file: File, sheet: Option<&str>, rows: &mut Table<'_>) -> Result<(), String> {
    let mut book = Xlsx::new(BufReader::new(file)).map_err(|error| format!("it is not a workbook: {error}"))?;
    let names = book.sheet_names();
    let name = match sheet {
        Some(name) => names
            .iter()
            .find(|known| known.as_str() == name)
            .cloned()
            .ok_or_else(|| format!("the workbook has no sheet `{name}`; it has {}", names.join(", ")))?,
        None => names.first().cloned().ok_or("the workbook has no sheet")?,
    };
    let range = book.worksheet_range(&name).map_err(|error| format!("the sheet `{name}` cannot be read: {error}"))?;
    let first = range.start().map_or(0, |(row, _)| u64::from(row)) + 1;
    for (number, row) in (first..).zip(range.rows()) {
        if rows.push(number, row.iter().map(text).collect())?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A cell as text.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::Bool(flag) => flag.to_string(),
        Data::Int(number) => number.to_string(),
        // Excel keeps 15 digits of a number. One that had more is shown so that it is refused.
        Data::Float(number) if number.abs() >= 1e15 => format!("{number:E}").replace('E', "E+"),
        Data::Float(number) => number.to_string(),
        Data::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"),
            }
        }
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Error(error) => error.to_string(),
    }
}
