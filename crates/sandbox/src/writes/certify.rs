//! Certificates granted by a write ("certify", "recertify" and "bulk certify" of the v2 reference).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::bulk::records;
use super::{Fields, Refusal, Writer};
use crate::population::Progress;

/// The fields that the reference lists for a certificate.
const ARGUMENTS: [&str; 7] =
    ["userId", "resourceType", "resourceId", "expirationDate", "sendEmail", "issuedAt", "recertificationDate"];

/// The fields a record of the bulk call may have. They are not documented: they are those of the single call, and the
/// names that its errors repeat.
const NAMES: [&str; 2] = ["email", "externalCustomerId"];

impl Writer<'_> {
    /// Grants a certificate to a user. The id in the body has to match the one in the path.
    pub(crate) fn certify(&self, id: &str, arguments: &Fields) -> Result<Value, Refusal> {
        self.known(arguments, &[])?;
        let index = self.named_twice(id, arguments)?;
        let (kind, resource) = self.resource(arguments)?;
        self.grant(index, kind, resource);
        self.took_effect("users.certify", "User", index);
        Ok(json!({
            "id": self.world().id("Certificate", index.wrapping_mul(7_919).wrapping_add(resource)),
            "userId": id,
            "resourceType": arguments.get("resourceType"),
            "resourceId": arguments.get("resourceId"),
            "issuedAt": arguments.get("issuedAt").filter(|date| !date.is_null()).cloned().unwrap_or_else(|| json!(self.world().now())),
            "expirationDate": arguments.get("expirationDate"),
            "certificateTemplate": { "label": "Certificate" },
        }))
    }

    /// Renews a certificate of a user.
    pub(crate) fn recertify(&self, id: &str, arguments: &Fields) -> Result<Value, Refusal> {
        self.known(arguments, &[])?;
        let index = self.named_twice(id, arguments)?;
        let (kind, resource) = self.resource(arguments)?;
        if !self.is_certified(index, kind, resource) {
            return Err(Refusal::unprocessable("User is not certified"));
        }
        self.took_effect("users.recertify", "User", index);
        Ok(json!(true))
    }

    /// Grants certificates to several users, with an error for each failure.
    pub(crate) fn certify_all(&self, arguments: &Fields) -> Result<Value, Refusal> {
        let (mut granted, mut errors) = (0_u32, Vec::new());
        for record in records(arguments)? {
            match self.certify_one(record) {
                Ok(()) => granted += 1,
                Err(refusal) => errors.push(json!({
                    "userId": record.get("userId"),
                    "email": record.get("email"),
                    "externalCustomerId": record.get("externalCustomerId"),
                    "resourceId": record.get("resourceId"),
                    "error": refusal.message,
                    "record": record,
                })),
            }
        }
        Ok(json!({ "grantedCount": granted, "errors": errors }))
    }

    fn certify_one(&self, record: &Fields) -> Result<(), Refusal> {
        self.known(record, &NAMES)?;
        let index = self.named(record, "userId")?;
        let (kind, resource) = self.resource(record)?;
        self.grant(index, kind, resource);
        self.took_effect("users.certify-many", "User", index);
        Ok(())
    }

    fn known(&self, arguments: &Fields, names: &[&str]) -> Result<(), Refusal> {
        let is_known = |name: &str| ARGUMENTS.contains(&name) || names.contains(&name);
        if let Some(unknown) = arguments.keys().find(|name| !is_known(name)) {
            return Err(Refusal::malformed(format!("Unknown parameter {unknown}")));
        }
        for name in ["expirationDate", "issuedAt", "recertificationDate"] {
            let is_date = |value: &Value| value.as_str().is_some_and(|date| date.parse::<Timestamp>().is_ok());
            if arguments.get(name).is_some_and(|value| !value.is_null() && !is_date(value)) {
                return Err(Refusal::malformed(format!("{name} has to be a date")));
            }
        }
        if arguments.get("sendEmail").is_some_and(|send| !send.is_boolean() && !send.is_null()) {
            return Err(Refusal::malformed("sendEmail has to be true or false"));
        }
        Ok(())
    }

    fn named_twice(&self, id: &str, arguments: &Fields) -> Result<u32, Refusal> {
        match arguments.get("userId").and_then(Value::as_str) {
            None => Err(Refusal::unprocessable("userId is required")),
            Some(named) if named != id => Err(Refusal::unprocessable("userId is not that of the path")),
            Some(_) => self.user(id),
        }
    }

    fn resource(&self, arguments: &Fields) -> Result<(&'static str, u32), Refusal> {
        let kind = match arguments.get("resourceType").and_then(Value::as_str) {
            Some("course") => "Course",
            Some("learningPath") => "LearningPath",
            _ => return Err(Refusal::unprocessable("resourceType has to be course or learningPath")),
        };
        let id = arguments.get("resourceId").and_then(Value::as_str);
        let id = id.ok_or_else(|| Refusal::unprocessable("resourceId is required"))?;
        let index = self.world().index_of(kind, id).ok_or_else(|| Refusal::not_found(kind))?;
        Ok((kind, index))
    }

    fn is_certified(&self, index: u32, kind: &'static str, resource: u32) -> bool {
        let world = self.world();
        world.certificates_of_user(index).contains(&(kind, resource))
            || world.progress(index, kind, resource) == Progress::Completed
    }

    fn grant(&self, index: u32, kind: &'static str, resource: u32) {
        if !self.is_certified(index, kind, resource) {
            self.writing.change_person(index, |person| person.certificates.push((kind, resource)));
        }
    }
}
