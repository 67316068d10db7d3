//! The key that identifies a user.

/// The key that identifies a user. Text is classified by its form: with `@` it is an e-mail address, a UUID is an id,
/// and anything else may be an id or an `externalCustomerId`.
///
/// ```
/// use thought_industries::UserKey;
///
/// assert_eq!(UserKey::from("ada@example.com"), UserKey::Email("ada@example.com".into()));
/// assert_eq!(UserKey::from("HR-0007"), UserKey::IdOrExternalCustomerId("HR-0007".into()));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserKey {
    /// The tenant's own id.
    Id(String),
    /// The e-mail address. For a user with two records, it finds the record that the tenant lists first.
    Email(String),
    /// An id of the tenant, or the id in another system.
    IdOrExternalCustomerId(String),
    /// The id in another system.
    ExternalCustomerId(String),
}

impl From<&str> for UserKey {
    fn from(text: &str) -> Self {
        let text = text.trim();
        if text.contains('@') {
            Self::Email(text.to_owned())
        } else if is_uuid(text) {
            Self::Id(text.to_owned())
        } else {
            Self::IdOrExternalCustomerId(text.to_owned())
        }
    }
}

impl From<String> for UserKey {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for UserKey {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&UserKey> for UserKey {
    fn from(key: &UserKey) -> Self {
        key.clone()
    }
}

/// Shows the kind of key; the key itself is personal.
impl std::fmt::Debug for UserKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Id(_) => "Id(…)",
            Self::Email(_) => "Email(…)",
            Self::IdOrExternalCustomerId(_) => "IdOrExternalCustomerId(…)",
            Self::ExternalCustomerId(_) => "ExternalCustomerId(…)",
        })
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(place, character)| match place {
            8 | 13 | 18 | 23 => character == '-',
            _ => character.is_ascii_hexdigit(),
        })
}
