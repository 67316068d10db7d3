//! Certificates that are granted instead of earned: for courses and learning paths completed elsewhere.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::find::id_of;
use super::key::UserKey;
use crate::execute::Found;
use crate::execute::rest::Body;
use crate::execute::{RestRoot, roots, write_rest};
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::{Date, Error, Response, routes};

/// A certificate to grant ("certify" in the v2 reference).
///
/// ```
/// use thought_industries::{Certification, Date};
///
/// let expires: Date = "2027-12-31T00:00:00Z".parse()?;
/// let certification = Certification::course("0a1b2c3d-0000-4000-8000-000000000000").expires(expires);
/// # Ok::<(), thought_industries::InvalidDate>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Certification(Map<String, Value>);

impl Certification {
    /// For a course, by id.
    pub fn course(id: impl Into<String>) -> Self {
        Self::of("course", &id.into())
    }

    /// For a learning path, by id.
    pub fn learning_path(id: impl Into<String>) -> Self {
        Self::of("learningPath", &id.into())
    }

    fn of(resource_type: &str, id: &str) -> Self {
        Self(Map::new()).with("resourceType", json!(resource_type)).with("resourceId", json!(id))
    }

    /// When it was issued; now by default.
    pub fn issued(self, at: Date) -> Self {
        self.with("issuedAt", json!(at))
    }

    /// When it expires; never by default.
    pub fn expires(self, at: Date) -> Self {
        self.with("expirationDate", json!(at))
    }

    /// When it must be renewed.
    pub fn recertified_by(self, at: Date) -> Self {
        self.with("recertificationDate", json!(at))
    }

    /// Whether the user is notified by e-mail.
    pub fn send_email(self, send: bool) -> Self {
        self.with("sendEmail", json!(send))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

/// The result of certifying several users ("bulk certify" in the v2 reference).
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct BulkCertified {
    /// How many certificates were granted.
    pub granted_count: u32,
    /// Users who got no certificate, with the reasons.
    pub errors: Vec<CertifyError>,
}

/// A user who got no certificate.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct CertifyError {
    /// The user's id, if it was given.
    pub user_id: Option<String>,
    /// The user's e-mail address, if it was given.
    pub email: Option<String>,
    /// The user's id in another system, if it was given.
    pub external_customer_id: Option<String>,
    /// The course or learning path.
    pub resource_id: Option<String>,
    /// The reason.
    pub error: Option<String>,
    /// The record as it was sent.
    pub record: Value,
}

impl RestRoot for BulkCertified {
    async fn read(_: &Tenant, body: &Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        roots::plain(body, selection)
    }
}

pub(super) async fn certify(
    tenant: &Tenant,
    key: &UserKey,
    certification: Certification,
) -> Result<Response<Value>, Error> {
    let arguments = twice(id_of(tenant, key).await?, certification.0);
    write_rest(tenant, &routes::USERS_CERTIFY, &arguments, Selection::NONE).await
}

pub(super) async fn recertify(tenant: &Tenant, key: &UserKey, certified: Certification) -> Result<Response<()>, Error> {
    let mut resource = certified.0;
    resource.retain(|name, _| name.starts_with("resource"));
    let arguments = twice(id_of(tenant, key).await?, resource);
    let answer: Response<Value> = write_rest(tenant, &routes::USERS_RECERTIFY, &arguments, Selection::NONE).await?;
    Ok(answer.map(drop))
}

/// The reference requires the id in the path and in the body.
fn twice(id: String, mut arguments: Map<String, Value>) -> Value {
    arguments.insert("userId".to_owned(), json!(id));
    arguments.insert("id".to_owned(), Value::String(id));
    Value::Object(arguments)
}

/// The arguments that certify several users.
pub(super) fn arguments(certifications: impl Iterator<Item = (UserKey, Certification)>) -> Value {
    let records = certifications.map(|(who, certification)| {
        let (name, key) = match who {
            UserKey::Id(id) => ("userId", id),
            UserKey::Email(email) => ("email", email),
            UserKey::ExternalCustomerId(id) | UserKey::IdOrExternalCustomerId(id) => ("externalCustomerId", id),
        };
        Value::Object(certification.with(name, json!(key)).0)
    });
    json!({ "users": records.collect::<Vec<_>>() })
}

pub(super) async fn certify_many(tenant: &Tenant, arguments: &Value) -> Result<Response<BulkCertified>, Error> {
    write_rest(tenant, &routes::USERS_CERTIFY_MANY, arguments, Selection::NONE).await
}
