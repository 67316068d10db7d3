//! What is known of objects, and what of them changes.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde_json::{Map, Value};
use thought_industries_store::StoreError;

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldChange {
    /// Its name; a path for fields of an object, such as `customFields.department`.
    pub field: String,
    /// The value before.
    pub before: Value,
    /// The value after.
    pub after: Value,
}

/// What a look at an object has shown.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Seen {
    /// It was not known.
    First,
    /// These fields have changed; possibly none.
    Changed(Vec<FieldChange>),
}

/// The last known fields of many objects, in a temporary file. Looks come from lists, of which each is a round, and one by one in
/// between.
///
/// ```
/// use serde_json::json;
/// use thought_industries_events::{Known, Seen};
///
/// let fields = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
/// let mut known = Known::new()?;
/// assert_eq!(known.see("u-1", fields(json!({ "lastName": "Byron" })))?, Seen::First);
/// let Seen::Changed(changes) = known.see("u-1", fields(json!({ "lastName": "King" })))? else { panic!() };
/// assert_eq!((changes[0].field.as_str(), &changes[0].after), ("lastName", &json!("King")));
/// # Ok::<(), thought_industries_events::StoreError>(())
/// ```
#[derive(Debug)]
pub struct Known {
    database: Connection,
    round: i64,
}

impl Known {
    /// Nothing is known.
    ///
    /// # Errors
    /// If there is no temporary file.
    pub fn new() -> Result<Self, StoreError> {
        // An empty name is a database of its own, which SQLite removes.
        let database = Connection::open("")?;
        database.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
             CREATE TABLE known (id TEXT PRIMARY KEY, fields TEXT NOT NULL, round INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
        )?;
        Ok(Self { database, round: 0 })
    }

    /// Keeps the fields of an object, and returns what has changed. A field that this look lacks keeps its last value.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub fn see(&mut self, id: &str, fields: Map<String, Value>) -> Result<Seen, StoreError> {
        let before = self.fields(id)?;
        let seen = before.as_ref().map_or(Seen::First, |before| Seen::Changed(changes(before, &fields)));
        let mut kept = before.unwrap_or_default();
        kept.extend(fields);
        let sql = "INSERT INTO known VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET fields = ?2, round = ?3";
        self.database.prepare_cached(sql)?.execute(params![id, Value::Object(kept).to_string(), self.round])?;
        Ok(seen)
    }

    /// The last known fields of an object.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub fn fields(&self, id: &str) -> Result<Option<Map<String, Value>>, StoreError> {
        let mut found = self.database.prepare_cached("SELECT fields FROM known WHERE id = ?1")?;
        let text: Option<String> = found.query_row([id], |row| row.get(0)).optional()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// Begins a round: a list of all objects.
    pub fn begin_round(&mut self) {
        self.round += 1;
    }

    /// The ids of objects that no look has shown in this round. They may be gone, or have moved within the list.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub fn unseen(&self) -> Result<Vec<String>, StoreError> {
        let mut found = self.database.prepare_cached("SELECT id FROM known WHERE round < ?1")?;
        let ids = found.query_map([self.round], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// Forgets an object that is gone.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub fn forget(&mut self, id: &str) -> Result<(), StoreError> {
        self.database.execute("DELETE FROM known WHERE id = ?1", [id])?;
        Ok(())
    }
}

/// The fields that both looks have and that differ. Objects are compared field by field, and a field of one that is missing is
/// null.
fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<FieldChange> {
    let mut found = Vec::new();
    for (field, after) in after {
        match before.get(field) {
            Some(Value::Object(before)) if after.is_object() => {
                let after = after.as_object().cloned().unwrap_or_default();
                let missing = after.keys().filter(|inner| !before.contains_key(*inner));
                let inner = before.keys().chain(missing).map(|inner| {
                    let value = |object: &Map<String, Value>| object.get(inner).cloned().unwrap_or_default();
                    (format!("{field}.{inner}"), value(before), value(&after))
                });
                found.extend(inner);
            }
            Some(before) => found.push((field.clone(), before.clone(), after.clone())),
            None => {}
        }
    }
    let differs = found.into_iter().filter(|(_, before, after)| before != after);
    differs.map(|(field, before, after)| FieldChange { field, before, after }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn see(known: &mut Known, id: &str, fields: &Value) -> Option<Vec<String>> {
        match known.see(id, fields.as_object().cloned().expect("an object")).expect("kept") {
            Seen::First => None,
            Seen::Changed(changes) => {
                let text = |change: FieldChange| format!("{}: {} {}", change.field, change.before, change.after);
                Some(changes.into_iter().map(text).collect())
            }
        }
    }

    #[test]
    fn only_what_both_looks_show_is_compared() {
        let mut known = Known::new().expect("a file");
        assert_eq!(see(&mut known, "1", &json!({ "a": 1, "custom": { "x": "y", "z": 1 }, "list": [1] })), None);
        assert_eq!(see(&mut known, "1", &json!({ "a": 1, "custom": { "z": 1, "x": "y" } })), Some(vec![]));
        let changed = json!({ "a": null, "custom": { "z": 2, "w": true }, "new": 5 });
        let expected = ["a: 1 null", "custom.x: \"y\" null", "custom.z: 1 2", "custom.w: null true"];
        assert_eq!(see(&mut known, "1", &changed), Some(expected.map(str::to_owned).to_vec()));
        assert_eq!(
            see(&mut known, "1", &json!({ "list": [2], "new": 6 })),
            Some(vec!["list: [1] [2]".to_owned(), "new: 5 6".to_owned()])
        );
    }

    #[test]
    fn a_round_shows_what_it_has_not_seen() {
        let mut known = Known::new().expect("a file");
        for id in ["1", "2", "3"] {
            see(&mut known, id, &json!({}));
        }
        known.begin_round();
        see(&mut known, "2", &json!({}));
        assert_eq!(known.unseen().expect("ids"), ["1", "3"]);
        known.forget("1").expect("forgotten");
        assert_eq!((known.unseen().expect("ids"), known.fields("1").expect("read")), (vec!["3".to_owned()], None));
    }
}
