//! Writes to licenses, clients and webhooks.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::access::flag;
use super::{Fields, Refusal, Writer};

/// The license fields in the reference's tables, as far as they are legible.
const FIELDS: [&str; 16] = [
    "id",
    "clientId",
    "name",
    "label",
    "sku",
    "seatsLimit",
    "parentLicenseId",
    "accessDays",
    "expirationDate",
    "courseIds",
    "learningPathIds",
    "courseTagIds",
    "replaceCourseIds",
    "replaceLearningPathIds",
    "replaceCourseTagIds",
    "ref1",
];

impl Writer<'_> {
    pub(crate) fn create_license(&self, arguments: &Fields) -> Result<u32, Refusal> {
        let client = self.client(arguments)?.ok_or_else(|| Refusal::unprocessable("clientId is required"))?;
        let license = License::of(self, arguments, client, None)?;
        let index = self.writing.create_license();
        self.writing.change_license(index, |own| {
            own.client = Some(client);
            own.values.insert("createdAt".to_owned(), json!(self.world().now()));
            own.values.insert("updatedAt".to_owned(), json!(self.world().now()));
            license.apply(own);
        });
        self.took_effect("licenses.create", "License", index);
        Ok(index)
    }

    /// Updates a license; `name` is required even here.
    pub(crate) fn update_license(&self, id: &str, arguments: &Fields) -> Result<u32, Refusal> {
        let index = self.world().index_of("License", id).ok_or_else(|| Refusal::not_found("License"))?;
        let client = self.world().client_of_license(index);
        let license = License::of(self, arguments, client, Some(index))?;
        let is_changed = self.writing.change_license(index, |own| {
            let before = own.clone();
            license.apply(own);
            if *own == before {
                return false;
            }
            own.values.insert("updatedAt".to_owned(), json!(self.world().now()));
            true
        });
        if is_changed {
            self.took_effect("licenses.update", "License", index);
        }
        Ok(index)
    }

    /// The license that may be deleted: it has no children and is not the main one. The caller reads it first, to
    /// return it in the response.
    pub(crate) fn deletable_license(&self, id: &str) -> Result<u32, Refusal> {
        let world = self.world();
        let index = world.index_of("License", id).ok_or_else(|| Refusal::not_found("License"))?;
        if world.license_parent(index).is_none() {
            return Err(Refusal::unprocessable("The main license of a client cannot be deleted"));
        }
        if !world.license_children(index).is_empty() {
            return Err(Refusal::unprocessable("The license has licenses below it"));
        }
        Ok(index)
    }

    /// Deletes a license.
    pub(crate) fn delete_license(&self, index: u32) {
        self.writing.change_license(index, |own| own.is_deleted = true);
        self.took_effect("licenses.delete", "License", index);
    }

    /// Disables a client; according to the reference, any status other than `disabled` enables it.
    pub(crate) fn set_client_status(&self, id: &str, status: Option<&str>) -> Result<u32, Refusal> {
        let index = self.world().index_of("Client", id).ok_or_else(|| Refusal::not_found("Client"))?;
        let status = status.ok_or_else(|| Refusal::unprocessable("status is required"))?;
        if self.writing.disable_client(index, status == "disabled") {
            self.took_effect("clients.update-status", "Client", index);
        }
        Ok(index)
    }

    /// Registers a webhook (tutorial only). The response is not documented.
    pub(crate) fn create_webhook(&self, arguments: &Fields) -> Result<Value, Refusal> {
        let url = arguments
            .get("url")
            .and_then(Value::as_str)
            .filter(|url| url.len() > "https://".len() && url.starts_with("https://"));
        let url = url.ok_or_else(|| Refusal::unprocessable("url has to begin with https://"))?;
        let events = super::access::texts(arguments, "events")?.filter(|events| !events.is_empty());
        let events = events.ok_or_else(|| Refusal::unprocessable("events is required"))?;
        let number = self.writing.create_webhook();
        let id = self.world().id("Webhook", number);
        self.writing.took_effect("webhooks.create", id.clone());
        let active = arguments.get("active").and_then(Value::as_bool).unwrap_or(true);
        Ok(json!({ "id": id, "url": url, "events": events, "active": active }))
    }
}

/// A license as it will be after the write.
struct License {
    values: Fields,
    parent: Option<u32>,
    courses: Option<Vec<u32>>,
    learning_paths: Option<Vec<u32>>,
    tags: Option<Vec<u32>>,
}

