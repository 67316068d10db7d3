//! What can be written of a person.

use serde_json::{Map, Value};

use crate::fields::field_set;

/// What to write of a person: each field left out, null, or a value. What is left out stays as it is; null takes a
/// value away.
///
/// Not every surface takes every field. A surface that would leave one out is not used, and if none takes all of
/// them, nothing is sent and the error names the field. `password`, `groups`, `active`, `ssoId` and `avatarUrl` are those of
/// v1 (API guide); everything else is of the v2 reference ("update user").
///
/// ```
/// use thought_industries::{Input, UserFields};
///
/// let fields = UserFields::new().first_name("Ada").last_name(Input::Null).custom_field("department", "R&D");
/// assert_eq!(fields.names().collect::<Vec<_>>(), ["customFields", "firstName", "lastName"]);
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct UserFields(Map<String, Value>);

field_set! {
    UserFields, "a person";
    /// The e-mail address, which is unique in a tenant.
    email: String => "email";
    /// The id in another system.
    external_customer_id: String => "externalCustomerId";
    /// The first name.
    first_name: String => "firstName";
    /// The last name.
    last_name: String => "lastName";
    /// A role key, such as `learner`; a tenant may define its own.
    role: String => "role";
    /// The language, such as `en`.
    language: String => "language";
    /// Custom fields by key, merged with those that are there.
    custom_fields: Map<String, Value> => "customFields";
    /// The client to belong to, by id. Whoever moves leaves the licences of the client before behind.
    client_id: String => "clientId";
    /// The client to belong to, by SKU.
    client_sku: String => "clientSku";
    /// The client to belong to, by slug.
    client_slug: String => "clientSlug";
    /// Licences to hold as a student, by id; added to those that are held.
    student_license_ids: Vec<String> => "studentLicenseIds";
    /// Licences to hold as a student, by SKU; added to those that are held.
    student_license_skus: Vec<String> => "studentLicenseSkus";
    /// Licences to hold as a manager, by id; added to those that are held.
    manager_license_ids: Vec<String> => "managerLicenseIds";
    /// Licences to hold as a manager, by SKU; added to those that are held.
    manager_license_skus: Vec<String> => "managerLicenseSkus";
    /// **Revokes** every licence that is not among those given. Never set unless asked for.
    replace_license_access: bool => "replaceLicenseAccess";
    /// Courses to have access to, by id; added to those that are there.
    course_ids: Vec<String> => "courseIds";
    /// Courses, by slug.
    course_slugs: Vec<String> => "courseSlugs";
    /// Courses, by SKU.
    course_skus: Vec<String> => "courseSkus";
    /// **Revokes** every course that is not among those given.
    replace_course_access: bool => "replaceCourseAccess";
    /// Learning paths to have access to, by id; added to those that are there.
    learning_path_ids: Vec<String> => "learningPathIds";
    /// Learning paths, by slug.
    learning_path_slugs: Vec<String> => "learningPathSlugs";
    /// Learning paths, by SKU.
    learning_path_skus: Vec<String> => "learningPathSkus";
    /// **Revokes** every learning path that is not among those given.
    replace_learning_path_access: bool => "replaceLearningPathAccess";
    /// Bundles to have access to, by slug; added to those that are there.
    bundle_slugs: Vec<String> => "bundleSlugs";
    /// **Revokes** every bundle that is not among those given.
    replace_bundle_access: bool => "replaceBundleAccess";
    /// The first line of the address.
    address1: String => "address1";
    /// The second line of the address.
    address2: String => "address2";
    /// The city.
    city: String => "city";
    /// The state or province.
    state: String => "state";
    /// The postal code.
    zip_code: String => "zipCode";
    /// The country.
    country: String => "country";
    /// The telephone number.
    telephone: String => "telephone";
    /// Reference field 1.
    ref1: String => "ref1";
    /// Reference field 2.
    ref2: String => "ref2";
    /// Reference field 3.
    ref3: String => "ref3";
    /// Reference field 4.
    ref4: String => "ref4";
    /// Reference field 5.
    ref5: String => "ref5";
    /// Reference field 6.
    ref6: String => "ref6";
    /// Reference field 7.
    ref7: String => "ref7";
    /// Reference field 8.
    ref8: String => "ref8";
    /// Reference field 9.
    ref9: String => "ref9";
    /// Reference field 10.
    ref10: String => "ref10";
    /// The currency in which prices are shown, such as `EUR`.
    preferred_currency: String => "preferredCurrency";
    /// The credit balance, in the platform's currency units.
    balance: f64 => "balance";
    /// The id of a Salesforce contact, which stays as it is first set.
    sf_contact_id: String => "sfContactId";
    /// The id of a Salesforce account, which stays as it is first set.
    sf_account_id: String => "sfAccountId";
    /// Whether prices are tiered.
    tiered_subscription: bool => "tieredSubscription";
    /// Whether the access days of licences limit the access to content.
    enforce_access_days: bool => "enforceAccessDays";
    /// Whether the person is learner and manager.
    dual_role: bool => "dualRole";
    /// Enrolment in Panorama; the reference does not say what it holds.
    panorama_enrollment_options: Map<String, Value> => "panoramaEnrollmentOptions";
    /// The password (v1 only); never shown again.
    password: String => "password";
    /// The groups, all of them (v1 only).
    groups: Vec<String> => "groups";
    /// Whether the account is active (v1 only; see [`update_status`](crate::Users::update_status)).
    active: bool => "active";
    /// The id for single sign-on (v1 only).
    sso_id: String => "ssoId";
    /// The picture (v1 only).
    avatar_url: String => "avatarUrl";
    /// Whether a new person is invited by e-mail (creation over v2 only).
    send_invite: bool => "sendInvite";
}

impl UserFields {
    /// One custom field, beside those that are there.
    pub fn custom_field(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        let fields = self.0.entry("customFields").or_insert(Value::Null);
        if !fields.is_object() {
            *fields = Value::Object(Map::new());
        }
        if let Value::Object(fields) = fields {
            fields.insert(key.into(), value.into());
        }
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}
