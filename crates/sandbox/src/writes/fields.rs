//! The fields of a user that a surface accepts, and their form (seed 000 for v1, seed 004 for v2).

use serde_json::{Map, Value, json};

use super::{EMAIL_TAKEN, Fields, Refusal, Writer};
use crate::tenant::CUSTOM_FIELDS;

/// The arguments of a surface that set plain fields: the surface's spelling, and the schema's.
#[derive(Debug)]
pub(crate) struct Spelling {
    texts: &'static [(&'static str, &'static str)],
    /// Arguments that are neither plain text nor access: these are checked elsewhere.
    others: &'static [&'static str],
}

impl Spelling {
    /// Whether it is that of v1, which does not write access.
    pub(super) fn is_v1(&self) -> bool {
        self.others.contains(&"active")
    }
}

/// `PUT` and `POST /incoming/v2/users`.
pub(crate) const V2: Spelling = Spelling {
    texts: &[
        ("email", "email"),
        ("externalCustomerId", "externalCustomerId"),
        ("firstName", "firstName"),
        ("lastName", "lastName"),
        ("role", "roleKey"),
        ("address1", "address1"),
        ("address2", "address2"),
        ("city", "city"),
        ("state", "state"),
        ("zipCode", "zipCode"),
        ("country", "country"),
        ("telephone", "telephone"),
        ("ref1", "ref1"),
        ("ref2", "ref2"),
        ("ref3", "ref3"),
        ("ref4", "ref4"),
        ("ref5", "ref5"),
        ("ref6", "ref6"),
        ("ref7", "ref7"),
        ("ref8", "ref8"),
        ("ref9", "ref9"),
        ("ref10", "ref10"),
        ("language", "lang"),
        ("preferredCurrency", "preferredCurrency"),
        ("sfContactId", "sfContactId"),
        ("sfAccountId", "sfAccountId"),
    ],
    others: &[
        "id",
        "balance",
        "customFields",
        "panoramaEnrollmentOptions",
        "tieredSubscription",
        "enforceAccessDays",
        "dualRole",
        "upsert",
        "sendInvite",
        "clientId",
        "clientSku",
        "clientSlug",
        "studentLicenseIds",
        "studentLicenseSkus",
        "managerLicenseIds",
        "managerLicenseSkus",
        "replaceLicenseAccess",
        "courseIds",
        "courseSlugs",
        "courseSkus",
        "replaceCourseAccess",
        "learningPathIds",
        "learningPathSlugs",
        "learningPathSkus",
        "replaceLearningPathAccess",
        "bundleSlugs",
        "replaceBundleAccess",
    ],
};

/// `PUT` and `POST /incoming/api/v1/users`.
pub(crate) const V1: Spelling = Spelling {
    texts: &[
        ("email", "email"),
        ("firstName", "firstName"),
        ("lastName", "lastName"),
        ("password", "password"),
        ("role", "roleKey"),
        ("ssoId", "ssoId"),
        ("avatarUrl", "asset"),
        ("language", "lang"),
    ],
    others: &["groups", "customFields", "active"],
};

/// Role keys beside those of learners: those of the tenant, those of the help center, and those that integrations were
/// observed to send.
const ROLE_KEYS: [&str; 10] = [
    "admin",
    "course-author",
    "customer-service",
    "instructor",
    "client-admin",
    "client-manager",
    "sublicense-manager",
    "customer-admin",
    "customer-reporting-only",
    "manager",
];

/// Boolean arguments.
const FLAGS: [&str; 10] = [
    "tieredSubscription",
    "enforceAccessDays",
    "dualRole",
    "upsert",
    "sendInvite",
    "active",
    "replaceLicenseAccess",
    "replaceCourseAccess",
    "replaceLearningPathAccess",
    "replaceBundleAccess",
];

