//! Writes to licences, clients and webhooks.

use serde_json::{Value, json};

use super::access::flag;
use super::{Desk, Fields, Refusal};
use crate::world::now;

/// What the reference's tables, as far as they can be read, say of a licence.
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

impl Desk<'_> {
    pub(crate) fn create_license(&self, arguments: &Fields) -> Result<u32, Refusal> {
        let client = self.client(arguments)?.ok_or_else(|| Refusal::unprocessable("clientId is required"))?;
        let license = License::of(self, arguments, client, None)?;
        let index = self.writing.create_license();
        self.writing.change_license(index, |own| {
            own.client = Some(client);
            own.values.insert("createdAt".to_owned(), json!(now()));
            license.apply(own);
        });
        self.took_effect("licenses.create", "License", index);
        Ok(index)
    }

    /// Updates a licence; `name` is required even here.
    pub(crate) fn update_license(&self, id: &str, arguments: &Fields) -> Result<u32, Refusal> {
        let index = self.world().index_of("License", id).ok_or_else(|| Refusal::not_found("License"))?;
        let client = self.world().client_of_license(index);
        let license = License::of(self, arguments, client, Some(index))?;
        self.writing.change_license(index, |own| license.apply(own));
        self.took_effect("licenses.update", "License", index);
        Ok(index)
    }

    /// Deletes a licence that has no others below it and is not the main one.
    pub(crate) fn delete_license(&self, id: &str) -> Result<u32, Refusal> {
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

    /// The deletion itself; whoever answers has read the licence before.
    pub(crate) fn drop_license(&self, index: u32) {
        self.writing.change_license(index, |own| own.is_deleted = true);
        self.took_effect("licenses.delete", "License", index);
    }

    /// Disables a client; any other status than `disabled` enables it, says the reference.
    pub(crate) fn set_client_status(&self, id: &str, status: Option<&str>) -> Result<u32, Refusal> {
        let index = self.world().index_of("Client", id).ok_or_else(|| Refusal::not_found("Client"))?;
        let status = status.ok_or_else(|| Refusal::unprocessable("status is required"))?;
        self.writing.disable_client(index, status == "disabled");
        self.took_effect("clients.update-status", "Client", index);
        Ok(index)
    }

    /// Registers a webhook (tutorial only); the answer stands in no document.
    pub(crate) fn create_webhook(&self, arguments: &Fields) -> Result<Value, Refusal> {
        let url = arguments.get("url").and_then(Value::as_str).filter(|url| url.starts_with("https://"));
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

/// A licence as it is to be.
struct License {
    values: Fields,
    parent: Option<u32>,
    courses: Option<Vec<u32>>,
    learning_paths: Option<Vec<u32>>,
}

impl License {
    fn of(desk: &Desk<'_>, arguments: &Fields, client: u32, index: Option<u32>) -> Result<Self, Refusal> {
        let world = desk.world();
        if let Some(unknown) = arguments.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(Refusal::malformed(format!("Unknown parameter {unknown}")));
        }
        if arguments.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(Refusal::unprocessable("name is required"));
        }
        if arguments.get("seatsLimit").is_some_and(|limit| !limit.is_null() && limit.as_u64().is_none()) {
            return Err(Refusal::malformed("seatsLimit has to be a number"));
        }
        let plain = ["name", "label", "sku", "seatsLimit", "accessDays", "expirationDate", "ref1"];
        let mut values: Fields = arguments
            .iter()
            .filter(|(name, _)| plain.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        // A limit that is left out is none, on an update as well.
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
                if Some(parent) == index || index.is_some_and(|own| world.license_ancestors(parent).contains(&own)) {
                    return Err(Refusal::unprocessable("A license cannot stand below itself"));
                }
                Some(parent)
            }
            // A new licence stands below the main one.
            None if index.is_none() => world.licenses_of_client(client).first().copied(),
            None => None,
        };
        let content = |type_name: &str, names: [&str; 3], replace: &str| -> Result<Option<Vec<u32>>, Refusal> {
            let Some(given) = desk.content(arguments, type_name, names)? else { return Ok(None) };
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
            learning_paths: content("LearningPath", ["learningPathIds", "", ""], "replaceLearningPathIds")?,
        })
    }

    fn apply(self, own: &mut crate::world::License) {
        own.values.extend(self.values);
        own.parent = self.parent.or(own.parent);
        own.courses = self.courses.or_else(|| own.courses.take());
        own.learning_paths = self.learning_paths.or_else(|| own.learning_paths.take());
    }
}
