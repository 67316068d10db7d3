//! What the cells of a row say about a user.

use jiff::civil;
use jiff::fmt::strtime;
use serde_json::{Map, Value, json};
use thought_industries::{FieldKind, UserFields};

use super::clean;
use super::columns::{DISABLED, END, START, custom_key};
use crate::config::SyncConfig;
use crate::desired::{DesiredUser, insert_field};
use crate::plan::STATUS;
use crate::sheet;

/// Reads cells on a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'c> {
    config: &'c SyncConfig,
    today: civil::Date,
}

impl<'c> Cells<'c> {
    pub(super) fn new(config: &'c SyncConfig, today: civil::Date) -> Self {
        Self { config, today }
    }

    pub(super) fn config(&self) -> &'c SyncConfig {
        self.config
    }

    /// The user of a row of texts, each with its field.
    pub(super) fn row<'t>(
        &self,
        number: u64,
        cells: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<DesiredUser, String> {
        let mut fields = Map::new();
        for (field, raw) in cells {
            if let Some(value) = self.value(field, raw).map_err(|reason| format!("{field}: {reason}"))? {
                insert_field(&mut fields, field, value);
            }
        }
        Ok(self.user(number, fields))
    }

    /// The user of an object in JSON. Custom fields may be in an object of their own; null clears a field.
    pub(super) fn object(
        &self,
        number: u64,
        row: Map<String, Value>,
        field_of: impl Fn(&str) -> Option<String>,
    ) -> Result<DesiredUser, String> {
        let mut fields = Map::new();
        for (column, value) in row {
            match (column.as_str(), value) {
                ("customFields", Value::Object(custom)) => {
                    for (key, value) in custom {
                        let field = format!("customFields.{key}");
                        self.take(&mut fields, &field, &field, value)?;
                    }
                }
                (_, value) => {
                    if let Some(field) = field_of(&column) {
                        self.take(&mut fields, &field, &column, value)?;
                    }
                }
            }
        }
        Ok(self.user(number, fields))
    }

    /// Takes a value from JSON. A text is read as a cell, and an empty one says nothing.
    fn take(&self, fields: &mut Map<String, Value>, field: &str, column: &str, value: Value) -> Result<(), String> {
        let spec = UserFields::spec(field);
        let value = match value {
            Value::Null if self.config.ignore_nulls => None,
            Value::Bool(flag) if matches!(field, STATUS | DISABLED) => self.value(field, &flag.to_string())?,
            Value::String(text) if spec.is_none_or(|spec| spec.kind == FieldKind::Text) => self.value(field, &text)?,
            other => Some(other),
        };
        let Some(value) = value else { return Ok(()) };
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

    /// The text of a cell; `None` if it says nothing.
    pub(super) fn plain(&self, raw: &str) -> Result<Option<String>, String> {
        // What an export of ours escaped is there on purpose.
        let text = clean::text(raw)?;
        let text = sheet::unescape(&text).trim().to_owned();
        let says_nothing = text.is_empty() || self.config.placeholders.iter().any(|word| is_word(word, &text));
        Ok((!says_nothing).then_some(text))
    }

    /// The value of a cell; `None` if it says nothing.
    fn value(&self, field: &str, raw: &str) -> Result<Option<Value>, String> {
        let Some(text) = self.plain(raw)? else { return Ok(None) };
        let values = self.config.values.get(field);
        let mapped =
            values.and_then(|values| values.iter().find(|(_, words)| words.iter().any(|word| is_word(word, &text))));
        let text = match mapped {
            Some((value, _)) => value.clone(),
            None if clean::is_placeholder(&text) => {
                return Err(format!(
                    "`{text}` stands for nothing in other systems; add it to `placeholders` in --config"
                ));
            }
            None => self.padded(field, text),
        };
        match field {
            STATUS => parse_status(&text).map(Some).map_err(|_| {
                format!("`{}` is not a status: add the word to [values.status] in --config", clean::shown(&text))
            }),
            DISABLED => match text.to_lowercase().as_str() {
                "true" => Ok(Some(json!("disabled"))),
                "false" => Ok(Some(json!("active"))),
                _ => Err(format!("`{text}` is neither true nor false")),
            },
            START | END => self.day(field, &text).map(|day| Some(json!(day.to_string()))),
            "email" => clean::address(&text).map(|address| Some(json!(address))),
            _ if clean::is_mangled(&text) && mapped.is_none() => {
                Err(format!("`{text}` is a number that a spreadsheet has shortened; export it as text"))
            }
            _ => parse_cell(field, &text),
        }
    }

    /// A number with the zeros that a program has dropped.
    fn padded(&self, field: &str, text: String) -> String {
        match self.config.widths.get(field) {
            Some(width) if text.bytes().all(|byte| byte.is_ascii_digit()) => format!("{text:0>width$}"),
            _ => text,
        }
    }

    fn day(&self, field: &str, text: &str) -> Result<civil::Date, String> {
        let Some(format) = self.config.dates.get(field) else {
            // A time after the day, as directories and workbooks write it, is left out.
            let day = text.get(..10).filter(|_| text.len() == 10 || text.get(10..11).is_some_and(|c| "T ".contains(c)));
            return day.and_then(|day| day.parse().ok()).ok_or_else(|| {
                format!("`{text}` is not a date such as 2026-01-31: set `{field}` in [dates] in --config")
            });
        };
        let parsed = strtime::parse(format, text).and_then(|parsed| parsed.to_date());
        parsed.map_err(|_| format!("`{text}` is not a date as `{format}` says"))
    }

    /// The user of these fields. The status is kept apart, and follows from the first and the last day too.
    fn user(&self, line: u64, mut fields: Map<String, Value>) -> DesiredUser {
        let mut day = |field: &str| -> Option<civil::Date> {
            fields.remove(field).as_ref().and_then(Value::as_str).and_then(|day| day.parse().ok())
        };
        let (start, end) = (day(START), day(END));
        let status = [STATUS, DISABLED].into_iter().filter_map(|name| fields.remove(name)).last();
        let disabled = status.map(|status| status == "disabled");
        let ended = end.filter(|end| *end < self.today);
        DesiredUser {
            line,
            fields,
            disabled: if ended.is_some() { Some(true) } else { disabled },
            starts: start.filter(|start| *start > self.today).map(|start| start.to_string()),
            ended: ended.map(|day| day.to_string()),
            kept: Vec::new(),
        }
    }
}

fn is_word(word: &str, text: &str) -> bool {
    word.trim().to_lowercase() == text.to_lowercase()
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
