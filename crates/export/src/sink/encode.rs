//! Rows as lines of NDJSON and CSV.

use serde_json::Value;

use crate::column::{Column, ColumnKind, text_of};
use crate::error::Error;

/// A row as a JSON object on a line: every column is there, with the API's name.
pub(crate) fn ndjson(columns: &[Column], row: &[Value], out: &mut Vec<u8>) -> Result<(), Error> {
    for (place, (column, value)) in columns.iter().zip(row).enumerate() {
        out.push(if place == 0 { b'{' } else { b',' });
        serde_json::to_writer(&mut *out, &column.name)?;
        out.push(b':');
        serde_json::to_writer(&mut *out, value)?;
    }
    out.extend(b"}\n");
    Ok(())
}

/// The heading of CSV.
pub(crate) fn csv_heading(columns: &[Column], out: &mut Vec<u8>) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns.iter().map(|column| &column.name))?;
    Ok(writer.flush()?)
}

/// A row of CSV. Null is an empty cell. A text that a spreadsheet would run as a formula has `'` before it.
pub(crate) fn csv(columns: &[Column], row: &[Value], out: &mut Vec<u8>) -> Result<(), Error> {
    let mut writer = csv::Writer::from_writer(out);
    for (column, value) in columns.iter().zip(row) {
        let text = text_of(value).unwrap_or_default();
        let is_number = matches!(column.kind, ColumnKind::Integer | ColumnKind::Number) && value.is_number();
        if is_number || !is_formula(&text) {
            writer.write_field(text)?;
        } else {
            writer.write_field(format!("'{text}"))?;
        }
    }
    writer.write_record(None::<&[u8]>)?;
    Ok(writer.flush()?)
}

/// Whether a spreadsheet would run a text. A text that begins with `'` gets another one, so that none is ambiguous.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])
}

/// The text of a cell as it was before it was neutralized.
pub(crate) fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn columns() -> Vec<Column> {
        let kinds = [("id", ColumnKind::Text), ("balance", ColumnKind::Number), ("custom", ColumnKind::Json)];
        kinds.map(|(name, kind)| Column::new(name, kind)).to_vec()
    }

    type Encode = fn(&[Column], &[Value], &mut Vec<u8>) -> Result<(), Error>;

    fn text(encode: Encode, row: &[Value]) -> String {
        let mut out = Vec::new();
        encode(&columns(), row, &mut out).expect("encoded");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn rows_have_every_column() {
        let row = [json!("a"), json!(-1.5), json!({ "b": [1, "x,y"] })];
        assert_eq!(text(ndjson, &row), "{\"id\":\"a\",\"balance\":-1.5,\"custom\":{\"b\":[1,\"x,y\"]}}\n");
        assert_eq!(text(csv, &row), "a,-1.5,\"{\"\"b\"\":[1,\"\"x,y\"\"]}\"\n");
        let empty = [json!("a"), Value::Null, Value::Null];
        assert_eq!(text(ndjson, &empty), "{\"id\":\"a\",\"balance\":null,\"custom\":null}\n");
        assert_eq!(text(csv, &empty), "a,,\n");
    }

    #[test]
    fn a_formula_is_neutralized_and_a_number_is_not() {
        for formula in ["=1+1", "+49 30", "-x", "@cmd", "\tx", "'=1"] {
            let line = text(csv, &[json!(formula), json!(-2), Value::Null]);
            assert!(line.contains(&format!("'{formula}")) && line.contains(",-2,"), "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(texts in proptest::collection::vec(".*", 1..4)) {
            let columns: Vec<Column> = texts.iter().map(|_| Column::new("c", ColumnKind::Text)).collect();
            let row: Vec<Value> = texts.iter().map(|text| json!(text)).collect();
            let mut out = Vec::new();
            csv_heading(&columns, &mut out).expect("encoded");
            csv(&columns, &row, &mut out).expect("encoded");
            let mut reader = ::csv::Reader::from_reader(out.as_slice());
            let record = reader.records().next().expect("a record").expect("CSV");
            let read: Vec<&str> = record.iter().map(plain).collect();
            prop_assert_eq!(read, texts.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
