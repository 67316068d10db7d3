//! Writes to several users: each record is written separately, with an error for each that could not be changed.

use serde_json::{Value, json};

use super::access::{Access, texts};
use super::{Fields, Refusal, V2, Writer};

/// A bulk call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bulk {
    AssignLicenses,
    AssignContent,
    RemoveContent,
}

impl Bulk {
    fn operation(self) -> &'static str {
        match self {
            Self::AssignLicenses => "licenses.bulk-assign",
            Self::AssignContent => "content.bulk-assign",
            Self::RemoveContent => "content.bulk-remove",
        }
    }

    /// The fields a record may have. Those of the license call are not documented: they follow the update call.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::AssignLicenses => &[
                "id",
                "email",
                "externalCustomerId",
                "studentLicenseIds",
                "managerLicenseIds",
                "studentLicenseSkus",
                "managerLicenseSkus",
                "replaceLicenseAccess",
            ],
            Self::AssignContent => {
                &["id", "email", "courseIds", "learningPathIds", "replaceCourseAccess", "replaceLearningPathAccess"]
            }
            Self::RemoveContent => &["id", "email", "courseIds", "learningPathIds"],
        }
    }
}

impl Writer<'_> {
    /// Changes each of `users`. Returns how many were changed, and the errors of the others.
    pub(crate) fn bulk(&self, bulk: Bulk, arguments: &Fields) -> Result<Value, Refusal> {
        let (mut updated, mut errors) = (0_u32, Vec::new());
        for record in records(arguments)? {
            match self.bulk_one(bulk, record) {
                Ok(()) => updated += 1,
                Err(refusal) => {
                    let identifier = ["id", "email", "externalCustomerId"].iter().find_map(|name| record.get(*name));
                    errors.push(json!({
                        "id": record.get("id"),
                        "identifier": identifier,
                        "error": refusal.message,
                        "record": record,
                    }));
                }
            }
        }
        Ok(json!({ "updatedRecordCount": updated, "errors": errors }))
    }

    fn bulk_one(&self, bulk: Bulk, record: &Fields) -> Result<(), Refusal> {
        if let Some(unknown) = record.keys().find(|name| !bulk.fields().contains(&name.as_str())) {
            return Err(Refusal::malformed(format!("Unknown field {unknown}")));
        }
        let world = self.world();
        let index = self.named(record, "id")?;
        let access = if bulk == Bulk::RemoveContent {
            let courses = self.content(record, "Course", ["courseIds", "", ""])?.unwrap_or_default();
            let paths = self.content(record, "LearningPath", ["learningPathIds", "", ""])?.unwrap_or_default();
            let without = |held: Vec<u32>, gone: &[u32]| held.into_iter().filter(|own| !gone.contains(own)).collect();
            Access::of_content(
                without(world.courses_of_user(index), &courses),
                without(world.learning_paths_of_user(index), &paths),
            )
        } else {
            let named = ["id", "email", "externalCustomerId"];
            let arguments: Fields = record
                .iter()
                .filter(|(name, _)| !named.contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            self.plain(&V2, &arguments, Some(index))?;
            self.access(&arguments, Some(index), !world.user(index).disabled)?
        };
        if access.changes(&world, index) {
            self.writing.change_person(index, |person| access.apply(person));
            self.took_effect(bulk.operation(), "User", index);
        }
        Ok(())
    }

    /// Finds the user that a record names: by id (under this name), by address or by external id.
    pub(super) fn named(&self, record: &Fields, id: &str) -> Result<u32, Refusal> {
        let world = self.world();
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        let found = match (text(id), text("email"), text("externalCustomerId")) {
            (Some(id), ..) => world.index_of("User", id),
            (_, Some(email), _) => world.user_by_email(email),
            (_, _, Some(id)) => world.user_by_external_customer_id(id),
            _ => return Err(Refusal::unprocessable("A record names no user")),
        };
        found.ok_or_else(|| Refusal::not_found("User"))
    }

    /// The ids of `userIds`, whose manager records are removed.
    pub(crate) fn remove_dual_roles_of(&self, arguments: &Fields) -> Result<Value, Refusal> {
        let ids = texts(arguments, "userIds")?.ok_or_else(|| Refusal::unprocessable("userIds is required"))?;
        let (removed, invalid) = self.remove_dual_roles(&ids);
        Ok(json!({ "updatedRecordCount": removed, "invalidUserIds": invalid }))
    }
}

/// The records of a bulk call.
pub(super) fn records(arguments: &Fields) -> Result<Vec<&Fields>, Refusal> {
    let Some(Value::Array(users)) = arguments.get("users") else {
        return Err(Refusal::unprocessable("users is required"));
    };
    let records: Option<Vec<&Fields>> = users.iter().map(Value::as_object).collect();
    records.ok_or_else(|| Refusal::malformed("users has to be a list of objects"))
}
