//! Pseudonyms: the same value becomes the same digits, and without the key no value can be found from them.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::digest::hex;
use crate::error::{Error, ErrorKind};

/// The shortest key, in bytes.
const SHORTEST: usize = 16;

/// Replaces values by HMAC-SHA-256, of which 32 hexadecimal digits are kept. Two exports with the same key have the same
/// pseudonyms, so that they can be joined.
#[derive(Clone)]
pub struct Pseudonyms {
    key: Zeroizing<String>,
    columns: Vec<String>,
}

impl Pseudonyms {
    /// Replaces the values of these columns.
    ///
    /// ```
    /// use thought_industries_export::Pseudonyms;
    ///
    /// let pseudonyms = Pseudonyms::new("a long key of your own", ["email"])?;
    /// assert_eq!(pseudonyms.columns(), ["email"]);
    /// # Ok::<(), thought_industries_export::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the key is shorter than 16 bytes: all values could be found by trying keys.
    pub fn new(key: impl Into<String>, columns: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, Error> {
        let key = Zeroizing::new(key.into());
        if key.len() < SHORTEST {
            let message = format!("the key of the pseudonyms has fewer than {SHORTEST} bytes");
            return Err(Error::new(ErrorKind::Argument, message).with_help("use a random key, and keep it secret"));
        }
        Ok(Self { key, columns: columns.into_iter().map(Into::into).collect() })
    }

    /// The columns that are replaced.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The pseudonym of a value of a column. Case and spaces around it do not count, as in addresses.
    pub(crate) fn of(&self, value: &str) -> String {
        self.mac(value.trim().to_lowercase().as_bytes())
    }

    /// What shows whether another export has the same key, without showing the key.
    pub(crate) fn fingerprint(&self) -> String {
        self.mac(b"\0the key of pseudonyms")
    }

    fn mac(&self, bytes: &[u8]) -> String {
        // A key of any length is valid for HMAC.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()) else { return String::new() };
        mac.update(bytes);
        hex(&mac.finalize().into_bytes()).chars().take(32).collect()
    }
}

/// Shows the columns, and not the key.
impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pseudonyms").field("columns", &self.columns).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_pseudonym_for_each_key() {
        let pseudonyms = |key: &str| Pseudonyms::new(key, ["email"]).expect("a key");
        let one = pseudonyms("0123456789abcdef");
        assert_eq!(one.of("Ada@Example.com "), one.of("ada@example.com"));
        assert_ne!(one.of("ada@example.com"), one.of("alan@example.com"));
        assert_ne!(one.of("ada@example.com"), pseudonyms("fedcba9876543210").of("ada@example.com"));
        assert_eq!(one.of("ada@example.com").len(), 32);
        assert_ne!(one.fingerprint(), pseudonyms("fedcba9876543210").fingerprint());
        assert!(!format!("{one:?}").contains("0123456789abcdef"));
    }

    #[test]
    fn a_short_key_is_refused() {
        let error = Pseudonyms::new("short", ["email"]).expect_err("too short");
        assert_eq!(error.to_string(), "the key of the pseudonyms has fewer than 16 bytes");
    }

    /// Computed with another implementation: the module `hmac` of Python.
    #[test]
    fn the_digits_are_those_of_hmac_sha256() {
        let pseudonyms = Pseudonyms::new("what do ya want for nothing?", ["email"]).expect("a key");
        assert_eq!(pseudonyms.of("ada@example.com"), "f673dd32ab0cf028f17464c31b0a297a");
    }
}
