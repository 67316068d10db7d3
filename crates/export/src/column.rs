//! The columns of a stream: their names and types come from the pinned schema, never from data.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thought_industries::runtime::Selection;
use thought_industries_spec::{Leaf, Shape};

/// A column: the API's name of a field, and the type of its values. Every value may be null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The API's name.
    pub name: String,
    /// The type of its values.
    pub kind: ColumnKind,
}

/// The type of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ColumnKind {
    /// Text: strings, ids, and values of enums.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A point in time: ISO 8601 in UTC with milliseconds.
    Date,
    /// A list, an object, or any JSON: custom fields differ by tenant.
    Json,
}

impl Column {
    pub(crate) fn new(name: &str, kind: ColumnKind) -> Self {
        Self { name: name.to_owned(), kind }
    }
}

/// The columns of what is selected, with those of the key first.
pub(crate) fn columns_of(selection: &Selection, key: &[&str]) -> Vec<Column> {
    let mut columns: Vec<Column> =
        selection.fields.iter().map(|field| Column::new(&field.key, kind_of(field.shape))).collect();
    // A stable sort: the others stay in the order of their names.
    columns.sort_by_key(|column| !key.contains(&column.name.as_str()));
    columns
}

fn kind_of(shape: Shape) -> ColumnKind {
    match (shape.depth, shape.leaf) {
        (1.., _) | (0, Leaf::Object | Leaf::Any) => ColumnKind::Json,
        (0, Leaf::Text) => ColumnKind::Text,
        (0, Leaf::Integer) => ColumnKind::Integer,
        (0, Leaf::Number) => ColumnKind::Number,
        (0, Leaf::Flag) => ColumnKind::Flag,
        (0, Leaf::Date) => ColumnKind::Date,
    }
}

/// A value as text, as CSV and comparisons have it; `None` for null.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
