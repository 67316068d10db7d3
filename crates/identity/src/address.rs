//! E-mail addresses as they are compared.

use std::fmt;

use serde::Serialize;
use thought_industries_provision::is_email;
use unicode_normalization::UnicodeNormalization as _;

/// An e-mail address as it is compared: in normal form C, with the letters of ASCII in lower case, and the domain in the
/// ASCII form of IDNA. Dots and tags (`+news`) are kept: for many mail servers they make another mailbox.
///
/// ```
/// use thought_industries_identity::Address;
///
/// let address = Address::parse(" Ada@B\u{FC}cher.example").expect("an address");
/// assert_eq!(address.as_str(), "ada@xn--bcher-kva.example");
/// assert_ne!(Address::parse("a.da@example.com"), Address::parse("ada@example.com"));
/// assert_eq!(Address::parse("no address"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Address(Box<str>);

impl Address {
    /// The address of a text; `None` if it has not the form of one. White space around it, `mailto:` and the `smtp:` of
    /// Exchange are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = ["mailto:", "smtp:"].iter().find_map(|scheme| {
            let start = text.get(..scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then(|| text.get(scheme.len()..)).flatten()
        });
        let text: String = bare.unwrap_or(text).trim().nfc().collect();
        if !is_email(&text) || text.contains(':') {
            return None;
        }
        let (name, domain) = text.split_once('@')?;
        let domain = idna::domain_to_ascii(domain).ok().filter(|domain| !domain.is_empty())?;
        Some(Self(format!("{}@{domain}", name.to_ascii_lowercase()).into()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The same name in another domain.
    pub(crate) fn in_domain(&self, domain: &str) -> Self {
        let name = self.0.split_once('@').map_or("", |(name, _)| name);
        Self(format!("{name}@{domain}").into())
    }

    /// The address without dots and tags in the name: enough to propose a link, and never to make one.
    pub(crate) fn loose(&self) -> String {
        let (name, domain) = self.0.split_once('@').unwrap_or_default();
        let name = name.split('+').next().unwrap_or_default().replace('.', "");
        format!("{name}@{domain}")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A domain as it is compared; `None` if it cannot be one.
pub(crate) fn domain(text: &str) -> Option<String> {
    idna::domain_to_ascii(text.trim().trim_start_matches('@')).ok().filter(|domain| domain.contains('.'))
}

/// A name as it is compared: in normal form C, without case and without white space around it.
pub(crate) fn name(text: &str) -> String {
    text.trim().nfc().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Address::parse(text).map(|address| address.as_str().to_owned())
    }

    #[test]
    fn one_mailbox_has_one_form() {
        for (text, expected) in [
            ("ADA@EXAMPLE.COM", "ada@example.com"),
            ("mailto:ada@example.com", "ada@example.com"),
            ("SMTP:Ada.Byron@Example.com", "ada.byron@example.com"),
            ("Zoe\u{308}@example.com", "zo\u{eb}@example.com"),
            // Only the letters of ASCII lose their case before the `@`.
            ("\u{c9}ve@example.com", "\u{c9}ve@example.com"),
            ("ada@STRA\u{df}E.example", "ada@xn--strae-oqa.example"),
            ("ada+news@example.com", "ada+news@example.com"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "ada", "@example.com", "a b@example.com", "sip:ada@example.com", "ada@ex\u{202e}.com", "a@b@c.d"]
        {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "[a-zA-Z\u{e4}\u{c4}.+]{1,8}@[a-zA-Z\u{e4}\u{fc}\u{df}\u{4e2d}]{1,6}\\.[a-z]{2,3}") {
            if let Some(once) = Address::parse(&text) {
                prop_assert_eq!(Address::parse(once.as_str()), Some(once.clone()));
            }
        }
    }
}