impl Writer<'_> {
    /// The plain fields that arguments set, by their schema names. `index` is the user, or `None` for a new one.
    pub(super) fn plain(
        &self,
        spelling: &Spelling,
        arguments: &Fields,
        index: Option<u32>,
    ) -> Result<Map<String, Value>, Refusal> {
        let mut values = Map::new();
        for (name, value) in arguments {
            if let Some((_, field)) = spelling.texts.iter().find(|(own, _)| own == name) {
                if !value.is_string() && !value.is_null() {
                    return Err(Refusal::malformed(format!("{name} has to be a string")));
                }
                values.insert((*field).to_owned(), value.clone());
            } else if !spelling.others.contains(&name.as_str()) {
                return Err(Refusal::malformed(format!("Unknown parameter {name}")));
            }
            if FLAGS.contains(&name.as_str()) && !value.is_boolean() && !value.is_null() {
                return Err(Refusal::malformed(format!("{name} has to be true or false")));
            }
        }
        match arguments.get("balance") {
            Some(balance) if balance.is_number() => {
                values.insert("balance".to_owned(), json!(balance.as_f64()));
            }
            Some(Value::Null) => _ = values.insert("balance".to_owned(), Value::Null),
            None => {}
            Some(_) => return Err(Refusal::malformed("balance has to be a number")),
        }
        if arguments.get("panoramaEnrollmentOptions").is_some_and(|options| !options.is_object() && !options.is_null())
        {
            return Err(Refusal::malformed("panoramaEnrollmentOptions has to be an object"));
        }
        // A password is accepted and never shown.
        if let Some(password) = values.remove("password")
            && password.as_str().is_some_and(|password| password.chars().count() < 8)
        {
            return Err(Refusal::unprocessable("Password is too short"));
        }
        match values.get("email").map(Value::as_str) {
            None => {}
            Some(Some(email)) if is_address(email) => self.is_free(email, index)?,
            Some(_) => return Err(Refusal::unprocessable("Email is invalid")),
        }
        if let Some(id) = values.get("externalCustomerId").and_then(Value::as_str) {
            let owner = self.world().user_by_external_customer_id(id);
            if owner.is_some_and(|owner| !self.is_record_of(owner, index)) {
                return Err(Refusal::conflict("External customer id has already been taken"));
            }
        }
        match values.get("roleKey").map(Value::as_str) {
            None => {}
            Some(Some(key)) if ROLE_KEYS.contains(&key) || self.world().is_learner_role(key) => {}
            Some(_) => return Err(Refusal::unprocessable("Role not found")),
        }
        if let Some(index) = index {
            for name in ["sfContactId", "sfAccountId"] {
                let current = self.current(index, name);
                if values.get(name).is_some_and(|wanted| !current.is_null() && *wanted != current) {
                    return Err(Refusal::unprocessable(format!("{name} cannot be changed once it is set")));
                }
            }
        }
        Ok(values)
    }

    /// Custom fields after merging the arguments into them. Keys that were not set up are dropped silently.
    pub(super) fn custom_fields(&self, arguments: &Fields, current: &Value) -> Result<Option<Value>, Refusal> {
        let given = match arguments.get("customFields") {
            None => return Ok(None),
            Some(Value::Null) => return Ok(Some(Value::Null)),
            Some(Value::Object(given)) => given,
            Some(_) => return Err(Refusal::malformed("customFields has to be an object")),
        };
        let mut merged = current.as_object().cloned().unwrap_or_default();
        for (key, value) in given.iter().filter(|(key, _)| CUSTOM_FIELDS.contains(&key.as_str())) {
            match value {
                Value::Null => _ = merged.remove(key),
                value => _ = merged.insert(key.clone(), value.clone()),
            }
        }
        Ok(Some(json!(merged)))
    }

    /// Whether a record is `index`, or the other record of the same pair.
    fn is_record_of(&self, record: u32, index: Option<u32>) -> bool {
        index.is_some_and(|index| record == index || self.world().dual_partner(index) == Some(record))
    }

    /// Whether no user but `index` has an address.
    fn is_free(&self, email: &str, index: Option<u32>) -> Result<(), Refusal> {
        match self.world().user_by_email(email) {
            Some(owner) if !self.is_record_of(owner, index) => Err(Refusal::conflict(EMAIL_TAKEN)),
            _ => Ok(()),
        }
    }
}

/// Checks for text, one `@`, and a domain with a dot.
pub(super) fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let is_clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let labels: Vec<&str> = domain.split('.').collect();
    is_clean && !name.is_empty() && !domain.contains('@') && labels.len() > 1 && !labels.contains(&"")
}
