//! How a user is to be, as another system says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thought_industries::model::User;
use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Error, ErrorKind};

/// The field that identifies a user here and in the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MatchBy {
    /// The e-mail address.
    #[default]
    Email,
    /// The id of the user in the other system.
    ExternalCustomerId,
}

impl MatchBy {
    /// Every field that can identify a user.
    pub const ALL: [Self; 2] = [Self::Email, Self::ExternalCustomerId];

    /// The field, as the API spells it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::ExternalCustomerId => "externalCustomerId",
        }
    }

    /// The value of the field in the tenant, if there is one.
    pub(crate) fn of(self, user: &User) -> Option<&str> {
        let value = match self {
            Self::Email => &user.email,
            Self::ExternalCustomerId => &user.external_customer_id,
        };
        value.as_deref().filter(|value| !value.trim().is_empty())
    }

    /// A key as it is compared: e-mail addresses are not case-sensitive, and an accent may be a character of its own.
    pub(crate) fn normalize(self, key: &str) -> String {
        let key = key.trim();
        let key = if key.is_ascii() { key.to_owned() } else { key.nfc().collect() };
        match self {
            Self::Email => key.to_lowercase(),
            Self::ExternalCustomerId => key,
        }
    }
}

/// The fields that identify users, in the order in which they are tried: a row that finds no user by the first is looked up by
/// the next.
///
/// ```
/// use thought_industries_provision::{MatchBy, MatchKeys};
///
/// let keys = MatchKeys::new([MatchBy::ExternalCustomerId, MatchBy::Email])?;
/// assert_eq!(keys.to_string(), "externalCustomerId, then email");
/// assert_eq!(MatchKeys::default(), MatchBy::Email.into());
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OneOrSeveral", into = "OneOrSeveral")]
pub struct MatchKeys(Vec<MatchBy>);

/// One field by its name, as files of before have it, or a list.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected `email`, `externalCustomerId` or a list of them")]
enum OneOrSeveral {
    One(MatchBy),
    Several(Vec<MatchBy>),
}

impl MatchKeys {
    /// Fields in this order.
    ///
    /// # Errors
    /// If there are none, or one is a duplicate.
    pub fn new(keys: impl IntoIterator<Item = MatchBy>) -> Result<Self, Error> {
        let keys: Vec<MatchBy> = keys.into_iter().collect();
        let is_duplicate = |(place, key): (usize, &MatchBy)| keys.iter().take(place).any(|known| known == key);
        if keys.is_empty() || keys.iter().enumerate().any(is_duplicate) {
            let error = Error::new(ErrorKind::Roster, "users are matched by one field, or by several different ones");
            return Err(error.with_help("use `match = [\"externalCustomerId\", \"email\"]`"));
        }
        Ok(Self(keys))
    }

    /// The fields, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = MatchBy> {
        self.0.iter().copied()
    }

    /// Whether there is more than one.
    pub(crate) fn are_several(&self) -> bool {
        self.0.len() > 1
    }
}

impl Default for MatchKeys {
    fn default() -> Self {
        MatchBy::default().into()
    }
}

impl From<MatchBy> for MatchKeys {
    fn from(key: MatchBy) -> Self {
        Self(vec![key])
    }
}

impl fmt::Display for MatchKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(MatchBy::field).collect();
        f.write_str(&names.join(", then "))
    }
}

impl TryFrom<OneOrSeveral> for MatchKeys {
    type Error = Error;

    fn try_from(keys: OneOrSeveral) -> Result<Self, Error> {
        match keys {
            OneOrSeveral::One(key) => Ok(key.into()),
            OneOrSeveral::Several(keys) => Self::new(keys),
        }
    }
}

impl From<MatchKeys> for OneOrSeveral {
    fn from(MatchKeys(keys): MatchKeys) -> Self {
        match keys.as_slice() {
            [one] => Self::One(*one),
            _ => Self::Several(keys),
        }
    }
}

impl fmt::Display for MatchBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field())
    }
}

impl FromStr for MatchBy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|kind| kind.field() == text);
        known.ok_or_else(|| Error::new(ErrorKind::Roster, format!("`{text}` does not identify users")))
    }
}

/// A user as they are to be: a row of a roster.
///
/// ```
/// use thought_industries_provision::DesiredUser;
///
/// let ada = DesiredUser::new().with("email", "ada@example.com").with("firstName", "Ada").active(true);
/// assert_eq!(ada.text("firstName"), Some("Ada"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DesiredUser {
    /// Where the row is: the line of a CSV or NDJSON file, or the position in an array, counted from 1; 0 if nowhere.
    pub line: u64,
    /// The fields to write, by the API's names. An absent field stays as it is; null clears it.
    pub fields: Map<String, Value>,
    /// Whether the user is to be disabled; `None` leaves the status as it is.
    pub disabled: Option<bool>,
    /// The day on which the user starts, if that is still to come: until then, no user is created.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub starts: Option<String>,
    /// The last day of the user, if it has passed: that is why the user is disabled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<String>,
    /// The texts of the columns that [`SyncConfig::keep`](crate::SyncConfig::keep) names, each with that name. Only
    /// [`Roster::each_row`](crate::Roster::each_row) gives them.
    #[serde(skip)]
    pub kept: Vec<(String, String)>,
}

impl DesiredUser {
    /// A user of whom nothing is said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field, by the API's name; custom fields as `customFields.key`.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        insert_field(&mut self.fields, field, value.into());
        self
    }

    /// Sets the status.
    #[must_use]
    pub fn active(self, active: bool) -> Self {
        Self { disabled: Some(!active), ..self }
    }

    /// The value of a field, if it is a text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }
}

/// Inserts the value of a field: custom fields are kept in one object.
pub fn insert_field(fields: &mut Map<String, Value>, field: &str, value: Value) {
    match field.strip_prefix("customFields.") {
        Some(key) => {
            let custom = fields.entry("customFields").or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(custom) = custom {
                custom.insert(key.to_owned(), value);
            }
        }
        None => _ = fields.insert(field.to_owned(), value),
    }
}