impl License {
    fn of(writer: &Writer<'_>, arguments: &Fields, client: u32, index: Option<u32>) -> Result<Self, Refusal> {
        let world = writer.world();
        if let Some(unknown) = arguments.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Refusal::malformed(format!("Unknown parameter {unknown}")));
        }
        if arguments.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Refusal::unprocessable("name is required"));
        }
        for name in ["label", "sku", "expirationDate", "parentLicenseId", "ref1"] {
            if arguments.get(name).is_some_and(|value| !value.is_null() && !value.is_string()) {
                return Err(Refusal::malformed(format!("{name} has to be a string")));
            }
        }
        if arguments
            .get("expirationDate")
            .and_then(Value::as_str)
            .is_some_and(|date| date.parse::<Timestamp>().is_err())
        {
            return Err(Refusal::malformed("expirationDate has to be a date"));
        }
        for name in ["seatsLimit", "accessDays"] {
            let is_count =
                |value: &Value| value.as_i64().is_some_and(|count| (0..=i64::from(i32::MAX)).contains(&count));
            if arguments.get(name).is_some_and(|value| !value.is_null() && !is_count(value)) {
                return Err(Refusal::malformed(format!("{name} has to be a number")));
            }
        }
        if let Some(sku) = arguments.get("sku").and_then(Value::as_str)
            && writer.license_by_sku(sku).is_some_and(|own| Some(own) != index)
        {
            return Err(Refusal::conflict("SKU has already been taken"));
        }
        let plain = ["name", "label", "sku", "seatsLimit", "accessDays", "expirationDate", "ref1"];
        let mut values: Fields = arguments
            .iter()
            .filter(|(name, _)| plain.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        // An omitted limit means unlimited, on an update as well.
        values.entry("seatsLimit").or_insert(Value::Null);
        if let (Some(index), Some(limit)) = (index, values.get("seatsLimit").and_then(Value::as_u64))
            && limit > 0
            && u64::from(world.seats_used_by_license(index)) > limit
        {
            return Err(Refusal::unprocessable("More seats are taken than seatsLimit"));
        }
        let parent = match arguments.get("parentLicenseId").and_then(Value::as_str) {
            Some(id) => {
                let parent = world.index_of("License", id).filter(|parent| world.client_of_license(*parent) == client);
                let parent = parent.ok_or_else(|| Refusal::unprocessable("Parent license not found"))?;
                if world.license_ancestors(parent).len() >= 60 {
                    return Err(Refusal::unprocessable("The tree of licenses is too deep"));
                }
                if Some(parent) == index || index.is_some_and(|own| world.license_ancestors(parent).contains(&own)) {
                    return Err(Refusal::unprocessable("A license cannot be its own descendant"));
                }
                Some(parent)
            }
            // A new license is a child of the main one.
            None if index.is_none() => world.licenses_of_client(client).first().copied(),
            None => None,
        };
        let content = |type_name: &str, names: [&str; 3], replace: &str| -> Result<Option<Vec<u32>>, Refusal> {
            let Some(given) = writer.content(arguments, type_name, names)? else { return Ok(None) };
            // A license holds a subset of what its client may use.
            let of_client = world.population.content_of_client(client, type_name);
            if type_name != "Tag" && given.iter().any(|index| !of_client.contains(index)) {
                return Err(Refusal::unprocessable(format!("The client does not have this {type_name}")));
            }
            let mut all = match index {
                Some(index) if !flag(arguments, replace) => world.content_of_license(index, type_name),
                _ => Vec::new(),
            };
            all.extend(given);
            all.sort_unstable();
            all.dedup();
            Ok(Some(all))
        };
        Ok(Self {
            values,
            parent,
            courses: content("Course", ["courseIds", "", ""], "replaceCourseIds")?,
            tags: content("Tag", ["courseTagIds", "", ""], "replaceCourseTagIds")?,
            learning_paths: content("LearningPath", ["learningPathIds", "", ""], "replaceLearningPathIds")?,
        })
    }

    fn apply(self, own: &mut crate::world::License) {
        own.values.extend(self.values);
        own.parent = self.parent.or(own.parent);
        own.courses = self.courses.or_else(|| own.courses.take());
        own.tags = self.tags.or_else(|| own.tags.take());
        own.learning_paths = self.learning_paths.or_else(|| own.learning_paths.take());
    }
}
