//! Users and columns from the objects of JSON, whose names are mapped as columns are.

use std::collections::HashMap;
use std::ops::ControlFlow;

use serde_json::{Map, Value};

use super::attributes::{Attributes, kept, texts};
use super::cells::Cells;
use super::columns::Columns;
use super::names::is_same;
use super::table::Consumer;
use crate::desired::DesiredUser;

/// How deep objects may be within each other.
const DEEPEST: usize = 8;

/// Makes users of objects.
pub(super) struct Objects<'c> {
    cells: Cells<'c>,
    /// The fields of the names so far, since every object has the same ones.
    fields: HashMap<String, Option<String>>,
    attributes: Attributes<'c>,
}

impl<'c> Objects<'c> {
    pub(super) fn new(cells: Cells<'c>) -> Self {
        Self { cells, fields: HashMap::new(), attributes: Attributes::of(cells.config()) }
    }

    pub(super) fn user(&mut self, number: u64, object: Map<String, Value>) -> Result<DesiredUser, String> {
        let object = flat(object);
        self.learn(&object)?;
        let attributes: Vec<(&str, Vec<String>)> =
            object.iter().map(|(name, value)| (name.as_str(), texts(value))).collect();
        let Self { cells, fields, .. } = &*self;
        let mut user = cells.object(number, object.clone(), |name| fields.get(name).cloned().flatten())?;
        self.attributes.apply(&self.cells, &mut user, &attributes)?;
        user.kept = kept(&self.cells, &attributes)?;
        Ok(user)
    }

    /// Refuses rules about names that no object has.
    pub(super) fn check(&self) -> Result<(), String> {
        self.attributes.check()
    }

    /// Finds the fields of names that no object before had.
    fn learn(&mut self, object: &Map<String, Value>) -> Result<(), String> {
        let config = self.cells.config();
        let is_new = |name: &&String| {
            let is_custom = *name == CUSTOM && object.get(CUSTOM).is_some_and(Value::is_object);
            !is_custom && !self.fields.contains_key(*name)
        };
        let new: Vec<String> = object.keys().filter(is_new).cloned().collect();
        // What is ignored is ignored with everything within it.
        let is_within = |name: &String| {
            let parts = name.match_indices('.').filter_map(|(place, _)| name.get(..place));
            parts.into_iter().any(|part| config.ignore.iter().any(|ignored| is_same(ignored, part)))
        };
        let (within, new): (Vec<String>, Vec<String>) = new.into_iter().partition(is_within);
        let columns = Columns::of(&new, config)?;
        for name in new.iter().chain(&within).chain(columns.fields.iter().flatten()) {
            self.attributes.note(name);
        }
        self.fields.extend(new.into_iter().zip(columns.fields));
        self.fields.extend(within.into_iter().map(|name| (name, None)));
        Ok(())
    }
}

/// The fields of this object are named by the tenant.
const CUSTOM: &str = "customFields";

/// The values of an object, with those of objects within it: `profile.login`, `externalIds.0.value`.
fn flat(object: Map<String, Value>) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, value) in object {
        match value {
            Value::Object(_) if name == CUSTOM => _ = values.insert(name, value),
            value => flatten(&mut values, name, value, DEEPEST),
        }
    }
    values
}

fn flatten(values: &mut Map<String, Value>, path: String, value: Value, depth: usize) {
    match value {
        Value::Object(inner) if depth > 0 => {
            for (name, value) in inner {
                flatten(values, format!("{path}.{name}"), value, depth - 1);
            }
        }
        Value::Array(items) if depth > 0 && items.iter().any(Value::is_object) => {
            for (place, item) in items.into_iter().enumerate() {
                flatten(values, format!("{path}.{place}"), item, depth - 1);
            }
        }
        value => _ = values.insert(path, value),
    }
}

/// Hands over objects as the rows of a table: first all of their names as a heading, and then the values below it.
#[derive(Default)]
pub(super) struct Tabular {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Tabular {
    /// Takes in the names of an object.
    pub(super) fn note(&mut self, object: Map<String, Value>) {
        for name in flat(object).into_iter().map(|(name, _)| name) {
            if !self.places.contains_key(&name) {
                self.places.insert(name.clone(), self.names.len());
                self.names.push(name);
            }
        }
    }

    pub(super) fn heading(&self, consumer: &mut dyn Consumer) -> Result<(), String> {
        consumer.heading(&self.names)
    }

    pub(super) fn row(&self, number: u64, object: Map<String, Value>, consumer: &mut dyn Consumer) -> ControlFlow<()> {
        let mut row = vec![String::new(); self.names.len()];
        for (name, value) in flat(object) {
            let cell = self.places.get(&name).and_then(|place| row.get_mut(*place));
            if let Some(cell) = cell {
                *cell = texts(&value).join(";");
            }
        }
        consumer.row(number, &row)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_within_objects_are_named_by_their_path() {
        let Value::Object(object) = json!({
            "id": "1", "profile": { "login": "a", "manager": { "email": "b" } }, "customFields": { "x": { "y": 1 } },
            "externalIds": [{ "value": "7" }], "groups": ["a", "b"], "empty": {},
        }) else {
            panic!("an object")
        };
        let expected = json!({
            "id": "1", "profile.login": "a", "profile.manager.email": "b", "customFields": { "x": { "y": 1 } },
            "externalIds.0.value": "7", "groups": ["a", "b"],
        });
        assert_eq!(Value::Object(flat(object)), expected);
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!({ "a": deep });
        }
        let Value::Object(deep) = deep else { panic!("an object") };
        assert_eq!(flat(deep).len(), 1);
    }
}
