//! A key that cannot be printed.

use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

/// An API key. Its `Debug` output does not reveal any part of it.
///
/// When it is dropped, its memory is overwritten with zeros; so is a `String` that it was made from. Each clone has memory
/// of its own, which is overwritten in the same way. Not covered are the copies made for each request (its header, query or
/// body, the buffers of TLS and of the socket, and the texts that errors are searched for), a text that was only borrowed,
/// and what the system wrote to swap or to a core dump.
///
/// ```
/// use thought_industries::Secret;
///
/// assert_eq!(format!("{:?}", Secret::from("a-key")), "Secret(…)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Box<str>>);

impl From<&str> for Secret {
    fn from(key: &str) -> Self {
        Self(Zeroizing::new(key.into()))
    }
}

impl From<String> for Secret {
    fn from(mut key: String) -> Self {
        // To shrink the text in place could move it, and leave the old memory as it is.
        let secret = Self::from(key.as_str());
        key.zeroize();
        secret
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
