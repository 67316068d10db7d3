//! E-mail addresses.

/// Whether two addresses reach the same user: mail systems in use treat addresses as case-insensitive.
pub(crate) fn same_address(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
