//! Sets of fields to write, each absent, null, or a value. The setters are generated from `schema/fields.toml`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Error;
use crate::runtime::{FieldSpec, Input};

/// The fields of a user to write: each absent, null, or a value. An absent field stays as it is; null clears it.
///
/// Not every surface takes every field. A surface that would drop one is not used. If no surface takes all of them,
/// nothing is sent and the error names the field. `password`, `groups`, `active`, `ssoId` and `avatarUrl` are fields of
/// v1 (API guide); all others are fields of v2 ("update user" of the reference).
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

/// The fields of a license to write ("create license" and "update license" of the v2 reference). An absent field of an
/// update stays as it is, except `seatsLimit`: the reference says that an absent limit means none, so that
/// [`update`](crate::Licenses::update) requires it.
#[derive(Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct LicenseFields(Map<String, Value>);

include!(concat!(env!("OUT_DIR"), "/fields.rs"));

/// What all sets of fields have in common. The values are kept as a JSON object, in which absent and null differ as they
/// do for the tenant.
macro_rules! field_set {
    ($set:ident, $table:ident, $record:literal) => {
        impl $set {
            /// What is known of every field that can be written, in the order of `schema/fields.toml`.
            pub fn specs() -> &'static [FieldSpec] {
                $table
            }

            /// What is known of a field, by the API's name.
            pub fn spec(name: &str) -> Option<&'static FieldSpec> {
                $table.iter().find(|spec| spec.name == name)
            }

            /// No fields yet.
            pub fn new() -> Self {
                Self::default()
            }

            /// Reads fields from JSON, by the API's names.
            ///
            /// # Errors
            /// If a name is not that of a field that can be written ([`is_invalid_argument`](Error::is_invalid_argument)).
            /// Types are for the tenant to check.
            pub fn from_json(fields: Map<String, Value>) -> Result<Self, Error> {
                match fields.keys().find(|name| Self::spec(name).is_none()) {
                    Some(unknown) => Err(Error::invalid_argument(format!(
                        "`{unknown}` is not a field of a {} that can be written",
                        $record
                    ))),
                    None => Ok(Self(fields)),
                }
            }

            /// The fields as JSON, by the API's names.
            pub fn as_json(&self) -> &Map<String, Value> {
                &self.0
            }

            /// The value of a field, by the API's name.
            pub fn get(&self, name: &str) -> Option<&Value> {
                self.0.get(name)
            }

            /// The names of the fields that are written, in alphabetical order.
            pub fn names(&self) -> impl Iterator<Item = &str> {
                self.0.keys().map(String::as_str)
            }

            /// Whether there is nothing to write.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            fn with<T: Serialize>(mut self, name: &str, value: Input<T>) -> Self {
                match serde_json::to_value(&value) {
                    _ if value.is_absent() => _ = self.0.remove(name),
                    Ok(value) => _ = self.0.insert(name.to_owned(), value),
                    // No type of a field fails to become JSON.
                    Err(_) => {}
                }
                self
            }
        }

        /// Shows which fields there are: values are personal, and may be secret.
        impl std::fmt::Debug for $set {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_set().entries(self.0.keys()).finish()
            }
        }
    };
}

field_set!(UserFields, USER_FIELDS, "user");
field_set!(LicenseFields, LICENSE_FIELDS, "license");

impl UserFields {
    /// One custom field, added to those that were set before.
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
}
