//! Which column of a roster is which field, and what its cells hold.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use thought_industries::{FieldKind, FieldSpec, UserFields};

use crate::desired::insert_field;
use crate::error::{Error, ErrorKind};
use crate::files::read_small;
use crate::plan::STATUS;

/// The most bytes of a mapping file.
const LARGEST: u64 = 1 << 20;

/// A mapping file: the names of columns, and the fields that they are.
///
/// ```toml
/// ignore = ["Notes"]
///
/// [columns]
/// "E-Mail" = "email"
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Columns of the roster, each with its field.
    #[serde(default)]
    columns: BTreeMap<String, String>,
    /// Columns that are not read.
    #[serde(default)]
    ignore: Vec<String>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// If the file cannot be read or is malformed, with the line.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let cannot = |reason: String| {
            let help = "a mapping file has `ignore = [\"Notes\"]`, and below [columns] lines such as \
                        `\"E-Mail\" = \"email\"`";
            Error::of_file(ErrorKind::Roster, path, reason).with_help(help)
        };
        let bytes = read_small(path, LARGEST).map_err(|error| cannot(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| cannot("it is not UTF-8".to_owned()))?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            cannot(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
        })
    }

    /// The field of a column; `None` if the column is not read.
    pub(super) fn field<'a>(&'a self, column: &'a str) -> Result<Option<&'a str>, String> {
        if self.ignore.iter().any(|ignored| ignored == column) {
            return Ok(None);
        }
        let field = self.columns.get(column).map_or(column, String::as_str);
        if field == STATUS || custom_key(field).is_some() || UserFields::spec(field).is_some_and(is_in_rosters) {
            return Ok(Some(field));
        }
        if field == column {
            return Err(format!(
                "`{column}` is not a field of a user; map it to one, or ignore it, with --columns FILE"
            ));
        }
        Err(format!("the mapping makes `{column}` the field `{field}`, which a roster cannot have"))
    }
}

/// Whether a column can be the field. Custom fields have a column for each key.
fn is_in_rosters(spec: &FieldSpec) -> bool {
    spec.in_rosters && spec.kind != FieldKind::Object
}

/// The key of a custom field.
fn custom_key(field: &str) -> Option<&str> {
    field.strip_prefix("customFields.").filter(|key| !key.is_empty())
}

/// The value of a field, from a text: a cell of a roster, or an argument of a command. White space around it is dropped.
/// `None` for an empty text, which says nothing.
///
/// ```
/// use serde_json::json;
/// use thought_industries_provision::parse_cell;
///
/// assert_eq!(parse_cell("courseIds", "a; b"), Ok(Some(json!(["a", "b"]))));
/// assert_eq!(parse_cell("lastName", "true"), Ok(Some(json!("true"))));
/// assert!(parse_cell("balance", "much").is_err());
/// ```
///
/// # Errors
/// If the text is not a value of the field.
pub fn parse_cell(field: &str, text: &str) -> Result<Option<Value>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if field == STATUS {
        return parse_status(text).map(Some);
    }
    // A custom field is a text, as a roster and the tenant's own forms have it.
    let kind = UserFields::spec(field).map_or(FieldKind::Text, |spec| spec.kind);
    Ok(Some(match kind {
        FieldKind::Flag => match text {
            "true" => json!(true),
            "false" => json!(false),
            _ => return Err(format!("`{text}` is neither true nor false")),
        },
        FieldKind::Number => match text.parse::<f64>() {
            // `inf` and `NaN` are parsed as numbers, and JSON has neither.
            Ok(number) if number.is_finite() => json!(number),
            _ => return Err(format!("`{text}` is not a number")),
        },
        FieldKind::Integer => match text.parse::<u32>() {
            Ok(number) => json!(number),
            Err(_) => return Err(format!("`{text}` is not a whole number")),
        },
        FieldKind::TextList => {
            json!(text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect::<Vec<_>>())
        }
        FieldKind::Object => return Err(format!("write each key by itself, as `{field}.KEY`")),
        _ => json!(text),
    }))
}

fn parse_status(text: &str) -> Result<Value, String> {
    match text.to_lowercase().as_str() {
        "active" => Ok(json!("active")),
        "disabled" | "inactive" => Ok(json!("disabled")),
        _ => Err(format!("`{text}` is not a status: use active or disabled")),
    }
}

/// The fields of a row in JSON. Custom fields may be in an object of their own; null clears a field.
pub(super) fn object(mapping: &Mapping, row: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut fields = Map::new();
    for (column, value) in row {
        match (column.as_str(), value) {
            ("customFields", Value::Object(custom)) => {
                for (key, value) in custom {
                    let field = format!("customFields.{key}");
                    take(&mut fields, &field, &field, value)?;
                }
            }
            (_, value) => {
                if let Some(field) = mapping.field(&column)? {
                    take(&mut fields, field, &column, value)?;
                }
            }
        }
    }
    Ok(fields)
}

/// Takes a value from JSON. A text is trimmed, and an empty one says nothing, as in a cell.
fn take(fields: &mut Map<String, Value>, field: &str, column: &str, value: Value) -> Result<(), String> {
    let value = match value {
        Value::String(text) if text.trim().is_empty() => return Ok(()),
        Value::String(text) if field == STATUS => parse_status(text.trim())?,
        Value::String(text) => json!(text.trim()),
        other => other,
    };
    let spec = UserFields::spec(field);
    let fits = match spec.map(|spec| (spec.kind, spec.is_clearable)) {
        Some((_, false)) => value.is_string(),
        Some((FieldKind::Number | FieldKind::Integer, _)) => value.is_number(),
        Some((FieldKind::Flag, _)) => value.is_boolean(),
        Some((FieldKind::TextList, _)) => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        Some(_) => value.is_string() || value.is_null(),
        None => custom_key(field).is_some() || value.is_string(),
    };
    if !fits {
        return Err(format!("`{column}` cannot be {value}"));
    }
    // Two columns can be mapped to one field; the second would silently overwrite the first.
    let is_there = match custom_key(field) {
        Some(key) => fields.get("customFields").is_some_and(|custom| custom.get(key).is_some()),
        None => fields.contains_key(field),
    };
    if is_there {
        return Err(format!("the field `{field}` is a duplicate"));
    }
    insert_field(fields, field, value);
    Ok(())
}
