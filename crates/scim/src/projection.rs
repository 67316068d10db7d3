//! `attributes` and `excludedAttributes`: what a response shows of a resource.

use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::filter::{AttributePath, parse_path};
use crate::schema::{ENTERPRISE_SCHEMA, ResourceKind};

/// What a response shows of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Projection {
    shown: Vec<AttributePath>,
    hidden: Vec<AttributePath>,
}

/// What every response shows (RFC 7643, section 7).
const ALWAYS: [&str; 2] = ["id", "schemas"];

impl Projection {
    /// Reads the two parameters: names, separated by commas.
    ///
    /// # Errors
    /// If both are given, or one is no list of names.
    pub(crate) fn of(shown: &[String], hidden: &[String]) -> Result<Self, ScimError> {
        let paths = |names: &[String]| {
            let names = names.iter().flat_map(|list| list.split(',')).map(str::trim).filter(|name| !name.is_empty());
            names.map(|name| parse_path(name).map(|(path, _)| path)).collect::<Result<Vec<_>, _>>()
        };
        let projection = Self { shown: paths(shown)?, hidden: paths(hidden)? };
        if !projection.shown.is_empty() && !projection.hidden.is_empty() {
            return Err(crate::values::invalid("send either `attributes` or `excludedAttributes`"));
        }
        Ok(projection)
    }

    /// Whether the members of groups are shown, which are many.
    pub(crate) fn shows_members(&self) -> bool {
        let is_members = |path: &AttributePath| path.name.eq_ignore_ascii_case("members") && path.sub.is_none();
        let is_shown = |path: &AttributePath| path.name.eq_ignore_ascii_case("members") || path.name.is_empty();
        (self.shown.is_empty() || self.shown.iter().any(is_shown)) && !self.hidden.iter().any(is_members)
    }

    /// The resource as the response shows it.
    pub(crate) fn apply(&self, resource: Map<String, Value>, kind: ResourceKind) -> Map<String, Value> {
        if self.shown.is_empty() && self.hidden.is_empty() {
            return resource;
        }
        let mut projected = if self.shown.is_empty() { resource.clone() } else { Map::new() };
        for path in &self.shown {
            show(path, &resource, &mut projected, kind);
        }
        for path in &self.hidden {
            hide(path, &mut projected, kind);
        }
        for name in ALWAYS {
            projected.extend(resource.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        projected
    }
}

fn is_extension(path: &AttributePath) -> bool {
    path.name.is_empty() && path.urn.as_ref().is_some_and(|urn| urn.eq_ignore_ascii_case(ENTERPRISE_SCHEMA))
}

fn is_core(path: &AttributePath, kind: ResourceKind) -> bool {
    path.name.is_empty() && path.urn.as_ref().is_some_and(|urn| urn.eq_ignore_ascii_case(kind.schema()))
}

fn show(path: &AttributePath, from: &Map<String, Value>, to: &mut Map<String, Value>, kind: ResourceKind) {
    if is_extension(path) {
        to.extend(from.get(ENTERPRISE_SCHEMA).map(|value| (ENTERPRISE_SCHEMA.to_owned(), value.clone())));
        return;
    }
    if is_core(path, kind) {
        to.extend(from.clone().into_iter().filter(|(name, _)| name != ENTERPRISE_SCHEMA));
        return;
    }
    let Some(place) = kind.find(path.urn.as_deref(), &path.name) else { return };
    let (from, to) = if place.is_extension {
        let Some(from) = from.get(ENTERPRISE_SCHEMA).and_then(Value::as_object) else { return };
        let to = to.entry(ENTERPRISE_SCHEMA).or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(to) = to else { return };
        (from, to)
    } else {
        (from, to)
    };
    let name = place.attribute.name;
    let Some(value) = from.get(name) else { return };
    let Some(sub) = &path.sub else {
        to.insert(name.to_owned(), value.clone());
        return;
    };
    let Some(sub) = place.attribute.sub_attribute(sub) else { return };
    let part = |value: &Value| value.get(sub.name).cloned();
    match value {
        Value::Array(entries) => {
            // Parts of one value stay together, whichever are asked for.
            let kept = to.entry(name).or_insert_with(|| entries.iter().map(|_| Value::Object(Map::new())).collect());
            for (kept, entry) in kept.as_array_mut().into_iter().flatten().zip(entries) {
                if let Value::Object(kept) = kept {
                    kept.extend(part(entry).map(|value| (sub.name.to_owned(), value)));
                }
            }
        }
        value => {
            let kept = to.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(kept) = kept {
                kept.extend(part(value).map(|value| (sub.name.to_owned(), value)));
            }
        }
    }
}

fn hide(path: &AttributePath, resource: &mut Map<String, Value>, kind: ResourceKind) {
    if is_extension(path) {
        resource.remove(ENTERPRISE_SCHEMA);
        return;
    }
    let Some(place) = kind.find(path.urn.as_deref(), &path.name) else { return };
    let own = if place.is_extension {
        let Some(Value::Object(extension)) = resource.get_mut(ENTERPRISE_SCHEMA) else { return };
        extension
    } else {
        resource
    };
    let Some(sub) = &path.sub else {
        own.remove(place.attribute.name);
        return;
    };
    let Some(sub) = place.attribute.sub_attribute(sub) else { return };
    match own.get_mut(place.attribute.name) {
        Some(Value::Array(entries)) => {
            for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
                entry.remove(sub.name);
            }
        }
        Some(Value::Object(parts)) => _ = parts.remove(sub.name),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(attributes: &str, excluded: &str) -> Value {
        let user = json!({
            "schemas": ["s"],
            "id": "7",
            "userName": "ada",
            "name": { "givenName": "Ada", "familyName": "Byron" },
            "emails": [{ "value": "a@b", "type": "work" }, { "value": "c@d" }],
            ENTERPRISE_SCHEMA: { "department": "R&D", "division": "North" },
        });
        let Value::Object(user) = user else { panic!("an object") };
        let projection = Projection::of(&[attributes.to_owned()], &[excluded.to_owned()]).expect("names");
        Value::Object(projection.apply(user, ResourceKind::User))
    }

    #[test]
    fn only_what_is_asked_for_is_shown_and_the_id() {
        assert_eq!(shown("USERNAME", ""), json!({ "schemas": ["s"], "id": "7", "userName": "ada" }));
        assert_eq!(
            shown("name.givenName, emails.value,emails.type,nothing", ""),
            json!({ "schemas": ["s"], "id": "7", "name": { "givenName": "Ada" },
                "emails": [{ "value": "a@b", "type": "work" }, { "value": "c@d" }] })
        );
        let division = format!("{ENTERPRISE_SCHEMA}:division");
        assert_eq!(
            shown(&division, ""),
            json!({ "schemas": ["s"], "id": "7", ENTERPRISE_SCHEMA: { "division": "North" } })
        );
    }

    #[test]
    fn what_is_excluded_is_not_shown_but_the_id_is() {
        let rest = shown("", &format!("id,name.givenName,emails,{ENTERPRISE_SCHEMA}"));
        assert_eq!(rest, json!({ "schemas": ["s"], "id": "7", "userName": "ada", "name": { "familyName": "Byron" } }));
        assert!(Projection::of(&["a".to_owned()], &["b".to_owned()]).is_err());
        let shows = |shown: &str, hidden: &str| {
            Projection::of(&[shown.to_owned()], &[hidden.to_owned()]).expect("names").shows_members()
        };
        assert_eq!(
            [shows("", ""), shows("", "members"), shows("displayName", ""), shows("members.value", "")],
            [true, false, false, true]
        );
    }
}
