//! HMAC-SHA256, for signatures and for comparisons in constant time.

use hmac::{Hmac, KeyInit as _, Mac};
use sha2::Sha256;

/// A code over bytes.
pub(crate) fn code(key: &[u8], bytes: &[u8]) -> Option<Hmac<Sha256>> {
    // A key of any length is accepted.
    let mut code = Hmac::<Sha256>::new_from_slice(key).ok()?;
    code.update(bytes);
    Some(code)
}

/// Whether two texts are the same, in a time that does not show where they differ.
pub(crate) fn is_same(given: &[u8], own: &[u8]) -> bool {
    let Some(expected) = code(own, b"same").map(Mac::finalize) else { return false };
    code(given, b"same").is_some_and(|given| given.verify(&expected.into_bytes()).is_ok())
}

#[test]
fn only_the_same_text_is_the_same() {
    assert!(is_same(b"abc", b"abc") && is_same(b"", b""));
    for other in [&b"ab"[..], b"abd", b"abcd", b"", b"ABC"] {
        assert!(!is_same(other, b"abc"));
    }
}
