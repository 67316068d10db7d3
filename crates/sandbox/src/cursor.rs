//! Cursors of the observed dialect: unpadded base64 of a page number, so that `Mg` is page 2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The cursor that points to a page.
pub(crate) fn encode(page: u32) -> String {
    STANDARD_NO_PAD.encode(page.to_string())
}

/// A cursor that leads to a page, under a name of its own: what follows the space is not read.
pub(crate) fn encode_named(page: &str, name: u128) -> String {
    STANDARD_NO_PAD.encode(format!("{page} {name}"))
}

/// The page that a cursor points to.
pub(crate) fn decode(cursor: &str) -> Option<u32> {
    let bytes = STANDARD_NO_PAD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes).ok()?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_its_page() {
        assert_eq!(encode(2), "Mg");
        for page in [1, 2, 10, 99, u32::MAX] {
            assert_eq!(decode(&encode(page)), Some(page));
        }
        assert_eq!(decode("!"), None);
        assert_eq!(decode("eA"), None);
    }
}
