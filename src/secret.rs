//! A key that cannot be printed.

use std::fmt;

/// An API key. Its `Debug` output does not reveal any part of it.
///
/// ```
/// use thought_industries::Secret;
///
/// assert_eq!(format!("{:?}", Secret::from("a-key")), "Secret(…)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl From<&str> for Secret {
    fn from(key: &str) -> Self {
        Self(key.into())
    }
}

impl From<String> for Secret {
    fn from(key: String) -> Self {
        Self(key.into())
    }
}

impl From<&String> for Secret {
    fn from(key: &String) -> Self {
        Self::from(key.as_str())
    }
}

impl From<&Secret> for Secret {
    fn from(key: &Secret) -> Self {
        key.clone()
    }
}

impl Secret {
    /// The key itself, for building requests.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
