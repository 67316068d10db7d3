//! What a receiver accepts: signatures, and a secret in the path.

use axum::http::StatusCode;
use thought_industries::{Secret, webhooks};

use crate::keyed::is_same;

/// The fewest characters of a secret in the path: 128 bits in base64.
const SHORTEST_PATH: usize = 22;

/// What a receiver accepts.
///
/// ```
/// use thought_industries::Secret;
/// use thought_industries_events::Acceptance;
///
/// let signed = Acceptance::signed([Secret::from("whsec_new"), Secret::from("whsec_old")]);
/// assert!(signed.check().is_ok());
/// assert!(Acceptance::signed([]).check().is_err());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Acceptance {
    secrets: Vec<Secret>,
    path_secret: Option<PathSecret>,
    accepts_unsigned: bool,
}

/// Why a receiver cannot accept anything. The text says what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidAcceptance(&'static str);

/// A secret in the path.
#[derive(Clone)]
pub(super) struct PathSecret(String);

impl std::fmt::Debug for PathSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PathSecret(…)")
    }
}

impl PathSecret {
    pub(super) fn parse(text: &str) -> Result<Self, InvalidAcceptance> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.len() < SHORTEST_PATH {
            return Err(InvalidAcceptance(
                "the secret in the path is shorter than 22 characters, and could be guessed",
            ));
        }
        if !text.bytes().all(is_plain) {
            return Err(InvalidAcceptance("the secret in the path has other characters than letters, digits, - and _"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether a segment is the secret, in a time that does not show where it differs.
    pub(super) fn is(&self, segment: &str) -> bool {
        is_same(segment.as_bytes(), self.0.as_bytes())
    }
}

impl Acceptance {
    /// Events that are signed with one of these secrets. While the secret of a webhook changes, name the old one and the new
    /// one. An empty secret is none.
    pub fn signed(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { secrets: secrets.into_iter().collect(), ..Self::default() }
    }

    /// Also events without a signature. They are kept as hints: any sender could have made them. An event with a wrong signature
    /// is refused all the same.
    #[must_use]
    pub fn or_unsigned(mut self) -> Self {
        self.accepts_unsigned = true;
        self
    }

    /// Only requests whose path ends with this secret. It keeps others from sending events that are not signed.
    ///
    /// # Errors
    /// If it has less than 22 characters, or others than letters, digits, `-` and `_`.
    pub fn below_path(mut self, secret: &str) -> Result<Self, InvalidAcceptance> {
        self.path_secret = Some(PathSecret::parse(secret)?);
        Ok(self)
    }

    /// Whether this accepts anything.
    ///
    /// # Errors
    /// What is missing.
    pub fn check(&self) -> Result<(), InvalidAcceptance> {
        if self.has_secret() || self.accepts_unsigned {
            return Ok(());
        }
        Err(InvalidAcceptance("there is no secret to check signatures with, and events without one are not accepted"))
    }

    fn has_secret(&self) -> bool {
        let no_signature = "0".repeat(64);
        webhooks::verify(b"", Some(&no_signature), &self.secrets) != Err(webhooks::Refused::NoSecret)
    }

    pub(super) fn path_secret(&self) -> Option<&PathSecret> {
        self.path_secret.as_ref()
    }

    /// Whether a body is a hint only.
    pub(super) fn judge(&self, body: &[u8], signature: Option<&str>) -> Result<bool, StatusCode> {
        match webhooks::verify(body, signature, &self.secrets) {
            Ok(verified) => {
                tracing::debug!(secret = verified.secret, "an event is signed");
                Ok(false)
            }
            Err(webhooks::Refused::Missing) if self.accepts_unsigned => Ok(true),
            // Without a secret, no signature can be checked.
            Err(_) if self.accepts_unsigned && !self.has_secret() => Ok(true),
            Err(error) => {
                tracing::warn!(%error, "an event was refused");
                Err(StatusCode::UNAUTHORIZED)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HMAC-SHA256 of `{"event":"course.completed","data":{}}` with `whsec_rotate-me-0001`, by openssl and Python.
    const BODY: &[u8] = br#"{"event":"course.completed","data":{}}"#;
    const SIGNATURE: &str = "6d63cd0dd0ac1aa4a227012b313fe01ffb2dd421389f9a7263af5315066433b1";

    fn judged(acceptance: &Acceptance, signature: Option<&str>) -> Result<bool, u16> {
        acceptance.judge(BODY, signature).map_err(|status| status.as_u16())
    }

    #[test]
    fn only_a_missing_signature_makes_a_hint() {
        let secrets = ["whsec_new", "", "whsec_rotate-me-0001"].map(Secret::from);
        let strict = Acceptance::signed(secrets);
        let wrong = SIGNATURE.replace('6', "7");
        for acceptance in [strict.clone(), strict.clone().or_unsigned()] {
            assert_eq!(judged(&acceptance, Some(SIGNATURE)), Ok(false));
            for refused in [wrong.as_str(), "?", "sha256=", "true"] {
                assert_eq!(judged(&acceptance, Some(refused)), Err(401), "{refused}");
            }
        }
        assert_eq!((judged(&strict, None), judged(&strict.or_unsigned(), None)), (Err(401), Ok(true)));
        let unsigned = Acceptance::default().or_unsigned();
        assert_eq!((judged(&unsigned, None), judged(&unsigned, Some(SIGNATURE))), (Ok(true), Ok(true)));
    }

    #[test]
    fn what_accepts_nothing_is_refused() {
        for secrets in [vec![], vec![Secret::from("")]] {
            assert!(Acceptance::signed(secrets.clone()).check().is_err());
            assert!(Acceptance::signed(secrets).or_unsigned().check().is_ok());
        }
        assert!(Acceptance::signed([Secret::from("one")]).check().is_ok());
        for path in ["", "short", "0123456789abcdef0123456789abcde/", "0123456789abcdef0123456789abcd%2F"] {
            assert!(Acceptance::default().below_path(path).is_err(), "{path}");
        }
        let kept = Acceptance::default().below_path("0123456789abcdef0123456789abcdef").expect("a secret");
        assert!(!format!("{kept:?}").contains("0123"));
    }
}
