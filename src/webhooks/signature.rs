//! The signatures of webhooks.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::Secret;

/// The bytes of a signature.
const BYTES: usize = 32;

/// A signature that is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Which of the secrets it was made with, counted from 0. While secrets are rotated, it shows when the old one is no
    /// longer used.
    pub secret: usize,
}

/// Why a body is refused. It is for your log: respond to each with the same 401 and no body, because the reason would
/// help a sender to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The request has no signature.
    #[error("the request has no signature")]
    Missing,
    /// The signature is not a SHA-256 digest in hexadecimal digits.
    #[error("the signature is malformed")]
    Malformed,
    /// None of the secrets has signed these bytes.
    #[error("the signature does not match the body: the secret differs, or the body was changed on the way")]
    Mismatch,
    /// There is no secret to check with; an empty one is none, because any sender knows it.
    #[error("there is no secret to check signatures with")]
    NoSecret,
}

/// Checks the signature of a webhook: the value of the header `X-TI-Signature`, against the body as it was received, before
/// anything parses or decodes it. The developer pages describe it as the HMAC-SHA256 of the body in hexadecimal digits;
/// digits of either case, blanks around them, and a leading `sha256=` are accepted. All secrets are tried, in constant time
/// each, so that a webhook can change to a new secret without losing events.
///
/// The body has to be the exact bytes: JSON that was parsed and written again differs in blanks, escapes or numbers. There
/// is no time in the signature, so it does not show whether a request is repeated: compare [ids](crate::TenantEvent::id).
///
/// ```
/// use thought_industries::{Secret, TenantEvent, webhooks};
///
/// let body = br#"{"event":"course.completed","data":{}}"#;
/// let signature = "6d63cd0dd0ac1aa4a227012b313fe01ffb2dd421389f9a7263af5315066433b1";
/// let secrets = [Secret::from("whsec_new"), Secret::from("whsec_rotate-me-0001")];
///
/// let verified = webhooks::verify(body, Some(signature), &secrets)?;
/// assert_eq!(verified.secret, 1);
/// let event = TenantEvent::parse(body)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the signature is missing, malformed, or not that of these bytes with any of the secrets.
pub fn verify(body: &[u8], signature: Option<&str>, secrets: &[Secret]) -> Result<Verified, Refused> {
    let signature = signature.map(str::trim).filter(|text| !text.is_empty()).ok_or(Refused::Missing)?;
    let digest = parse(signature).ok_or(Refused::Malformed)?;
    let mut found = None;
    let mut has_any = false;
    for (place, secret) in secrets.iter().enumerate().filter(|(_, secret)| !secret.reveal().is_empty()) {
        has_any = true;
        // A key of any length is accepted, so this never fails.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else { continue };
        mac.update(body);
        // Every secret is tried, so that the time does not show which one fits.
        let is_match = mac.verify_slice(&digest).is_ok();
        found = found.or(is_match.then_some(place));
    }
    match found {
        Some(secret) => Ok(Verified { secret }),
        None if has_any => Err(Refused::Mismatch),
        None => Err(Refused::NoSecret),
    }
}

/// The digest in a header.
fn parse(signature: &str) -> Option<[u8; BYTES]> {
    let digits = signature.strip_prefix("sha256=").unwrap_or(signature).as_bytes();
    let mut digest = [0; BYTES];
    if digits.len() != 2 * BYTES {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let value = pair.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))?;
        *byte = u8::try_from(value).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "whsec_rotate-me-0001";

    /// Bodies and their signatures, by `openssl dgst -sha256 -hmac` and Python's `hmac`.
    const KNOWN: [(&[u8], &str); 6] = [
        (b"", "2613b30621120d784b3418d819433422c064f86dbc0142dd849f40b0538496c0"),
        (
            br#"{"event":"course.completed","data":{}}"#,
            "6d63cd0dd0ac1aa4a227012b313fe01ffb2dd421389f9a7263af5315066433b1",
        ),
        (b"{ \"event\": \"course.completed\" }\n", "e1c94b4db85f8261948d6079e8c7601c16ff6c7b941b893ec2248142c7626787"),
        ("{\"name\":\"Zoë \\u00eb ✓\"}".as_bytes(), "87a9c5baec81ffe24f92ae477adafff7a7369708d04190750c6ac86f4b32d8d0"),
        (b"\x00\xff\xfe", "58b6178c7720dfd4d5cff8cdd556ce942e4e03361bcc33a35a8047ac05f3d91b"),
        (b"{\n  \"a\": [1.0, 1e3]\n}", "f80e7190b7e14276a814a3f5e208d9ba201ce8e813b99c99eb67cd1ccb061f85"),
    ];

    fn check(body: &[u8], signature: &str, secrets: &[&str]) -> Result<usize, Refused> {
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::from(*secret)).collect();
        verify(body, Some(signature), &secrets).map(|verified| verified.secret)
    }

    #[test]
    fn signatures_of_other_programs_are_valid() {
        for (body, signature) in KNOWN {
            for spelled in [signature.to_owned(), signature.to_uppercase(), format!(" sha256={signature}\t")] {
                assert_eq!(check(body, &spelled, &[SECRET]), Ok(0), "{spelled}");
                assert_eq!(check(body, &spelled, &["second", SECRET, SECRET]), Ok(1));
            }
            assert_eq!(check(body, signature, &["second"]), Err(Refused::Mismatch));
        }
    }

    #[test]
    fn nothing_else_is_a_signature() {
        let [_, (body, valid), ..] = KNOWN;
        for missing in [None, Some(""), Some("  \t")] {
            assert_eq!(verify(body, missing, &[Secret::from(SECRET)]), Err(Refused::Missing));
        }
        let other = format!("sha512={valid}");
        let short = valid.get(..62).expect("digits");
        let long = format!("{valid}00");
        let foreign = valid.replace('6', "é");
        for malformed in ["true", "sha256=", "0", short, &long, &other, &foreign, &valid.replace('6', "g"), "+1-2"] {
            assert_eq!(check(body, malformed, &[SECRET]), Err(Refused::Malformed), "{malformed}");
        }
    }

    /// Any sender can sign with an empty secret, such as that of a variable which is not set.
    #[test]
    fn an_empty_secret_verifies_nothing() {
        // HMAC-SHA256 of nothing with an empty key.
        let of_empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
        assert_eq!(check(b"", of_empty, &[""]), Err(Refused::NoSecret));
        assert_eq!(check(b"", of_empty, &[]), Err(Refused::NoSecret));
        assert_eq!(check(b"", of_empty, &["", SECRET]), Err(Refused::Mismatch));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_refused(which in 0..KNOWN.len(), place in any::<prop::sample::Index>(), flip in 1u8..) {
            let (body, signature) = KNOWN.get(which).expect("one");
            let mut changed = body.to_vec();
            if !changed.is_empty() {
                let place = place.index(changed.len());
                *changed.get_mut(place).expect("a byte") ^= flip;
                prop_assert_eq!(check(&changed, signature, &[SECRET]), Err(Refused::Mismatch));
            }
            let mut longer = body.to_vec();
            longer.push(flip);
            prop_assert_eq!(check(&longer, signature, &[SECRET]), Err(Refused::Mismatch));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,70}", body in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert!(check(&body, &text, &[SECRET]).is_err());
        }
    }
}
