//! Which column of a roster is which field, and what stands in it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use thought_industries::UserFields;

use crate::failure::Failure;
use crate::plan::put;

/// A mapping file: what columns are called here and there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapping {
    /// Columns of the roster, each with the field that it is.
    #[serde(default)]
    columns: BTreeMap<String, String>,
    /// Columns that are left alone.
    #[serde(default)]
    ignore: Vec<String>,
}

impl Mapping {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let cannot = |reason: String| Failure::CouldNotRun {
            reason: format!("{}: {reason}", path.display()),
            help: Some(
                "a mapping file has `ignore = [\"Notes\"]`, and below [columns] lines such as `\"E-Mail\" = \"email\"`",
            ),
        };
        let text = std::fs::read_to_string(path).map_err(|error| cannot(error.to_string()))?;
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            cannot(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
        })
    }

    /// The field that a column is; `None` if it is left alone.
    pub(super) fn field<'a>(&'a self, column: &'a str) -> Result<Option<&'a str>, String> {
        if self.ignore.iter().any(|ignored| ignored == column) {
            return Ok(None);
        }
        let field = self.columns.get(column).map_or(column, String::as_str);
        let is_custom = field.strip_prefix("customFields.").is_some_and(|key| !key.is_empty());
        if field == STATUS || is_custom || (UserFields::NAMES.contains(&field) && !UNFIT.contains(&field)) {
            return Ok(Some(field));
        }
        if field == column {
            return Err(format!(
                "`{column}` is no field of a person; map it to one, or ignore it, with --columns FILE"
            ));
        }
        Err(format!("the mapping makes `{column}` the field `{field}`, which no roster can have"))
    }
}

/// Whether somebody is to be active; `disabled` if not.
pub(super) const STATUS: &str = "status";

/// Fields that stand in no roster: flags that take access away, what is written once for good, and what cannot be
/// compared with what is there.
const UNFIT: [&str; 22] = [
    "replaceLicenseAccess",
    "replaceCourseAccess",
    "replaceLearningPathAccess",
    "replaceBundleAccess",
    "dualRole",
    "active",
    "password",
    "groups",
    "ssoId",
    "avatarUrl",
    "tieredSubscription",
    "enforceAccessDays",
    "panoramaEnrollmentOptions",
    "customFields",
    "sendInvite",
    "bundleSlugs",
    "learningPathSlugs",
    "learningPathSkus",
    "courseSlugs",
    "courseSkus",
    "clientSku",
    "clientSlug",
];

/// The value of a cell. An empty one says nothing.
pub(super) fn cell(field: &str, text: &str) -> Result<Option<Value>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(match field {
        STATUS => status(text)?,
        "balance" => match text.parse::<f64>() {
            Ok(balance) if balance.is_finite() => json!(balance),
            _ => return Err(format!("`{text}` is no amount")),
        },
        _ if is_list(field) => {
            json!(text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect::<Vec<_>>())
        }
        _ => json!(text),
    }))
}

fn status(text: &str) -> Result<Value, String> {
    match text.to_lowercase().as_str() {
        "active" => Ok(json!("active")),
        "disabled" | "inactive" => Ok(json!("disabled")),
        _ => Err(format!("`{text}` is no status: write active or disabled")),
    }
}

fn is_list(field: &str) -> bool {
    field.ends_with("Ids") || field.ends_with("Skus") || field.ends_with("Slugs")
}

/// The fields of a row that came as JSON: custom fields may stand in an object of their own, null takes a value away.
pub(super) fn object(mapping: &Mapping, row: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut fields = Map::new();
    for (column, value) in row {
        match (column.as_str(), value) {
            ("customFields", Value::Object(custom)) => {
                for (key, value) in custom {
                    take(&mut fields, &format!("customFields.{key}"), &format!("customFields.{key}"), value)?;
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

/// Takes a value from JSON as it is taken from a cell: spaces around a text are nothing, and an empty one says nothing.
fn take(fields: &mut Map<String, Value>, field: &str, column: &str, value: Value) -> Result<(), String> {
    let value = match value {
        Value::String(text) if text.trim().is_empty() => return Ok(()),
        Value::String(text) => json!(text.trim()),
        other => other,
    };
    let custom = field.strip_prefix("customFields.");
    let is_right = match field {
        STATUS => value.as_str().is_some_and(|text| status(text).is_ok()),
        "balance" => value.is_number(),
        // Whoever has none of these is nobody's, and taking them away is no matter of a roster.
        "email" | "role" | "clientId" => value.is_string(),
        _ if is_list(field) => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        _ => custom.is_some() || value.is_string() || value.is_null(),
    };
    if !is_right {
        return Err(format!("`{column}` cannot be {value}"));
    }
    let is_there = match custom {
        Some(key) => fields.get("customFields").is_some_and(|custom| custom.get(key).is_some()),
        None => fields.contains_key(field),
    };
    if is_there {
        return Err(format!("the field `{field}` stands there twice"));
    }
    put(fields, field, if field == STATUS { status(value.as_str().unwrap_or_default())? } else { value });
    Ok(())
}
