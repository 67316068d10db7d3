//! What the rules of a configuration see of a row.

use serde_json::Value;

use super::cells::Cells;
use super::names::is_same;
use crate::config::SyncConfig;
use crate::desired::DesiredUser;

/// The columns that rules are about.
#[derive(Debug)]
pub(super) struct Attributes<'c> {
    config: &'c SyncConfig,
    /// Each with whether any row has it.
    names: Vec<(&'c str, bool)>,
}

impl<'c> Attributes<'c> {
    pub(super) fn of(config: &'c SyncConfig) -> Self {
        let mut names: Vec<(&str, bool)> = config.rule_names().map(|name| (name, false)).collect();
        names.sort_unstable();
        names.dedup();
        Self { config, names }
    }

    /// Notes a column, by its heading or its field.
    pub(super) fn note(&mut self, column: &str) {
        for (name, is_there) in &mut self.names {
            *is_there |= is_same(name, column);
        }
    }

    /// Refuses rules about columns that no row has: without them, `!=` would hold for all users.
    pub(super) fn check(&self) -> Result<(), String> {
        let absent = self.names.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| format!("`{name}`"));
        let absent: Vec<String> = absent.collect();
        match absent.as_slice() {
            [] => Ok(()),
            _ => Err(format!("the rules are about {}, which the roster does not have", absent.join(", "))),
        }
    }

    /// Gives a user what the rules have for them. `columns` are those of the row as they are in the file. A user who is
    /// disabled gets nothing: a seat would be taken in vain.
    pub(super) fn apply(
        &self,
        cells: &Cells<'_>,
        user: &mut DesiredUser,
        columns: &[(&str, Vec<String>)],
    ) -> Result<(), String> {
        if self.names.is_empty() || user.fields.is_empty() || user.disabled == Some(true) {
            return Ok(());
        }
        let mut known: Vec<(&str, Vec<String>)> = Vec::new();
        for (name, _) in &self.names {
            // The value of a field is what the configuration made of its column.
            let values = match field(user, name) {
                Some(value) => texts(value),
                None => {
                    let column = columns.iter().find(|(column, _)| is_same(name, column));
                    let mut plain = Vec::new();
                    for value in column.into_iter().flat_map(|(_, values)| values) {
                        plain.extend(cells.plain(value).map_err(|reason| format!("{name}: {reason}"))?);
                    }
                    plain
                }
            };
            known.push((name, values));
        }
        let values = |name: &str| {
            let own = known.iter().find(|(own, _)| *own == name);
            own.map(|(_, values)| values.clone()).unwrap_or_default()
        };
        self.config.rules.iter().try_for_each(|rule| rule.apply(user, values))
    }
}

/// The texts of the columns that the configuration keeps, each with the name by which it does.
pub(super) fn kept(cells: &Cells<'_>, columns: &[(&str, Vec<String>)]) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for name in &cells.config().kept {
        let is_named = |column: &str| {
            let outer = column.match_indices('.').filter_map(|(place, _)| column.get(..place));
            outer.chain([column]).any(|part| is_same(name, part))
        };
        for (column, values) in columns.iter().filter(|(column, _)| is_named(column)) {
            for value in values {
                let text = cells.plain(value).map_err(|reason| format!("{column}: {reason}"))?;
                found.extend(text.map(|text| (name.clone(), text)));
            }
        }
    }
    Ok(found)
}

/// The value of a field of a user.
fn field<'u>(user: &'u DesiredUser, name: &str) -> Option<&'u Value> {
    match super::columns::custom_key(name) {
        Some(key) => user.fields.get("customFields")?.get(key),
        None => user.fields.get(name),
    }
}

/// The texts of a value of JSON.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null | Value::Object(_) => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}
