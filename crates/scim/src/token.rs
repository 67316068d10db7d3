//! Tokens: made at random, shown once, and kept as hashes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::store::Token;

/// What every token begins with, so that scanners of secrets recognize it.
const PREFIX: &str = "tiscim_";

/// A token that was just made. It is shown once; the store has its hash.
pub struct NewToken {
    text: String,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewToken(…)")
    }
}

impl NewToken {
    /// Makes a token of 256 random bits.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub fn random() -> Result<Self, std::io::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self { text: format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)) })
    }

    /// The token, to be entered in the directory.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What the store keeps of it.
    pub fn hash(&self) -> Vec<u8> {
        hash(&self.text)
    }
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The token of the store that a request has. All are compared, each in the same time.
pub(crate) fn find<'t>(tokens: &'t [Token], given: &str) -> Option<&'t Token> {
    let given = hash(given);
    let mut found = None;
    for token in tokens {
        if is_same(&token.hash, &given) {
            found = Some(token);
        }
    }
    found
}

/// Whether a text is the token whose hash is this, in hexadecimal digits.
pub(crate) fn has_hash(given: &str, digits: &str) -> bool {
    is_same(crate::hex::hex(&hash(given)).as_bytes(), digits.as_bytes())
}

/// Compares in a time that depends on the lengths alone.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let pairs = one.iter().zip(other);
    pairs.fold(one.len() ^ other.len(), |differs, (one, other)| differs | usize::from(one ^ other)) == 0
}

/// The token in the header `Authorization`.
pub(crate) fn of_header(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_text_and_never_shown() {
        let (one, two) = (NewToken::random().expect("a token"), NewToken::random().expect("a token"));
        assert_ne!(one.reveal(), two.reveal());
        assert!(!format!("{one:?}").contains(PREFIX));
        let tokens = [Token::new("a", "first", one.hash(), 0), Token::new("b", "first", two.hash(), 0)];
        let owner = |text: &str| find(&tokens, text).map(|token| token.connection.as_str());
        assert_eq!(
            (owner(one.reveal()), owner(two.reveal()), owner("tiscim_"), owner("")),
            (Some("a"), Some("b"), None, None)
        );
    }

    #[test]
    fn the_header_has_a_scheme() {
        assert_eq!(of_header("Bearer abc"), Some("abc"));
        assert_eq!(of_header("bearer  abc "), Some("abc"));
        for header in ["abc", "Basic abc", "Bearer ", ""] {
            assert_eq!(of_header(header), None, "{header}");
        }
    }
}
