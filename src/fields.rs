//! Sets of fields to write, each absent, null, or a value. The setters are generated from `schema/fields.toml`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::Error;
use crate::runtime::{FieldSpec, Input};

/// The fields of a user to write: each absent, null, or a value. An absent field stays unchanged; null clears it.
///
/// Not every surface takes every field. A surface that would drop one is not used. If no surface takes all of them,
/// nothing is sent and the error names the field. `password`, `groups`, `active`, `ssoId` and `avatarUrl` are v1 fields
/// (API guide); all others are v2 fields ("update user" in the reference).
///
/// ```
/// use thought_industries::{Input, UserFields};
///
/// let fields = UserFields::new().first_name("Ada").last_name(Input::Null).custom_field("department", "R&D");
/// assert_eq!(fields.names().collect::<Vec<_>>(), ["customFields", "firstName", "lastName"]);
///
/// let fields = UserFields::new().course_ids(["<course id>"]);
/// assert_eq!(fields.get("courseIds"), Some(&serde_json::json!(["<course id>"])));
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct UserFields(Map<String, Value>);

/// The fields of a license to write ("create license" and "update license" in the v2 reference). A field that is absent
/// from an update stays unchanged, except `seatsLimit`: according to the reference, an absent limit means unlimited, so
/// [`update`](crate::Licenses::update) requires it.
///
/// ```
/// use thought_industries::LicenseFields;
///
/// let fields = LicenseFields::new().name("Team").seats_limit(25);
/// assert_eq!(fields.names().collect::<Vec<_>>(), ["name", "seatsLimit"]);
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct LicenseFields(Map<String, Value>);

include!(concat!(env!("OUT_DIR"), "/fields.rs"));

/// What all sets of fields have in common. The values are kept as a JSON object, which distinguishes absent from null,
/// as the tenant does.
macro_rules! field_set {
    ($set:ident, $table:ident, $record:literal) => {
        impl $set {
            /// The specifications of all writable fields, in the order of `schema/fields.toml`.
            pub fn specs() -> &'static [FieldSpec] {
                $table
            }

            /// The specification of a field, by its API name.
            pub fn spec(name: &str) -> Option<&'static FieldSpec> {
                $table.iter().find(|spec| spec.name == name)
            }

            /// An empty set.
            pub fn new() -> Self {
                Self::default()
            }

            /// Reads fields from JSON, by their API names.
            ///
            /// # Errors
            /// If a name is not that of a writable field ([`is_invalid_argument`](Error::is_invalid_argument)). The
            /// tenant checks types.
            pub fn from_json(fields: Map<String, Value>) -> Result<Self, Error> {
                match fields.keys().find(|name| Self::spec(name).is_none()) {
                    Some(unknown) => Err(Error::invalid_argument(format!(
                        "`{unknown}` is not a field of a {} that can be written",
                        $record
                    ))),
                    None => Ok(Self(fields)),
                }
            }

            /// The fields as JSON, by their API names.
            pub fn as_json(&self) -> &Map<String, Value> {
                &self.0
            }

            /// The value of a field, by its API name.
            pub fn get(&self, name: &str) -> Option<&Value> {
                self.0.get(name)
            }

            /// The names of the fields to write, in alphabetical order.
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
                    // All field types serialize to JSON.
                    Err(_) => {}
                }
                self
            }
        }

        /// Shows only the field names: values are personal, and may be secret.
        impl std::fmt::Debug for $set {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_set().entries(self.0.keys()).finish()
            }
        }
    };
}

field_set!(UserFields, USER_FIELDS, "user");
field_set!(LicenseFields, LICENSE_FIELDS, "license");

impl From<&String> for Input<String> {
    fn from(text: &String) -> Self {
        Self::Value(text.clone())
    }
}

/// Lists of texts that a field of several takes, besides `Vec<String>`.
macro_rules! texts {
    ($($list:ty $(, $length:ident)?);* $(;)?) => {
        $(impl$(<const $length: usize>)? From<$list> for Input<Vec<String>> {
            fn from(texts: $list) -> Self {
                Self::Value(texts.iter().map(|text| (*text).to_string()).collect())
            }
        })*
    };
}

texts!([&str; N], N; [String; N], N; &[&str]; &[String]; &Vec<String>);

impl UserFields {
    /// Sets one custom field; custom fields set before are kept.
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
